"""The formats of GET: exact, ids, canonical (xAPI 1.0.3, part 3, 2.1.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xapi import exact, identity

Json = dict[str, Any]
_MAPS = frozenset({"display", "name", "description"})


def ids(payload: str) -> bytes:
    """A stored statement in format ids."""
    return exact.dumps(_ids(exact.loads(payload.encode())))


@dataclass(frozen=True, slots=True)
class Canonical:
    """Format canonical. `languages`: what the reader accepts, best first; `known`: IRI → definition as the store has it."""

    languages: Sequence[str]
    known: Mapping[str, Json]

    def shown(self, statement: Json) -> Json:
        """The standard: "populated with the canonical definition of the Activity Objects".

        Of each language map of activities and verbs "only one language", the one that suits the reader best.
        """
        found = dict(statement)
        found["verb"] = self._one_language(statement["verb"])
        target = statement["object"]
        kind = target.get("objectType", "Activity")
        if kind == "SubStatement":
            found["object"] = self.shown(target)
        elif kind == "Activity":
            found["object"] = self._activity(target)
        activities = statement.get("context", {}).get("contextActivities")
        if activities:
            shown = {name: [self._activity(one) for one in value] for name, value in activities.items()}
            found["context"] = {**statement["context"], "contextActivities": shown}
        return found

    def _activity(self, value: Json) -> Json:
        known = self.known.get(value["id"], value.get("definition"))
        if known is None:
            return value
        definition = self._one_language(known)
        for name in ("choices", "scale", "source", "target", "steps"):
            if name in definition:
                definition[name] = [self._one_language(part) for part in definition[name]]
        return {**value, "definition": definition}

    def _one_language(self, value: Json) -> Json:
        return {
            name: best(item, self.languages) if name in _MAPS and isinstance(item, dict) else item
            for name, item in value.items()
        }


def _ids(statement: Json) -> Json:
    """The standard: "only include minimum information necessary in Agent, Activity, Verb and Group Objects to identify them"."""
    found = dict(statement)
    found["verb"] = {"id": statement["verb"]["id"]}
    for name in ("actor", "authority"):
        if name in found:
            found[name] = _agent_id(found[name])
    found["object"] = _object_id(statement["object"])
    if "context" in found:
        found["context"] = _context_ids(found["context"])
    return found


def _object_id(value: Json) -> Json:
    named = value.get("objectType", "Activity")
    if named == "Activity":
        return _activity_id(value)
    if named == "SubStatement":
        return _ids(value)
    return value if named == "StatementRef" else _agent_id(value)


def _context_ids(context: Json) -> Json:
    found = dict(context)
    for name in ("instructor", "team"):
        if name in found:
            found[name] = _agent_id(found[name])
    if "contextActivities" in found:
        found["contextActivities"] = {
            name: [_activity_id(activity) for activity in value]
            for name, value in found["contextActivities"].items()
        }
    for name, who in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in found:
            found[name] = [{**one, who: _agent_id(one[who])} for one in found[name]]
    return found


def _activity_id(activity: Json) -> Json:
    """An object that names no type is an Activity."""
    return {"id": activity["id"]}


def _agent_id(agent: Json) -> Json:
    """An anonymous Group is known by nothing but its members."""
    found = {name: agent[name] for name in ("objectType",) if name in agent}
    if identity.identifier(agent) is None:
        return {**found, "member": [_agent_id(member) for member in agent.get("member", ())]}
    return {**found, **{name: agent[name] for name in agent if name not in {"objectType", "name", "member"}}}


def best(texts: dict[str, str], languages: Sequence[str]) -> dict[str, str]:
    """The text of the first language that is there, by its whole tag, then by its primary part; else the first text."""
    for wanted in languages:
        for fits in (str.lower, _primary):
            for tag, text in texts.items():
                if fits(tag) == fits(wanted):
                    return {tag: text}
    return dict(list(texts.items())[:1])


def _primary(tag: str) -> str:
    return tag.lower().split("-", maxsplit=1)[0]
