from typing import Any

import pytest

from tests.xapi.support import Desk
from xapi.shape import Wrong
from xapi.statement import check
from xapi.versions import Version, accepted, spoken

A = {"objectType": "Agent", "mbox": "mailto:an@example.vn"}
TEAM = {"objectType": "Group", "mbox": "mailto:to-3@example.vn", "member": [A]}
SENT: dict[str, Any] = {"actor": A, "verb": {"id": "urn:x:y"}, "object": {"id": "urn:x:z"}}


def with_context(**context: Any) -> dict[str, Any]:
    return {**SENT, "context": context}


@pytest.mark.parametrize(
    ("header", "version"),
    [("1.0", Version.V1), ("1.0.9", Version.V1), ("2.0", Version.V2), ("2.0.3", Version.V2)]
    + [(other, None) for other in ("", "1", "1.1.0", "2.1", "0.95", "1.0.x", "2.0.0 ", "٢.0")],
)
def test_every_patch_of_the_two_versions_is_spoken(header: str, version: Version | None):
    assert spoken(header) is version


def test_context_agents_and_groups_are_of_2_0_only():
    agents = [{"objectType": "contextAgent", "agent": A, "relevantTypes": ["urn:x:coach"]}]
    groups = [{"objectType": "contextGroup", "group": TEAM}]
    for context in (with_context(contextAgents=agents), with_context(contextGroups=groups)):
        check(context, version=Version.V2)
        with pytest.raises(Wrong, match="no such property"):
            check(context)


@pytest.mark.parametrize(
    ("one", "path"),
    [
        ({"agent": A}, "objectType"),
        ({"objectType": "ContextAgent", "agent": A}, "objectType"),
        ({"objectType": "contextAgent"}, "agent"),
        ({"objectType": "contextAgent", "agent": TEAM}, "agent.objectType"),
        ({"objectType": "contextAgent", "agent": A, "relevantTypes": []}, "relevantTypes"),
        ({"objectType": "contextAgent", "agent": A, "relevantTypes": ["x"]}, "relevantTypes[0]"),
        ({"objectType": "contextAgent", "agent": A, "types": []}, "types"),
    ],
)
def test_a_context_agent_is_named_where_it_is_wrong(one: dict[str, Any], path: str):
    with pytest.raises(Wrong) as caught:
        check(with_context(contextAgents=[one]), version=Version.V2)
    assert caught.value.path.startswith(f"context.contextAgents[0].{path}")


@pytest.mark.parametrize(
    ("version", "good", "bad"),
    [
        (Version.V1, ("1.0", "1.0.3"), ("2.0.0", "0.9")),
        (Version.V2, ("1.0", "1.0.9", "2.0.0"), ("1.1.0", "0.9.9", "3.0")),
    ],
)
def test_the_version_property_is_of_a_version_that_is_known(
    version: Version, good: tuple[str, ...], bad: tuple[str, ...]
):
    for value in good:
        check({**SENT, "version": value}, version=version)
    for value in bad:
        with pytest.raises(Wrong):
            check({**SENT, "version": value}, version=version)


def test_1_0_keeps_every_letter_and_2_0_says_the_moment_in_utc():
    sent = {**SENT, "timestamp": "2025-12-15T23:59:59.5+07:00"}
    assert accepted(sent, Version.V1) is sent
    found = accepted(sent, Version.V2)
    assert (found["timestamp"], found["version"]) == ("2025-12-15T16:59:59.500000Z", "2.0.0")
    assert accepted({**sent, "version": "1.0.3"}, Version.V2)["version"] == "1.0.3"


def test_a_moment_in_utc_stays_as_it_came():
    sent = {**SENT, "timestamp": "2025-12-15T16:59:59.123456789Z"}
    assert accepted(sent, Version.V2)["timestamp"] == sent["timestamp"]


def test_the_moment_of_a_substatement_is_said_in_utc_too():
    inner = {**SENT, "objectType": "SubStatement", "timestamp": "2025-12-15T23:00:00+07:00"}
    assert (
        accepted({**SENT, "object": inner}, Version.V2)["object"]["timestamp"]
        == "2025-12-15T16:00:00.000000Z"
    )


def test_a_platform_may_speak_2_0(desk: Desk):
    sent = {**SENT, "context": {"contextAgents": [{"objectType": "contextAgent", "agent": A}]}}
    header = {"X-Experience-API-Version": "2.0.0"}
    (found,) = desk.post("moodle", [{**sent, "timestamp": "2025-12-04T16:15:00+07:00"}], headers=header).json
    shown = desk.get("admin", statementId=found).json
    assert (shown["version"], shown["timestamp"]) == ("2.0.0", "2025-12-04T09:15:00.000000Z")
    assert shown["context"] == sent["context"]
