"""What a statement may hold: xAPI 1.0.3 part 2 and xAPI 2.0 (IEEE 9274.1.1) 4.2, one test for each family of requirements.

The numbers are those of ADL's list of conformance requirements (XAPI-…) and of the sections of both standards; cases and words
are our own. Each case is (path, value): the full statement with the value put there is refused, naming that place.
"""

import copy
from typing import Any

import pytest

from tests.standards.xapi.client import AN, BINH, COMPLETED, GONE, NAMELESS, TEAM, TOPIC, VOIDED, reference
from xapi.shape import Wrong
from xapi.statement import check
from xapi.versions import Version

Json = dict[str, Any]
BOTH = pytest.mark.parametrize("version", list(Version))
A_UUID = "7f1c3c0e-5b0a-4c1e-9d0f-3b1f8f0d6a52"
INNER: Json = {"objectType": "SubStatement", "actor": AN, "verb": COMPLETED, "object": TOPIC}
FULL: Json = {
    "id": A_UUID,
    "actor": TEAM,
    "verb": COMPLETED,
    "object": TOPIC,
    "result": {
        "score": {"scaled": 0.5, "raw": 5, "min": 0, "max": 10},
        "success": True,
        "completion": True,
        "response": "a",
        "duration": "PT4H35M59.14S",
        "extensions": {"https://example.vn/x": {"null": None}},
    },
    "context": {
        "registration": A_UUID,
        "instructor": BINH,
        "team": TEAM,
        "contextActivities": {"parent": TOPIC, "grouping": [TOPIC], "category": [TOPIC, TOPIC], "other": []},
        "revision": "2",
        "platform": "Moodle",
        "language": "vi-VN",
        "statement": reference(A_UUID),
        "extensions": {"https://example.vn/y": None},
    },
    "timestamp": "2025-12-04T09:15:00.123Z",
    "stored": "2025-12-04T09:15:00.123Z",
    "authority": AN,
    "version": "1.0.3",
    "attachments": [
        {
            "usageType": "https://example.vn/bai-lam",
            "display": {"vi": "Bài làm"},
            "description": {"vi": "Trang 1"},
            "contentType": "text/plain",
            "length": 3,
            "sha2": "a" * 64,
            "fileUrl": "https://example.vn/bai-lam/1",
        }
    ],
}
NO_OBJECTS = ("a", 1, True, [], None)
NO_STRINGS = (1, True, {}, [], None)


def changed(path: str, value: Any, inside: Json | None = None) -> Json:
    found = copy.deepcopy(FULL if inside is None else inside)
    *steps, last = path.split(".")
    place: Any = found
    for step in steps:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return found


def good(version: Version, *cases: tuple[str, Any]) -> None:
    for path, value in cases:
        check(changed(path, value), version=version)


def refused(version: Version, *cases: tuple[str, Any], inside: Json | None = None) -> None:
    for path, value in cases:
        with pytest.raises(Wrong):
            check(changed(path, value, inside), version=version)
            pytest.fail(f"{path} = {value!r} was taken")


def each(path: str, values: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return [(path, value) for value in values]


@BOTH
def test_a_statement_with_everything_is_valid(version: Version):
    check(FULL, version=version)
    check({"actor": AN, "verb": {"id": "urn:x:y"}, "object": {"id": "urn:x:z"}}, version=version)


@BOTH
def test_2_2_formatting(version: Version):
    """XAPI-00001 to 00015: no null, no unknown key, right types, right case, formats kept, required properties there."""
    refused(
        version, *((name, None) for name in FULL), *((name, GONE) for name in ("actor", "verb", "object"))
    )
    refused(
        version,
        ("Actor", AN),
        ("comment", "x"),
        ("actor.Name", "An"),
        ("verb.ID", "urn:x"),
        ("result.grade", 1),
    )
    refused(version, ("result.score.raw", "5"), ("result.success", "true"), ("actor.objectType", "group"))
    refused(version, ("actor.mbox", ""), ("verb.id", ""), ("id", ""), ("verb.id", "no-scheme"))
    good(version, ("result.extensions", {"urn:x": None}), ("context.extensions", {"urn:x": {"y": [None]}}))


@BOTH
def test_2_4_1_id_and_4_4_uuids(version: Version):
    """XAPI-00027 to 00030."""
    for path in ("id", "context.registration", "context.statement.id"):
        refused(
            version,
            *each(path, (A_UUID + "0", "x" + A_UUID[1:], A_UUID.replace("-", ""), f"{{{A_UUID}}}", 1, {})),
        )
        good(version, (path, A_UUID.upper()))


@BOTH
def test_2_4_2_actors(version: Version):
    """XAPI-00031 to 00043: exactly one identifier for an Agent, at most one for a Group, members that are Agents."""
    refused(version, *each("actor", NO_OBJECTS))
    refused(version, ("actor", {"name": "An"}), ("actor", {**AN, **BINH}), ("actor", {"objectType": "Group"}))
    refused(version, ("actor.member", AN), ("actor.member", [NAMELESS]), ("actor.member", [{"name": "An"}]))
    refused(version, ("actor", {**AN, "member": [BINH]}), *each("actor.name", NO_STRINGS))
    refused(version, *each("actor.mbox", ("an@example.vn", "mailto:an", "http://example.vn", 1)))
    refused(version, ("actor", {"mbox_sha1sum": "mailto:an@example.vn"}), ("actor", {"openid": "an"}))
    refused(version, ("actor", {"account": {"name": "a"}}), ("actor", {"account": {"homePage": "urn:x"}}))
    refused(version, ("actor", {"account": {"homePage": "x", "name": "a"}}), ("actor", {"account": "a"}))
    good(
        version,
        ("actor", NAMELESS),
        ("actor", {"objectType": "Group", "mbox": "mailto:a@x.vn", "member": []}),
    )
    good(version, ("actor", {"mbox_sha1sum": "aB" * 20}), ("actor", {"openid": "https://id.example.vn/an"}))


@BOTH
def test_2_4_3_verb(version: Version):
    """XAPI-00044, 00045."""
    refused(
        version, *each("verb", NO_OBJECTS), ("verb", {"display": {"vi": "x"}}), *each("verb.id", NO_STRINGS)
    )
    refused(version, *each("verb.display", ("x", [], {"vi": 1}, {"tiếng việt": "x"})))


@BOTH
def test_2_4_4_1_activities(version: Version):
    """XAPI-00046 to 00064: ids, definitions, interactions whose components have ids of their own."""
    refused(
        version,
        *each("object", NO_OBJECTS),
        ("object.id", GONE),
        ("object.id", "x"),
        ("object.objectType", "activity"),
    )
    refused(
        version,
        *each("object.definition", NO_OBJECTS),
        ("object.definition.type", "x"),
        ("object.definition.moreInfo", "x"),
    )
    refused(version, ("object.definition.name", "x"), ("object.definition.extensions", {"x": 1}))
    refused(
        version,
        ("object.definition.interactionType", "Choice"),
        ("object.definition.correctResponsesPattern", ["a"]),
    )
    question = {"interactionType": "choice", "correctResponsesPattern": ["a"]}
    for lists in ("choices", "scale", "source", "target", "steps"):
        good(
            version,
            (
                "object.definition",
                {**question, lists: [{"id": "a", "description": {"vi": "A"}}, {"id": "b"}]},
            ),
        )
        for bad in (
            [{"id": "a"}, {"id": "a"}],
            [{"description": {"vi": "A"}}],
            [{"id": 1}],
            [{"id": "a", "description": "A"}],
            {},
        ):
            refused(version, ("object.definition", {**question, lists: bad}))
    kinds = "true-false choice fill-in long-fill-in matching performance sequencing likert numeric other"
    good(version, *(("object.definition", {"interactionType": kind}) for kind in kinds.split()))


@BOTH
def test_2_4_4_2_people_as_objects_say_that_they_are(version: Version):
    """XAPI-00065."""
    bare = {name: value for name, value in FULL.items() if name != "context"}
    for target in (AN, TEAM, NAMELESS):
        check({**bare, "object": target}, version=version)
        refused(version, ("object", {name: value for name, value in target.items() if name != "objectType"}))


@BOTH
def test_2_4_4_3_statements_as_objects(version: Version):
    """XAPI-00066 to 00073: a reference has its two properties; a SubStatement holds no other and nothing an LRS sets."""
    whole = {"actor": AN, "verb": COMPLETED, "object": INNER}
    check(whole, version=version)
    check({**whole, "object": {**INNER, "object": reference(A_UUID)}}, version=version)
    for name in ("id", "stored", "version", "authority"):
        refused(version, (f"object.{name}", FULL[name]), inside=whole)
    refused(version, ("object.object", INNER), ("object.actor", GONE), ("object.verb", "x"), inside=whole)
    refused(version, ("object", {"objectType": "StatementRef"}), ("object", reference("x")), inside=whole)


@BOTH
def test_2_4_5_results(version: Version):
    """XAPI-00074 to 00083, 00124: types, score ranges, ISO 8601 durations."""
    refused(
        version,
        *each("result", NO_OBJECTS),
        *each("result.score", NO_OBJECTS),
        *each("result.response", NO_STRINGS),
    )
    refused(version, *each("result.success", ("true", 1, None)), *each("result.completion", ("yes", 0, None)))
    refused(
        version,
        *each("result.score.scaled", (1.01, -1.01, "0", None)),
        ("result.score.raw", 11),
        ("result.score.raw", -1),
    )
    refused(version, ("result.score.min", 10), ("result.score.max", 0))
    refused(
        version,
        *each("result.duration", ("PT", "P1", "1 hour", "P4W1D", "PT1H30", "P0001-01-01T00:00:00", 7, {})),
    )
    good(
        version,
        *each("result.duration", ("PT16559.14S", "P3Y1M29DT4H35M59.14S", "P3Y", "P4W", "PT0.123456S")),
    )
    good(version, *each("result.score.scaled", (-1, 0, 1, 0.123456789)))


@BOTH
def test_2_4_6_context(version: Version):
    """XAPI-00084 to 00094: types; revision and platform only about an Activity; four kinds of contextActivities."""
    refused(
        version,
        *each("context", NO_OBJECTS),
        ("context.instructor", "An"),
        ("context.team", AN),
        ("context.language", "_"),
    )
    refused(version, *each("context.revision", NO_STRINGS), *each("context.platform", NO_STRINGS))
    refused(
        version,
        ("context.statement", A_UUID),
        ("context.statement", {"id": A_UUID}),
        ("context.extensions", []),
    )
    refused(
        version, ("context.contextActivities.children", TOPIC), *each("context.contextActivities", NO_OBJECTS)
    )
    refused(
        version,
        ("context.contextActivities.parent", [TOPIC, {"id": "x"}]),
        ("context.contextActivities.parent", "x"),
    )
    about_people = changed("object", AN)
    for name in ("revision", "platform"):
        other = changed("context", {name: "x"}, about_people)
        refused(version, ("object", AN), ("object", reference(A_UUID)), inside=other)
        check(changed("object", TOPIC, other), version=version)


def test_2_0_4_2_2_5_context_agents_and_groups():
    """Of 2.0 alone: who took what part. relevantTypes are IRIs, at least one."""
    for name, kind, who, one in (
        ("contextAgents", "contextAgent", "agent", AN),
        ("contextGroups", "contextGroup", "group", TEAM),
    ):
        whole = {"objectType": kind, who: one, "relevantTypes": ["https://example.vn/vai-tro/huong-dan"]}
        path = f"context.{name}"
        good(Version.V2, (path, [whole]), (path, [{"objectType": kind, who: one}]), (path, []))
        for other in (
            {"objectType": "x"},
            {"relevantTypes": []},
            {"relevantTypes": ["x"]},
            {who: {"name": "An"}},
            {"x": 1},
        ):
            refused(Version.V2, (path, [{**whole, **other}]))
        refused(Version.V2, (path, whole), (path, [{who: one}]), (path, [{"objectType": kind}]))
        refused(Version.V1, (path, [whole]))


@BOTH
def test_2_4_7_and_4_5_timestamps(version: Version):
    """XAPI-00022, 00122, 00123: ISO 8601; never "minus zero"; a moment to come is none to refuse."""
    for path in ("timestamp", "stored"):
        refused(
            version,
            *each(path, ("yesterday", "2025-13-01T00:00:00Z", "01/12/2025", 7, "2025-12-04T09:15:00.1-00")),
        )
        refused(version, *each(path, ("2025-12-04T09:15:00.1-0000", "2025-12-04T09:15:00.1-00:00")))
        good(
            version,
            *each(
                path,
                ("2025-12-04T09:15:00+00:00", "2025-12-04T16:15:00.123456+07:00", "2031-01-01T00:00:00Z"),
            ),
        )


@BOTH
def test_2_4_9_authority(version: Version):
    """XAPI-00098 to 00100: an Agent, or the Group of two that OAuth makes."""
    good(version, ("authority", {"objectType": "Group", "member": [AN, BINH]}))
    refused(version, *each("authority", NO_OBJECTS), ("authority", NAMELESS), ("authority", TEAM))
    refused(version, ("authority", {"objectType": "Group", "member": [AN, BINH, AN]}))


@pytest.mark.parametrize(
    ("version", "taken", "not_taken"),
    [
        (Version.V1, ("1.0", "1.0.0", "1.0.9"), ("2.0.0", "0.95", "1.1.0", "1", 1)),
        (Version.V2, ("1.0", "1.0.9", "2.0", "2.0.0"), ("0.9.9", "1.1.0", "3.0.0", "2", 2)),
    ],
)
def test_2_4_10_version(version: Version, taken: tuple[Any, ...], not_taken: tuple[Any, ...]):
    """XAPI-00101."""
    good(version, *each("version", taken))
    refused(version, *each("version", not_taken))


@BOTH
def test_2_4_11_attachments(version: Version):
    """XAPI-00102 to 00107: required properties and their types; without a content there is an address."""
    for name in ("usageType", "display", "contentType", "length", "sha2", "fileUrl"):
        refused(
            version,
            (f"attachments.0.{name}", GONE),
            (f"attachments.0.{name}", {"x": 1}),
            (f"attachments.0.{name}", None),
        )
    refused(
        version,
        *each("attachments", NO_STRINGS[:3]),
        ("attachments.0.usageType", "x"),
        ("attachments.0.fileUrl", "x"),
    )
    refused(
        version,
        ("attachments.0.length", "3"),
        ("attachments.0.length", -1),
        ("attachments.0.description", "x"),
    )
    check(changed("attachments.0.fileUrl", GONE), version=version, contents={"a" * 64: b""})


@BOTH
def test_4_1_extensions_and_4_2_language_maps(version: Version):
    """XAPI-00118 to 00121: keys are IRIs, values anything; keys of language maps are tags of RFC 5646."""
    for path in ("result.extensions", "context.extensions", "object.definition.extensions"):
        refused(version, *each(path, ({"x": 1}, {"": 1}, [], "x")))
        good(version, *((path, {"urn:x:y": value}) for value in (None, "", 0, [], {"x": None})))
    for path in (
        "verb.display",
        "object.definition.name",
        "object.definition.description",
        "attachments.0.display",
    ):
        refused(version, *each(path, ({"a12345678": "x"}, {"": "x"}, {"en us": "x"}, {"vi": None})))
        good(version, *each(path, ({"vi": "x"}, {"zh-Hant-TW": "x"}, {"x-xa": "x"}, {})))


@BOTH
def test_2_3_2_a_voiding_statement_names_its_target(version: Version):
    """XAPI-00016, 00019 (2.0, 4.2.5): its object is a StatementRef with an id."""
    check({"actor": AN, "verb": VOIDED, "object": reference(A_UUID)}, version=version)
    for target in (TOPIC, AN, INNER, {"objectType": "StatementRef"}):
        with pytest.raises(Wrong):
            check({"actor": AN, "verb": VOIDED, "object": target}, version=version)
