"""New rows into the tables, in a fixed number of round trips however many they are.

Hand-written SQL, because this is where the store's speed is decided: on PostgreSQL one statement takes agents, statements,
payloads and links as binary arrays; on SQLite, which has no round trips, each table takes its rows in one call.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from xapi import arrays, exact, sql
from xapi.entries import Entry
from xapi.statement import VOIDED

_COLUMNS = {
    "seq": "bigint",
    "id": "text",
    "original_id": "text",
    "source": "text",
    "credential_key": "text",
    "authority": "text",
    "actor_key": "text",
    "verb": "text",
    "object_id": "text",
    "registration": "text",
    "ref_id": "text",
    "timestamp": "bigint",
    "stored": "bigint",
    "last_seq": "bigint",
    "content_hash": "text",
    "flag": "text",
    "may_retract": "boolean",
}
_VALUES = itemgetter(*_COLUMNS)
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_EARLIER = "SELECT id, ref_id, authority, may_retract FROM xapi_statement"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A voiding statement that came before its target."""

    id: str
    target: str
    authority: str
    may_retract: bool


def insert(connection: Connection, entries: Sequence[Entry]) -> tuple[set[int], list[Earlier]]:
    """Insert those whose id is free, with their agents and links: the numbers of these, and who voided any of them before it came.

    Sorted by id: two transactions with the same statements wait for each other in one order and cannot deadlock.
    """
    ordered = sorted(entries, key=lambda entry: (entry.id, entry.seq))
    if sql.is_sqlite(connection):
        return _into_sqlite(connection, ordered)
    return _into_postgresql(connection, ordered)


def _agents(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    found = {key: value for entry in entries for key, value in entry.links.identifiers.items()}
    return [(key, exact.dumps(found[key]).decode()) for key in sorted(found)]


def _activity_links(entries: Iterable[Entry]) -> list[tuple[str, int]]:
    return [(key, entry.seq) for entry in entries for key in entry.links.activities]


def _agent_links(entries: Iterable[Entry]) -> list[tuple[str, int, bool]]:
    return [(key, entry.seq, direct) for entry in entries for key, direct in entry.links.agents.items()]


# --- SQLite ---

_MARKS = ", ".join("?" * len(_COLUMNS))
_ONE_AGENT = "INSERT INTO xapi_agent (actor_key, ifi) VALUES (?, ?) ON CONFLICT DO NOTHING"
_ONE_STATEMENT = f"INSERT INTO xapi_statement ({_NAMES}) VALUES ({_MARKS}) ON CONFLICT (id) DO NOTHING"  # noqa: S608 - our own names
_ONE_PAYLOAD = "INSERT INTO xapi_payload (seq, payload) VALUES (?, ?)"
_ONE_ACTIVITY = "INSERT INTO xapi_activity_link (activity_key, seq) VALUES (?, ?)"
_ONE_LINK = "INSERT INTO xapi_agent_link (actor_key, seq, direct) VALUES (?, ?, ?)"


def _into_sqlite(connection: Connection, entries: Sequence[Entry]) -> tuple[set[int], list[Earlier]]:
    sql.many(connection, _ONE_AGENT, _agents(entries))
    added = sql.many(connection, _ONE_STATEMENT, [_VALUES(entry.row) for entry in entries])
    numbers = {entry.seq for entry in entries}
    if added != len(entries):  # some ids are taken; the numbers are new, so those that are there are ours
        numbers = _there(connection, numbers)
    new = [entry for entry in entries if entry.seq in numbers]
    sql.many(connection, _ONE_PAYLOAD, [(entry.seq, entry.row["payload"].decode()) for entry in new])
    sql.many(connection, _ONE_ACTIVITY, _activity_links(new))
    sql.many(connection, _ONE_LINK, _agent_links(new))
    return numbers, _voided_before(connection, [entry.id for entry in new])


def _there(connection: Connection, numbers: Collection[int]) -> set[int]:
    query = "SELECT seq FROM xapi_statement WHERE seq IN (SELECT value FROM json_each(?))"
    return {number for (number,) in sql.rows(connection, query, (exact.dumps(sorted(numbers)).decode(),))}


def _voided_before(connection: Connection, ids: Sequence[str]) -> list[Earlier]:
    among, value = sql.among(connection, ids)
    query = f"{_EARLIER} WHERE ref_id {among} AND verb || '' = ? ORDER BY seq"  # by the index of ref_id, not of verbs
    found = sql.rows(connection, query, (value, VOIDED))
    return [
        Earlier(voiding, target, authority, bool(may_retract))
        for voiding, target, authority, may_retract in found
    ]


# --- PostgreSQL ---


_AGENT, _PAYLOAD = ("text", "text"), ("bigint", "text")
_ACTIVITY_LINK, _AGENT_LINK = ("text", "bigint"), ("text", "bigint", "boolean")
_ARRAYS: dict[str, Callable[[Sequence[Any]], bytes]] = {
    "text": arrays.texts,
    "bigint": arrays.numbers,
    "boolean": arrays.truths,
}


def _all_at_once() -> str:
    """One statement for everything; each table's columns are arrays, in the order of the tables."""
    place = count(1)

    def unnest(types: Iterable[str]) -> str:
        return f"unnest({', '.join(f'${next(place)}::{one}[]' for one in types)})"

    new = "(seq IN (SELECT seq FROM added)) IS TRUE"  # a hashed set, where a join is planned as if there were ten rows
    seqs, ids = (f"${len(_AGENT) + 1 + list(_COLUMNS).index(name)}" for name in ("seq", "id"))
    return (
        f"WITH agent AS (INSERT INTO xapi_agent (actor_key, ifi) SELECT * FROM {unnest(_AGENT)}"  # noqa: S608 - our own names
        f" ON CONFLICT DO NOTHING),"
        f" added AS (INSERT INTO xapi_statement ({_NAMES}) SELECT * FROM {unnest(_COLUMNS.values())}"
        f" ON CONFLICT (id) DO NOTHING RETURNING seq),"
        f" payload AS (INSERT INTO xapi_payload (seq, payload) SELECT * FROM"
        f" {unnest(_PAYLOAD)} AS one (seq, payload) WHERE {new}),"
        f" activity AS (INSERT INTO xapi_activity_link (activity_key, seq) SELECT * FROM"
        f" {unnest(_ACTIVITY_LINK)} AS link (activity_key, seq) WHERE {new}),"
        f" link AS (INSERT INTO xapi_agent_link (actor_key, seq, direct) SELECT * FROM"
        f" {unnest(_AGENT_LINK)} AS link (actor_key, seq, direct) WHERE {new})"
        f" SELECT seq, NULL AS id, NULL AS ref_id, NULL AS authority, NULL AS may_retract"
        f" FROM unnest({seqs}::bigint[]) AS seq WHERE ({new}) IS NOT TRUE"
        f" UNION ALL (SELECT -seq, id, ref_id, authority, may_retract FROM xapi_statement"
        # An expression: a plan of the first day would rather read all that ever voided anything, by the index of verbs.
        f" WHERE ref_id = ANY({ids}::text[]) AND verb || '' = '{VOIDED}' ORDER BY seq)"
    )


_ALL_AT_ONCE = _all_at_once()


def _into_postgresql(connection: Connection, entries: Sequence[Entry]) -> tuple[set[int], list[Earlier]]:
    values = (
        *_arrays(_agents(entries), _AGENT),
        *_arrays([_VALUES(entry.row) for entry in entries], _COLUMNS.values()),
        arrays.numbers([entry.seq for entry in entries]),
        arrays.encoded([entry.row["payload"] for entry in entries]),
        *_arrays(_activity_links(entries), _ACTIVITY_LINK),
        *_arrays(_agent_links(entries), _AGENT_LINK),
    )
    numbers = {entry.seq for entry in entries}
    earlier: list[Earlier] = []
    for seq, voiding, target, authority, may_retract in sql.rows(connection, _ALL_AT_ONCE, values):
        if voiding is None:  # its id was taken
            numbers.remove(seq)
        else:
            earlier.append(Earlier(voiding, target, authority, bool(may_retract)))
    return numbers, earlier


def _arrays(rows: Sequence[tuple[Any, ...]], types: Collection[str]) -> list[bytes]:
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(types)
    return [_ARRAYS[name](column) for name, column in zip(types, columns, strict=True)]
