"""What a stored row must say, made anew from its payload: `inspection` compares, this decides. No database here."""

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Row

from xapi import equality, exact, identity
from xapi.formats import micros, moment
from xapi.links import Links, links

Json = dict[str, Any]
AnyRow = Row[*tuple[Any, ...]]


def read(text: str | None) -> tuple[Json | None, Links]:
    """The statement and what it is about; None and nothing for what is none."""
    try:
        value: Json = exact.loads((text or "").encode())
        return value, links(value)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None, Links()


def columns(row: AnyRow, statement: Json) -> Iterator[tuple[str, str]]:
    """(column, what is wrong) for each column of a statement's row that its payload does not bear out."""
    for name, wanted in _columns(statement).items():
        found = getattr(row, name)
        if found != wanted:
            yield name, f"the row has {found!r}, the payload says {wanted!r}"
    if row.content_hash not in _fingerprints(statement):
        yield "content_hash", "it is not the payload's"
    if row.last_seq < row.seq:
        yield "last_seq", f"{row.last_seq} is before the statement's own number"


def _columns(statement: Json) -> Json:
    target = statement["object"]
    named = target.get("objectType", "Activity")
    registration = statement.get("context", {}).get("registration")
    return {
        "id": statement.get("id"),
        "authority": identity.key(statement.get("authority", {})) or "",
        "actor_key": identity.key(statement["actor"]),
        "verb": statement["verb"]["id"],
        "object_id": target["id"] if named == "Activity" else None,
        "registration": registration and registration.lower(),
        "ref_id": target["id"].lower() if named == "StatementRef" else None,
        "timestamp": micros(moment(statement["timestamp"])),
        "stored": micros(moment(statement["stored"])),
    }


def _fingerprints(statement: Json) -> set[str]:
    """As sent; and without a registration, which for some platforms names only the run that sent it (see `drafts`)."""
    found = {equality.fingerprint(statement)}
    context = statement.get("context", {})
    if "registration" in context:
        rest = {name: value for name, value in context.items() if name != "registration"}
        found.add(equality.fingerprint({**statement, "context": rest}))
    return found


def held(text: str) -> Json | None:
    """The identifier of an agent's row."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def pairs(number: int, found: Links) -> tuple[dict[tuple[str, int], None], dict[tuple[str, int], bool]]:
    """The rows of both link tables, of activities and of agents: by (key, number) what else each says."""
    return (
        dict.fromkeys((key, number) for key in found.activities),
        {(key, number): direct for key, direct in found.agents.items()},
    )
