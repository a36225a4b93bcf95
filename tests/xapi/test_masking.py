"""Nobody who is to be replaced is left standing anywhere a statement may name people."""

import json
from typing import Any

import pytest

from tests.standards.xapi.client import AN, COMPLETED, TOPIC, reference
from xapi.masking import erased, masked

Json = dict[str, Any]
GROUP = {"objectType": "Group", "name": "Tổ", "member": [AN]}
PLACES: list[Json] = [
    {"actor": AN},
    {"actor": GROUP},
    {"object": AN},
    {"context": {"instructor": AN}},
    {"context": {"team": GROUP}},
    {"context": {"contextAgents": [{"objectType": "contextAgent", "agent": AN}]}},
    {"context": {"contextGroups": [{"objectType": "contextGroup", "group": GROUP}]}},
]


def mask(agent: Json) -> Json:
    return erased("1") if agent.get("mbox") == AN["mbox"] else agent


@pytest.mark.parametrize("place", PLACES, ids=json.dumps)
def test_everybody_is_replaced_wherever_a_statement_or_its_substatement_names_them(place: Json):
    other = {"mbox": "mailto:other@example.vn"}
    sent = {"actor": other, "verb": COMPLETED, "object": TOPIC, **place}
    for one in (sent, {**sent, "object": {"objectType": "SubStatement", **sent}}):
        found = json.dumps(masked(one, mask))
        assert AN["mbox"] not in found
        assert AN["name"] not in found.replace("Agent", "")


def test_a_statement_of_others_is_the_very_same_object():
    agents = [{"objectType": "contextAgent", "agent": {"mbox": "mailto:other@example.vn"}}]
    sent = {
        "actor": {"openid": "urn:x"},
        "verb": COMPLETED,
        "object": reference("1"),
        "context": {"contextAgents": agents},
    }
    assert masked(sent, mask) is sent


@pytest.mark.parametrize("value", [None, 7, "x", {}, [7], [{}], [{"agent": 7}]])
def test_what_waits_in_quarantine_may_hold_anything(value: Any):
    sent = {"actor": AN, "context": {"contextAgents": value}}
    assert masked(sent, mask)["context"] == sent["context"]
