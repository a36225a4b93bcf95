"""The context of a statement (xAPI 1.0.3, part 2, 2.4.6; 2.0, 4.2.2.5)."""

from typing import Any

from xapi import formats
from xapi.activity import activity
from xapi.agents import actor, agent, group
from xapi.shape import Check, Wrong, array, members, one_of, remembered, string


def context(value: Any) -> None:
    """As 1.0.3 has it."""
    members(value, _CONTEXT)


def context_2(value: Any) -> None:
    """As 2.0 has it: with the people and groups that took some part in the event, and which."""
    members(value, _CONTEXT_2)


def reference(value: Any) -> None:
    """A StatementRef."""
    members(value, _REFERENCE, ("objectType", "id"))


@remembered
def _context_activities(value: Any) -> None:
    members(value, _CONTEXT_ACTIVITIES)


def _activities(value: Any) -> None:
    """One Activity, or an array of them (1.0.3: 2.4.6.2)."""
    if type(value) is list:
        array(value, activity)
    else:
        activity(value)


def _context_agents(value: Any) -> None:
    array(value, _context_agent)


def _context_groups(value: Any) -> None:
    array(value, _context_group)


def _context_agent(value: Any) -> None:
    members(value, _CONTEXT_AGENT, ("objectType", "agent"))


def _context_group(value: Any) -> None:
    members(value, _CONTEXT_GROUP, ("objectType", "group"))


def _relevant_types(value: Any) -> None:
    array(value, formats.iri)
    if not value:
        raise Wrong("at least one IRI is wanted")


_REFERENCE: dict[str, Check] = {"objectType": one_of("StatementRef"), "id": formats.uuid}
_CONTEXT_ACTIVITIES: dict[str, Check] = dict.fromkeys(
    ("parent", "grouping", "category", "other"), _activities
)
_CONTEXT_AGENT: dict[str, Check] = {
    "objectType": one_of("contextAgent"),
    "agent": agent,
    "relevantTypes": _relevant_types,
}
_CONTEXT_GROUP: dict[str, Check] = {
    "objectType": one_of("contextGroup"),
    "group": group,
    "relevantTypes": _relevant_types,
}
_CONTEXT: dict[str, Check] = {
    "registration": formats.uuid,
    "instructor": actor,
    "team": group,
    "contextActivities": _context_activities,
    "revision": string,
    "platform": string,
    "language": formats.language,
    "statement": reference,
    "extensions": formats.extensions,
}
_CONTEXT_2: dict[str, Check] = {
    **_CONTEXT,
    "contextAgents": _context_agents,
    "contextGroups": _context_groups,
}
