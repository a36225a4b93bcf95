"""A statement in words: who did what, to what, with which result, in the reader's language as far as its display maps have it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xapi.identity import identifier
from xapi.rendering import best

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Party:
    """An Agent or a Group: `name` as displayed, `identifier` as it is known by; `members` of a Group."""

    name: str
    identifier: str
    members: tuple["Party", ...] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """An object. `kind`: Activity, Agent, Group, StatementRef, SubStatement; `type` of an Activity; `told` of a SubStatement."""

    kind: str
    label: str
    id: str = ""
    type: str = ""
    description: str = ""
    told: "Told | None" = None


@dataclass(frozen=True, slots=True)
class Told:
    """`result` and `context`: (path, value) in the standard's own words; `attachments`: their display names."""

    actor: Party
    verb: str
    verb_id: str
    target: Thing
    result: tuple[tuple[str, str], ...] = ()
    context: tuple[tuple[str, str], ...] = ()
    attachments: tuple[str, ...] = ()


def tell(statement: Json, languages: Sequence[str]) -> Told:
    """The words of a valid statement; `languages`: the reader's, best first."""
    verb = statement["verb"]
    return Told(
        party(statement["actor"]),
        _text(verb.get("display"), languages) or _last(verb["id"]),
        verb["id"],
        _thing(statement["object"], languages),
        tuple(_leaves("", statement.get("result", {}))),
        tuple(_context(statement.get("context", {}), languages)),
        tuple(
            _text(one.get("display"), languages) or one["sha2"] for one in statement.get("attachments", ())
        ),
    )


def party(agent: Json) -> Party:
    """An Agent, Group or authority."""
    members = tuple(party(one) for one in agent.get("member", ()))
    return Party(str(agent.get("name", "")), _identifier(agent), members)


def _identifier(agent: Json) -> str:
    found = identifier(dict(agent)) or {}
    if "account" in found:
        return f"{found['account']['name']} · {found['account']['homePage']}"
    return next((str(value).removeprefix("mailto:") for value in found.values()), "")


def _thing(target: Json, languages: Sequence[str]) -> Thing:
    kind = target.get("objectType", "Activity")
    if kind == "SubStatement":
        told = tell(target, languages)
        return Thing(
            kind, f"{told.actor.name or told.actor.identifier} {told.verb} {told.target.label}", told=told
        )
    if kind == "StatementRef":
        return Thing(kind, target["id"], target["id"])
    if kind in {"Agent", "Group"}:
        one = party(target)
        return Thing(
            kind, one.name or one.identifier or ", ".join(m.name or m.identifier for m in one.members)
        )
    definition = target.get("definition", {})
    label = _text(definition.get("name"), languages) or target["id"]
    described = _text(definition.get("description"), languages)
    return Thing(kind, label, target["id"], definition.get("type", ""), described)


def _context(context: Json, languages: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name, value in context.items():
        if name in {"instructor", "team"}:
            one = party(value)
            yield (
                name,
                " · ".join(
                    filter(None, (one.name, one.identifier, *(m.name or m.identifier for m in one.members)))
                ),
            )
        elif name == "contextActivities":
            for role, activities in value.items():
                for one in activities if isinstance(activities, list) else (activities,):
                    yield role, _thing(one, languages).label
        elif name == "statement":
            yield name, value["id"]
        else:
            yield from _leaves(name, value)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(f"{path} {name}".strip(), item)
    else:
        yield path, _said(value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(_said(item) for item in value) if isinstance(value, list) else str(value)


def _text(texts: Any, languages: Sequence[str]) -> str:
    """A display map may be empty, and of a sender's own making in an extension."""
    return next(iter(best(texts, languages).values()), "") if isinstance(texts, dict) else ""


def _last(iri: str) -> str:
    return iri.rstrip("/#").rsplit("/", 1)[-1] or iri
