"""Payloads in partitions by number, on PostgreSQL: made ahead of need, and dropped whole when nobody needs what is in them.

A drop takes the payloads, and the attachments' contents afterwards; rows, ids and links stay, so that a statement that is sent again
is still known and stored no second time. Both take one lock on the payloads for a moment, and give up when somebody holds it for long.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, select, text
from sqlalchemy.exc import OperationalError

from xapi import sql
from xapi.formats import from_micros, micros
from xapi.forwarding import list_ as forwards
from xapi.outside_tables import forward_parked
from xapi.statement import VOIDED
from xapi.tables import REST, dropped, payload, statement

SIZE = 5_000_000
"""Numbers of a partition that nobody asked for: each costs every search some microseconds, so there should be a dozen, not hundreds."""
_PREFIX = "xapi_payload_"
_PATIENCE = "SET LOCAL lock_timeout = '500ms'"  # as long as this, every writer waits behind us
_BOUNDS = re.compile(r"FROM \((?:MINVALUE|'?(\d+)'?)\) TO \('?(\d+)'?\)")
_PARTS = text(
    "SELECT part.relname AS name, pg_get_expr(part.relpartbound, part.oid) AS bounds, pg_total_relation_size(part.oid) AS bytes"
    " FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid WHERE inhparent = 'xapi_payload'::regclass"
)
_LAST = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM xapi_statement_seq_seq")


class Busy(Exception):
    """Somebody holds the payloads for long, a backup mostly: nothing was changed."""


@dataclass(frozen=True, slots=True)
class Partition:
    """`first`, `last`: the numbers it is for; `until`: when the last statement in it was stored. The rest, for what no other takes, has none of these."""

    name: str
    first: int
    last: int
    bytes: int
    until: datetime | None = None

    @property
    def is_rest(self) -> bool:
        return self.name == "rest"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A range whose payloads are gone."""

    first: int
    last: int
    statements: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a partition stays: a code, how many statements, and the id of one."""

    code: str
    count: int
    example: str


def listed(connection: Connection) -> list[Partition]:
    """By number, the rest at the end. PostgreSQL only, as all here but `is_dropped`."""
    found = [_read(connection, *row) for row in connection.execute(_PARTS)]
    return sorted(found, key=lambda one: (one.is_rest, one.first))


def find(connection: Connection, name: str) -> Partition | None:
    return next((one for one in listed(connection) if one.name == name), None)


def gone(connection: Connection) -> list[Dropped]:
    rows = connection.execute(select(dropped).order_by(dropped.c.first))
    return [Dropped(row.first, row.last, row.statements, from_micros(row.at)) for row in rows]


def last_number(connection: Connection) -> int:
    """The last number that was given to a statement, stored by now or not."""
    return int(connection.execute(_LAST).scalar_one())


def _read(connection: Connection, name: str, bounds: str, size: int) -> Partition:
    found = _BOUNDS.search(bounds)
    if name == REST or found is None:
        return Partition(name.removeprefix(_PREFIX), 0, 0, size)
    first, last = int(found[1] or 1), int(found[2]) - 1
    until = select(statement.c.stored).where(statement.c.seq.between(first, last))
    stored = connection.execute(until.order_by(statement.c.seq.desc()).limit(1)).scalar()
    return Partition(
        name.removeprefix(_PREFIX), first, last, size, None if stored is None else from_micros(stored)
    )


def make(connection: Connection, size: int, times: int = 1) -> list[Partition]:
    """Make the partitions that follow the last, `size` numbers each. Raises Busy."""
    _hold(connection)
    ends = [one.last for one in listed(connection)]
    beyond = connection.execute(text(f"SELECT coalesce(max(seq), 0) FROM {REST}")).scalar_one()  # noqa: S608 - our own name
    start = max(*ends, last_number(connection), beyond) + 1
    made = [
        Partition(str(first), first, first + size - 1, 0)
        for first in range(start, start + size * times, size)
    ]
    for one in made:
        connection.execute(
            text(
                f"CREATE TABLE {_PREFIX}{one.name} PARTITION OF xapi_payload"
                f" FOR VALUES FROM ({one.first}) TO ({one.last + 1})"
            )
        )
    return made


def make_next(connection: Connection) -> list[Partition]:
    """Make one more, as large as the last, when that is half full; nothing on SQLite. Raises Busy."""
    if sql.is_sqlite(connection):
        return []
    found = [one for one in listed(connection) if not one.is_rest]
    size = found[-1].last - found[-1].first + 1 if found and found[-1].first > 1 else SIZE
    if found and last_number(connection) + size // 2 < found[-1].last:
        return []
    return make(connection, size)


def count(connection: Connection, one: Partition) -> int:
    """The payloads in it."""
    within = payload.c.seq.between(one.first, one.last)
    return int(connection.execute(select(func.count()).select_from(payload).where(within)).scalar_one())


def needed(connection: Connection, one: Partition) -> Iterator[Reason]:
    """What of the store itself still needs what is in it."""
    if one.is_rest or one.last >= last_number(connection):
        yield Reason("filling", 0, "")
        return
    yield from _awaited(connection, one)
    yield from _voiding(connection, one)


def _awaited(connection: Connection, one: Partition) -> Iterator[Reason]:
    """A forward, paused or not, has not dealt with all of it; or a person asked to send something of it again."""
    row, parked = statement.c, forward_parked.c
    for held in forwards(connection):
        waiting = row.seq.between(max(one.first, held.position + 1), one.last)
        wanted = select(func.count(), func.min(row.id)).where(waiting, *held.choice.conditions())
        yield from _reason(connection, "awaited", wanted)
    again = parked.again & parked.seq.between(one.first, one.last)
    yield from _reason(
        connection, "awaited", select(func.count(), func.min(parked.statement_id)).where(again)
    )


def _voiding(connection: Connection, one: Partition) -> Iterator[Reason]:
    """Who pages through the store would take what it voids for valid."""
    row, target = statement.c, statement.alias("target")
    kept = (target.c.id == row.ref_id) & (target.c.seq == payload.c.seq)
    stays = exists().where(kept, ~target.c.seq.between(one.first, one.last))
    mine = row.seq.between(one.first, one.last) & (row.verb == VOIDED)
    yield from _reason(connection, "voids", select(func.count(), func.min(row.id)).where(mine, stays))


def _reason(connection: Connection, code: str, wanted: object) -> Iterator[Reason]:
    number, example = connection.execute(wanted).one()  # type: ignore[call-overload]
    if number:
        yield Reason(code, number, example)


def drop(connection: Connection, one: Partition, statements: int, now: datetime) -> list[Reason]:
    """Drop it, `statements` payloads; or say what needs it now. What came with them is left to `leftovers`. Raises Busy."""
    _hold(connection)
    reasons = list(needed(connection, one))
    if not reasons:
        row = {"first": one.first, "last": one.last, "statements": statements, "at": micros(now)}
        connection.execute(insert(dropped).values(row))
        connection.execute(text(f"DROP TABLE {_PREFIX}{one.name}"))
    return reasons


def _hold(connection: Connection) -> None:
    """In a transaction of its own inside the caller's, who may go on with his when somebody is busy."""
    try:
        with connection.begin_nested():
            connection.execute(text(_PATIENCE))
            connection.execute(text("LOCK TABLE xapi_payload IN ACCESS EXCLUSIVE MODE"))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":  # lock_not_available
            raise Busy from error
        raise
