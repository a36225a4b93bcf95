"""Which activities and agents a statement is about, so that every filter of GET is one look-up in an index (part 3, 2.1.3)."""

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from xapi import identity

Json = dict[str, Any]


@dataclass(slots=True)
class Links:
    """What a statement names beside its own actor and its own activity, which are columns of it with an index each.

    `actor`: the key of its own, None for an anonymous Group; `activities`: keys; `agents`: keys, each with True for an Agent that is
    the object and for members of a Group that is actor or object, and False for one who is only related; `identifiers`: of all of
    them and of the actor, by key, the identifier alone.
    """

    actor: str | None = None
    activities: set[str] = field(default_factory=set)
    agents: dict[str, bool] = field(default_factory=dict)
    identifiers: dict[str, Json] = field(default_factory=dict)


@lru_cache(maxsize=4096)
def activity_key(iri: str) -> str:
    """Keys of one length keep the index small, however long IRIs are."""
    return sha256(iri.encode()).hexdigest()[:32]


def links(statement: Json) -> Links:
    """Everything of the statement and of its SubStatement. The authority is not here: it is a column of its own."""
    found = Links()
    found.actor = _collect(statement, found, direct=True)
    target = statement["object"]
    named = target.get("objectType", "Activity")
    if named == "SubStatement":
        _collect(target, found, direct=False)
    elif named == "Activity":
        found.activities.discard(activity_key(target["id"]))
    if found.actor is not None:
        del found.agents[found.actor]
    return found


def _collect(statement: Json, found: Links, *, direct: bool) -> str | None:
    """Gives the key of the actor."""
    target = statement["object"]
    named = target.get("objectType", "Activity")
    actor = _add_agents(statement["actor"], found, direct=direct)
    if named == "Activity":
        found.activities.add(activity_key(target["id"]))
    elif named in {"Agent", "Group"}:
        _add_agents(target, found, direct=direct)
    if "context" in statement:
        _collect_context(statement["context"], found)
    return actor


def _collect_context(context: Json, found: Links) -> None:
    for role in ("instructor", "team"):
        if role in context:
            _add_agents(context[role], found, direct=False)
    for name, who in (("contextAgents", "agent"), ("contextGroups", "group")):  # 2.0, 4.2.2.5
        for one in context.get(name, ()):
            _add_agents(one[who], found, direct=False)
    for value in context.get("contextActivities", {}).values():
        for activity in value if isinstance(value, list) else (value,):
            found.activities.add(activity_key(activity["id"]))


def _add_agents(agent: Json, found: Links, *, direct: bool) -> str | None:
    """The standard: "Groups that have members which match the specified Agent ... are considered a match". Gives the key of the first."""
    first = identity.key(agent)
    if first is not None:
        found.agents[first] = direct or found.agents.get(first, False)
        found.identifiers.setdefault(first, identity.identifier(agent) or {})
    for one in agent.get("member", ()):
        _add_agents(one, found, direct=direct)
    return first
