from typing import Any

import pytest

from xapi.activity import activity
from xapi.shape import Wrong, remembered, string

IRI = "https://example.org/a"


def test_what_passed_passes_again_without_being_looked_at():
    seen: list[Any] = []
    check = remembered(seen.append)
    for _ in range(3):
        check({"id": IRI})
    check({"id": IRI, "more": 1})
    assert seen == [{"id": IRI}, {"id": IRI, "more": 1}]


def test_what_is_wrong_is_wrong_every_time_and_at_the_same_place():
    for _ in range(3):
        with pytest.raises(Wrong, match=r"^definition\.name\.vi: a string is wanted, not a number$"):
            activity({"id": IRI, "definition": {"name": {"vi": 1}}})


def test_what_python_takes_for_the_same_is_not_the_same():
    whole = remembered(_is_one)
    whole(1)
    for other in (True, 1.0, "1"):
        with pytest.raises(Wrong):
            whole(other)


def _is_one(value: Any) -> None:
    if type(value) is not int:
        raise Wrong("one is wanted")


def test_of_what_is_long_nothing_is_remembered():
    seen: list[Any] = []
    check = remembered(seen.append)
    long = {"id": IRI, "definition": {"description": {"vi": "dài " * 1000}}}
    check(long)
    check(long)
    assert seen == [long, long]


@pytest.mark.parametrize("value", [2**64, {"id": {1}}], ids=["a number past 64 bits", "a set"])
def test_what_cannot_be_written_as_json_is_looked_at_every_time(value: Any):
    seen: list[Any] = []
    check = remembered(seen.append)
    check(value)
    check(value)
    assert seen == [value, value]


def test_it_forgets_before_it_grows_large():
    seen: list[Any] = []
    check = remembered(seen.append)
    for number in (*range(4097), 0):
        check(number)
    assert len(seen) == 4098


@pytest.mark.parametrize("value", [None, 1, [], "x"])
def test_what_is_no_object_is_no_activity(value: Any):
    with pytest.raises(Wrong, match="an object is wanted"):
        activity(value)
    with pytest.raises(Wrong, match="a string is wanted"):
        remembered(string)({})
