"""What the decisions upstairs may rest on: statements of trusted platforms, unflagged and not retracted."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from xapi import tables
from xapi.formats import from_micros
from xapi.many import one_of

_statement = tables.statement
_AT_ONCE = 500
_TRUSTED = (
    _statement.c.source.is_not(None),
    _statement.c.flag.is_(None),
    _statement.c.retracted_by.is_(None),
)
# When a statement came first: what waited in quarantine was stored later.
CAME = func.coalesce(_statement.c.arrived, _statement.c.stored)
# Expressions that no index knows: it is the actors who are few. SQLite, which keeps no figures of what is stored, takes four verbs for
# fewer rows than five actors, and would go through every completion of everybody.
_VERB = _statement.c.verb.concat("")
_OBJECT = _statement.c.object_id.concat("")
_COLUMNS = (
    *(_statement.c[name] for name in ("id", "source", "actor_key", "last_seq", "timestamp")),
    tables.payload.c.payload,
    CAME.label("came"),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """One piece of evidence. `order`: of arrival, decides between equal timestamps; `stored`: when it came first."""

    id: str
    source: str
    actor_key: str
    order: int
    timestamp: datetime
    stored: datetime
    statement: dict[str, Any]


def evidence(
    connection: Connection, actors: Collection[tuple[str, str]], verbs: Collection[str] | None = None
) -> list[Stored]:
    """The evidence about these (source, actor_key) pairs in order of arrival; `verbs`: only these.

    Never from ordinary credentials, never flagged, never retracted (see voiding.py for voided statements that still count).
    """
    pairs = set(actors)
    keys = sorted({key for _, key in pairs})
    found: list[Stored] = []
    for start in range(0, len(keys), _AT_ONCE):
        found += _some(connection, keys[start : start + _AT_ONCE], pairs, verbs)
    return sorted(found, key=lambda one: one.order)


def _some(
    connection: Connection, keys: list[str], pairs: set[tuple[str, str]], verbs: Collection[str] | None
) -> list[Stored]:
    query = select(*_COLUMNS).select_from(tables.whole).where(one_of(_statement.c.actor_key, keys), *_TRUSTED)
    if verbs is not None:
        query = query.where(_VERB.in_(sorted(verbs)))
    return [
        Stored(
            id=row.id,
            source=row.source,
            actor_key=row.actor_key,
            order=row.last_seq,
            timestamp=from_micros(row.timestamp),
            stored=from_micros(row.came),
            statement=orjson.loads(
                row.payload
            ),  # decides by it, and does not send it on: no digit has to be kept
        )
        for row in connection.execute(query)
        if (row.source, row.actor_key) in pairs
    ]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is told of a statement about an activity without reading its text: `activity` is the IRI, no part of its definition."""

    id: str
    source: str
    actor_key: str
    verb: str
    activity: str
    order: int
    timestamp: datetime
    stored: datetime


def seen(
    connection: Connection,
    actors: Collection[tuple[str, str]],
    verbs: Collection[str],
    activities: Collection[str],
) -> Iterator[Seen]:
    """`evidence` with these verbs about these activities, for who needs no more than when: one query for 500 actors."""
    row, pairs = _statement.c, set(actors)
    keys = sorted({key for _, key in pairs})
    columns = (row.id, row.source, row.actor_key, row.verb, row.object_id, row.last_seq, row.timestamp, CAME)
    what = (_VERB.in_(sorted(verbs)), _OBJECT.in_(sorted(activities)))
    for start in range(0, len(keys), _AT_ONCE):
        query = select(*columns).where(
            one_of(row.actor_key, keys[start : start + _AT_ONCE]), *_TRUSTED, *what
        )
        for id_, source, key, verb, activity, order, at, came in connection.execute(query):
            if (source, key) in pairs:
                yield Seen(id_, source, key, verb, activity, order, from_micros(at), from_micros(came))


def last_heard(connection: Connection, source: str) -> datetime | None:
    """When the platform's last new statement was stored; None when it never sent one."""
    found = connection.execute(
        select(func.max(_statement.c.stored)).where(_statement.c.source == source)
    ).scalar()
    return None if found is None else from_micros(found)


def agent(connection: Connection, actor_key: str) -> dict[str, Any] | None:
    """The identifier behind a key, as an Agent without a name."""
    found = connection.execute(
        select(tables.agent.c.ifi).where(tables.agent.c.actor_key == actor_key)
    ).scalar()
    return None if found is None else orjson.loads(found)


def sources_of(connection: Connection, actor_key: str) -> set[str]:
    """The platforms with evidence about this actor."""
    query = select(_statement.c.source).distinct()
    trusted = (
        _statement.c.actor_key == actor_key,
        _statement.c.source.is_not(None),
        _statement.c.flag.is_(None),
    )
    return set(connection.execute(query.where(*trusted)).scalars())


def heard(connection: Connection, actor_keys: Collection[str]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Who is behind these keys, and which platforms gave evidence about them: `agent` and `sources_of` for many at once.

    Keys of whom there is no evidence are left out.
    """
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    keys = sorted(actor_keys)
    for start in range(0, len(keys), _AT_ONCE):
        query = (
            select(_statement.c.actor_key, _statement.c.source, tables.agent.c.ifi)
            .join(tables.agent, tables.agent.c.actor_key == _statement.c.actor_key)
            .where(one_of(_statement.c.actor_key, keys[start : start + _AT_ONCE]))
            .where(_statement.c.source.is_not(None), _statement.c.flag.is_(None))
            .distinct()
        )
        for row in connection.execute(query.order_by(_statement.c.actor_key, _statement.c.source)):
            found.setdefault(row.actor_key, []).append((row.source, orjson.loads(row.ifi)))
    return found
