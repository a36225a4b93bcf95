import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.shape import Wrong
from xapi.statement import VOIDED, check

A = {"mbox": "mailto:an@example.vn"}
FULL: dict[str, Any] = {
    "id": "12345678-1234-4234-8234-1234567890ab",
    "actor": {
        "objectType": "Group",
        "name": "Tổ 3",
        "member": [A, {"objectType": "Agent", "openid": "https://id.example.vn/b"}],
    },
    "verb": {
        "id": "http://adlnet.gov/expapi/verbs/answered",
        "display": {"vi": "đã trả lời", "en-US": "answered"},
    },
    "object": {
        "objectType": "Activity",
        "id": "https://example.vn/hỏi/1",
        "definition": {
            "name": {"vi": "Câu 1"},
            "description": {"zh-Hant-TW": "一"},
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "moreInfo": "https://example.vn/more",
            "interactionType": "choice",
            "correctResponsesPattern": ["a[,]b"],
            "choices": [{"id": "a", "description": {"vi": "A"}}, {"id": "b"}],
            "extensions": {"https://example.vn/x": None},
        },
    },
    "result": {
        "score": {"scaled": -1, "raw": 0, "min": 0, "max": 10.5},
        "success": False,
        "completion": True,
        "response": "a",
        "duration": "PT1H2M3.5S",
        "extensions": {"https://example.vn/x": [None, {"y": None}]},
    },
    "context": {
        "registration": "12345678-1234-4234-8234-1234567890AB",
        "instructor": {"objectType": "Group", "account": {"homePage": "https://example.vn", "name": "tổ"}},
        "team": {"objectType": "Group", "member": [A]},
        "contextActivities": {
            "parent": {"id": "https://example.vn/p"},
            "grouping": [{"id": "https://example.vn/g"}],
        },
        "revision": "1",
        "platform": "Moodle",
        "language": "vi",
        "statement": {"objectType": "StatementRef", "id": "12345678-1234-4234-8234-1234567890ac"},
        "extensions": {},
    },
    "timestamp": "2025-12-15T23:59:59.123456+07:00",
    "stored": "2025-12-15T16:59:59Z",
    "authority": {"objectType": "Group", "member": [A, {"mbox_sha1sum": "0" * 40}]},
    "version": "1.0.3",
    "attachments": [
        {
            "usageType": "https://example.vn/u",
            "display": {"vi": "tệp"},
            "contentType": "text/plain; charset=utf-8",
            "length": 0,
            "sha2": "f" * 64,
            "fileUrl": "https://example.vn/f",
        }
    ],
}
SUB = {"objectType": "SubStatement", "actor": A, "verb": {"id": "urn:x:y"}, "object": {"id": "urn:x:z"}}
REF = {"objectType": "StatementRef", "id": FULL["id"]}
MISSING = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    found = copy.deepcopy(FULL)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    inside: Any = found
    for step in steps:
        inside = inside[step]
    if value is MISSING:
        del inside[last]
    else:
        inside[last] = value
    return found


def test_a_statement_with_every_property_is_valid():
    check(FULL)


@pytest.mark.parametrize(
    "target",
    [
        {"objectType": "Agent", "mbox": "mailto:b@example.vn"},
        {"objectType": "Group", "member": []},
        REF,
        SUB,
        {**SUB, "object": REF, "timestamp": "2025-12-15T10:00", "result": {}, "context": {"language": "en"}},
    ],
)
def test_every_kind_of_object_is_valid(target: dict[str, Any]):
    check({"actor": A, "verb": {"id": "urn:x:y"}, "object": target})


WRONG: list[tuple[str, Any, str, str]] = [
    ("actor", MISSING, "actor", "missing"),
    ("verb", MISSING, "verb", "missing"),
    ("object", MISSING, "object", "missing"),
    ("actor", None, "actor", "null"),
    ("actor", "An", "actor", "a string"),
    ("actors", {}, "actors", "no such property"),
    ("Actor", {}, "Actor", "no such property"),
    ("id", "12345678", "id", "UUID"),
    ("id", 7, "id", "a number"),
    ("actor/objectType", "group", "actor.objectType", "Agent"),
    ("actor/name", 3, "actor.name", "a string"),
    ("actor/member/0", {"objectType": "Group", "member": []}, "actor.member[0].objectType", "Agent"),
    ("actor/member/0/mbox", "an@example.vn", "actor.member[0].mbox", "mailto"),
    ("actor/member/0/openid", "https://id.example.vn", "actor.member[0]", "exactly one"),
    ("actor/member", MISSING, "actor.member", "missing"),
    ("actor", {"name": "An"}, "actor", "exactly one"),
    ("actor", {"account": {"name": "a"}}, "actor.account.homePage", "missing"),
    ("actor", {"account": {"homePage": "example.vn", "name": "a"}}, "actor.account.homePage", "IRI"),
    ("actor", {"account": {"homePage": "https://x.vn", "name": 5}}, "actor.account.name", "a string"),
    ("actor", {"mbox_sha1sum": "xyz"}, "actor.mbox_sha1sum", "SHA-1"),
    ("verb/id", "completed", "verb.id", "IRI"),
    ("verb/id", "https://example.vn/" + "a" * 2000, "verb.id", "2000 bytes"),
    ("verb/display", {"tiếng việt": "x"}, "verb.display", "RFC 5646"),
    ("verb/display", {"vi": None}, "verb.display.vi", "null"),
    ("verb", {"id": "urn:x", "name": "x"}, "verb.name", "no such property"),
    ("object/objectType", "activity", "object.objectType", "Activity"),
    ("object/objectType", ["Activity"], "object.objectType", "wanted"),
    ("object/id", MISSING, "object.id", "missing"),
    ("object/id", "https://example.vn/a b", "object.id", "IRI"),
    ("object/definition/interactionType", "Choice", "object.definition.interactionType", "choice"),
    (
        "object/definition/interactionType",
        MISSING,
        "object.definition.interactionType",
        "correctResponsesPattern",
    ),
    ("object/definition/choices/1/id", "a", "object.definition.choices", "its own"),
    ("object/definition/choices/1", {}, "object.definition.choices[1].id", "missing"),
    (
        "object/definition/correctResponsesPattern",
        ["a", 1],
        "object.definition.correctResponsesPattern[1]",
        "a number",
    ),
    ("object/definition/extensions", {"x": 1}, "object.definition.extensions.x", "IRI"),
    ("result/score/scaled", 1.01, "result.score.scaled", "-1 to 1"),
    ("result/score/scaled", "1", "result.score.scaled", "a string"),
    ("result/score/raw", True, "result.score.raw", "a boolean"),
    ("result/score/raw", 11, "result.score.raw", "min to max"),
    ("result/score/raw", -1, "result.score.raw", "min to max"),
    ("result/score/max", 0, "result.score.min", "below max"),
    ("result/success", "true", "result.success", "true or false"),
    ("result/completion", 1, "result.completion", "true or false"),
    ("result/duration", "1 hour", "result.duration", "duration"),
    ("result/duration", "P", "result.duration", "duration"),
    ("result/duration", "P0003-06-04T12:30:05", "result.duration", "duration"),
    ("result/extensions", [], "result.extensions", "an array"),
    ("context/registration", "1", "context.registration", "UUID"),
    ("context/team", A, "context.team.objectType", "missing"),
    ("context/contextActivities/parent", [{"id": "p"}], "context.contextActivities.parent[0].id", "IRI"),
    ("context/contextActivities/children", [], "context.contextActivities.children", "no such property"),
    ("context/language", "", "context.language", "RFC 5646"),
    ("context/language", "en_US", "context.language", "RFC 5646"),
    ("context/statement", {"id": FULL["id"]}, "context.statement.objectType", "missing"),
    ("timestamp", "15/12/2025", "timestamp", "ISO 8601"),
    ("timestamp", "2025-02-30T00:00:00Z", "timestamp", "no such day"),
    ("timestamp", "2025-12-15T00:00:00-00:00", "timestamp", "minus zero"),
    ("timestamp", "0001-01-01T00:00:00+14:00", "timestamp", "no such day"),
    ("version", "2.0.0", "version", "1.0"),
    ("authority", {"objectType": "Group", "member": [A]}, "authority", "two members"),
    ("attachments/0/length", -1, "attachments[0].length", "whole number"),
    ("attachments/0/length", 1.5, "attachments[0].length", "whole number"),
    ("attachments/0/sha2", "f", "attachments[0].sha2", "SHA-2"),
    ("attachments/0/contentType", "text", "attachments[0].contentType", "media type"),
    ("attachments/0/usageType", MISSING, "attachments[0].usageType", "missing"),
    ("attachments/0/fileUrl", MISSING, "attachments[0].fileUrl", "no content came"),
    ("object", REF, "context.revision", "Activity"),
    ("object", {**SUB, "id": FULL["id"]}, "object.id", "no such property"),
    ("object", {**SUB, "object": SUB}, "object.object.objectType", "no other"),
    ("object", {**SUB, "object": REF, "context": {"platform": "x"}}, "object.context.platform", "Activity"),
    ("verb/id", VOIDED, "object.objectType", "StatementRef"),
]


@pytest.mark.parametrize(("path", "value", "field", "wanted"), WRONG)
def test_what_breaks_the_standard_is_named_by_field_and_by_what_was_wanted(
    path: str, value: Any, field: str, wanted: str
):
    with pytest.raises(Wrong) as caught:
        check(changed(path, value))
    assert (caught.value.path, wanted in caught.value.reason) == (field, True), caught.value


@pytest.mark.parametrize(
    "value",
    [
        "2025-12-15",
        "2025-12-15T10:00Z",
        "2025-12-15T10:00:00.123456789+0700",
        "2016-12-31T23:59:60Z",
        "2025-12-15t10:00:00z",
    ],
)
def test_moments_of_iso_8601_are_valid(value: str):
    check(changed("timestamp", value))


@pytest.mark.parametrize("value", ["P1Y2M3DT4H5M6S", "PT0S", "P3W", "PT1.5H"])
def test_durations_of_iso_8601_are_valid(value: str):
    check(changed("result/duration", value))


@pytest.mark.parametrize(
    "value", ["vi", "en-US", "zh-Hans-CN", "x-xa", "i-klingon", "sl-rozaj-biske", "es-419"]
)
def test_language_tags_of_rfc_5646_are_valid(value: str):
    check(changed("context/language", value))


def test_an_attachment_whose_content_came_needs_no_address():
    check(changed("attachments/0/fileUrl", MISSING), contents={"f" * 64: b""})


def every_path(value: Any, path: str = "") -> list[str]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [name for key, item in items for name in [f"{path}{key}", *every_path(item, f"{path}{key}/")]]


@pytest.mark.parametrize(
    "path", [p for p in every_path(FULL) if "extensions/" not in p.replace("https://", "")]
)
def test_null_is_refused_everywhere_but_in_extensions(path: str):
    with pytest.raises(Wrong):
        check(changed(path, None))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(FULL)), inner),
    max_leaves=10,
)


@given(st.data())
def test_any_json_anywhere_is_either_valid_or_named_wrong(data: st.DataObject):
    path = data.draw(st.sampled_from([p for p in every_path(FULL) if "https:" not in p]))
    reason = "valid"
    try:
        check(changed(path, data.draw(anything)))
    except Wrong as wrong:
        reason = str(wrong)
    assert reason


def test_statements_of_both_hosts_are_valid_but_for_those_known_to_break_the_standard(
    recorded: Callable[[str], list[tuple[str, dict[str, Any]]]],
):
    wrong = []
    for name in ("moodle", "openedx", "openedx-mbox", "openedx-aggregator"):
        for kind, statement in recorded(name):
            try:
                check(json.loads(json.dumps(statement)))
            except Wrong as found:
                wrong.append((kind, found.path))
    assert sorted({path for _, path in wrong}) == [
        "context.contextActivities.grouping[0].id",
        "result.score.min",
    ]
    assert len(wrong) == 10
