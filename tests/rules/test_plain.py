"""Reading single plain values."""

import pytest

from rules.plain import Place


@pytest.mark.parametrize(
    ("value", "read", "code"),
    [
        (0, 0.0, None),
        (0.8, 0.8, None),
        (1, 1.0, None),
        (1.01, None, "not_a_fraction"),
        (-1, None, "not_a_fraction"),
        (float("nan"), None, "not_a_fraction"),
        (True, None, "wrong_type"),
        ("0.8", None, "wrong_type"),
    ],
)
def test_a_fraction_is_a_number_from_zero_to_one(value, read, code):
    place = Place(value, ("min_score",))
    assert place.fraction() == read
    assert [problem.code for problem in place.problems] == ([code] if code else [])


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "nothing"),
        (True, "yes or no True"),
        (3, "whole number 3"),
        (2.5, "number 2.5"),
        ([1], "list"),
        ({"a": 1}, "mapping"),
    ],
)
def test_what_was_found_instead_is_named_with_its_kind(value, name):
    place = Place(value)
    assert place.text() is None
    assert place.problems[0].values == {"wanted": "text", "found": name}
