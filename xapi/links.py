"""Which activities and agents a statement is about, so that every filter of GET is one look-up in an index (part 3, 2.1.3)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from xapi import identity

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Links:
    """Keys, each with True when it is the statement's own actor or object and False when it is only related.

    `actor`: the key of the statement's own, None for an anonymous Group.
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
    found = Links(identity.key(statement["actor"]))
    _collect(statement, found, direct=True)
    if statement["object"].get("objectType") == "SubStatement":
        _collect(statement["object"], found, direct=False)
    return found


def _collect(statement: Json, found: Links, *, direct: bool) -> None:
    target = statement["object"]
    named = target.get("objectType", "Activity")
    _add_agents(statement["actor"], found, direct=direct)
    if named == "Activity":
        _add(found.activities, activity_key(target["id"]), direct=direct)
    elif named in {"Agent", "Group"}:
        _add_agents(target, found, direct=direct)
    context = statement.get("context", {})
    for role in ("instructor", "team"):
        if role in context:
            _add_agents(context[role], found, direct=False)
    for name, who in (("contextAgents", "agent"), ("contextGroups", "group")):  # 2.0, 4.2.2.5
        for one in context.get(name, ()):
            _add_agents(one[who], found, direct=False)
    for iri in _context_activities(context):
        _add(found.activities, activity_key(iri), direct=False)


def _context_activities(context: Json) -> Iterator[str]:
    for value in context.get("contextActivities", {}).values():
        for activity in value if isinstance(value, list) else (value,):
            yield activity["id"]


def _add_agents(agent: Json, found: Links, *, direct: bool) -> None:
    """The standard: "Groups that have members which match the specified Agent ... are considered a match"."""
    for one in (agent, *agent.get("member", ())):
        key = identity.key(one)
        if key is not None:
            _add(found.agents, key, direct=direct)
            found.identifiers.setdefault(key, identity.identifier(one) or {})


def _add(known: dict[str, bool], key: str, *, direct: bool) -> None:
    known[key] = direct or known.get(key, False)
