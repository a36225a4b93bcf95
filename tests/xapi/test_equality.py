import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.equality import equal, fingerprint

A = {"mbox": "mailto:an@example.vn"}
B = {"mbox": "mailto:binh@example.vn"}
ONE: dict[str, Any] = {
    "id": "12345678-1234-4234-8234-1234567890ab",
    "actor": {"objectType": "Group", "member": [A, B]},
    "verb": {"id": "urn:x:y", "display": {"vi": "một"}},
    "object": {"id": "urn:x:z", "definition": {"name": {"vi": "Một"}}},
    "result": {"score": {"raw": 1}, "duration": "PT60S"},
    "context": {
        "registration": "12345678-1234-4234-8234-1234567890ab",
        "contextActivities": {"parent": {"id": "urn:p"}},
    },
    "timestamp": "2025-12-15T10:00:00Z",
}


def with_(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ONE), **changes}


@pytest.mark.parametrize(
    "other",
    [
        with_(id="12345678-1234-4234-8234-1234567890ac"),
        with_(authority=A, stored="2025-12-15T10:00:01Z", version="1.0.3"),
        with_(timestamp="2025-12-15T17:00:00.000+07:00"),
        {name: value for name, value in ONE.items() if name != "timestamp"},
        with_(verb={"id": "urn:x:y", "display": {"en": "one"}}),
        with_(object={"id": "urn:x:z", "objectType": "Activity"}),
        with_(
            actor={
                "objectType": "Group",
                "member": [{**B, "objectType": "Agent"}, {"mbox": "mailto:AN@example.vn"}],
            }
        ),
        with_(result={"score": {"raw": 1.0}, "duration": "PT60S"}),
        with_(
            context={
                "registration": "12345678-1234-4234-8234-1234567890AB",
                "contextActivities": {"parent": [{"id": "urn:p"}]},
            }
        ),
    ],
)
def test_differences_that_the_standard_ignores(other: dict[str, Any]):
    assert equal(ONE, other)
    assert equal(other, ONE)


@pytest.mark.parametrize(
    "other",
    [
        with_(timestamp="2025-12-15T10:00:01Z"),
        with_(actor=A),
        with_(verb={"id": "urn:x:other"}),
        with_(object={"id": "urn:x:other"}),
        with_(object={"objectType": "StatementRef", "id": ONE["id"]}),
        with_(
            result={"score": {"raw": 1}, "duration": "PT1M"}
        ),  # "considered a string for purposes of comparison"
        with_(result={"score": {"raw": 2}, "duration": "PT60S"}),
        {name: value for name, value in ONE.items() if name != "context"},
    ],
)
def test_differences_that_count(other: dict[str, Any]):
    assert not equal(ONE, other)
    assert not equal(other, ONE)


def test_substatements_are_compared_the_same_way():
    sub = {"objectType": "SubStatement", "actor": A, "verb": {"id": "urn:v"}, "object": {"id": "urn:o"}}
    one = with_(object={**sub, "timestamp": "2025-12-15T10:00:00Z"})
    same = with_(
        object={
            **sub,
            "verb": {"id": "urn:v", "display": {"vi": "x"}},
            "timestamp": "2025-12-15T10:00:00+00:00",
        }
    )
    assert equal(one, same)
    assert not equal(one, with_(object=sub))


parts = {
    "actor": st.sampled_from([A, B, {"objectType": "Group", "member": [B, A]}]),
    "verb": st.sampled_from([{"id": "urn:v"}, {"id": "urn:v", "display": {"vi": "v"}}, {"id": "urn:w"}]),
    "object": st.sampled_from(
        [{"id": "urn:o"}, {"objectType": "Activity", "id": "urn:o"}, {"objectType": "Agent", **A}]
    ),
    "result": st.sampled_from([{}, {"score": {"raw": 1}}, {"score": {"raw": 1.0}}]),
}
made = st.fixed_dictionaries(
    parts, optional={"timestamp": st.sampled_from(["2025-12-15T10:00:00Z", "2025-12-15T17:00:00+07:00"])}
)


@given(made, made)
def test_equality_is_reflexive_symmetric_and_agrees_with_the_fingerprint(
    one: dict[str, Any], other: dict[str, Any]
):
    assert equal(one, copy.deepcopy(one))
    assert equal(one, other) == equal(other, one) == (fingerprint(one) == fingerprint(other))
