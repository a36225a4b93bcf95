"""Which activities and agents a statement is about, so that every filter of GET is one look-up in an index (part 3, 2.1.3)."""

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from xapi import identity

Json = dict[str, Any]


@dataclass(slots=True)
class Links:
    """Keys, each with True when it is the statement's own actor or object and False when it is only related.

    `actor`: the key of the statement's own, None for an anonymous Group; `identifiers`: by key, the identifier alone.
    """

    actor: str | None = None
    activities: dict[str, bool] = field(default_factory=dict)
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
    if statement["object"].get("objectType") == "SubStatement":
        _collect(statement["object"], found, direct=False)
    return found


def _collect(statement: Json, found: Links, *, direct: bool) -> str | None:
    """Gives the key of the actor."""
    target = statement["object"]
    named = target.get("objectType", "Activity")
    actor = _add_agents(statement["actor"], found, direct=direct)
    if named == "Activity":
        _add(found.activities, activity_key(target["id"]), direct=direct)
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
            found.activities.setdefault(activity_key(activity["id"]), False)


def _add_agents(agent: Json, found: Links, *, direct: bool) -> str | None:
    """The standard: "Groups that have members which match the specified Agent ... are considered a match". Gives the key of the first."""
    first = identity.key(agent)
    if first is not None:
        _add(found.agents, first, direct=direct)
        found.identifiers.setdefault(first, identity.identifier(agent) or {})
    for one in agent.get("member", ()):
        _add_agents(one, found, direct=direct)
    return first


def _add(known: dict[str, bool], key: str, *, direct: bool) -> None:
    known[key] = direct or known.get(key, False)
