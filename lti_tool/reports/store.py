"""The record store in numbers, cheap at any size: for /metrics, which is asked every few seconds."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text

from lti_tool.lti.tables import platform
from xapi import sql
from xapi.formats import from_micros, micros
from xapi.outside_tables import collect, forward, forward_parked
from xapi.tables import quarantine, statement

CLIENT = "client"  # whatever came by an ordinary credential
_SETTLED = timedelta(minutes=1)  # no writer is open that long: what is older is counted once and for all
_ANEW = timedelta(hours=1)  # retention removes statements, too


class Tally:
    """Statements by kind of source: counted whole once an hour and process, in between only what is new."""

    def __init__(self) -> None:
        self._counted: Counter[str | None] = Counter()
        self._upto = 0
        self._anew_at: datetime | None = None

    def by_kind(self, connection: Connection, now: datetime) -> dict[str, int]:
        """How many statements the platforms of each kind sent, and ordinary clients."""
        if self._anew_at is None or now >= self._anew_at or now < self._anew_at - _ANEW:
            self._counted, self._upto, self._anew_at = Counter(), 0, now + _ANEW
        self._settle(connection, now)
        row = statement.c
        fresh = select(row.source, func.count()).where(row.seq > self._upto).group_by(row.source)
        found = Counter(self._counted)
        for source, count in connection.execute(fresh):
            found[source] += count
        return _by_kind(found, _kinds(connection))

    def _settle(self, connection: Connection, now: datetime) -> None:
        row = statement.c
        # By the index on `stored`: the newest that nobody can still slip in before.
        newest = (
            select(row.seq)
            .where(row.stored <= micros(now - _SETTLED))
            .order_by(row.stored.desc(), row.seq.desc())
        )
        upto = connection.execute(newest.limit(1)).scalar() or 0
        if upto > self._upto:
            old = (
                select(row.source, func.count())
                .where(row.seq > self._upto, row.seq <= upto)
                .group_by(row.source)
            )
            self._counted.update({row[0]: row[1] for row in connection.execute(old)})
            self._upto = upto


def _kinds(connection: Connection) -> dict[str, str]:
    return {row.issuer: row.kind for row in connection.execute(select(platform.c.issuer, platform.c.kind))}


def _by_kind(found: Mapping[str | None, int], kinds: Mapping[str, str]) -> dict[str, int]:
    told: Counter[str] = Counter({CLIENT: 0})
    for source, count in found.items():
        told[CLIENT if source is None else kinds.get(source, "removed")] += count
    return dict(told)


@dataclass(frozen=True, slots=True)
class Store:
    """`size`: bytes on disk of the whole database; ages None where nothing waits; `behind`, `parked`: by forwarding's name.

    `unanswered`: since the followed external store answered last.
    """

    size: int
    quarantine_age: timedelta | None
    behind: Mapping[str, int]
    parked: Mapping[str, int]
    unanswered: timedelta | None


def look(connection: Connection, now: datetime) -> Store:
    """The store of now: a few look-ups in indexes."""
    oldest = connection.execute(select(func.min(quarantine.c.received))).scalar()
    answered = connection.execute(select(func.max(collect.c.answered))).scalar()
    last = connection.execute(select(func.max(statement.c.seq))).scalar() or 0
    names = {
        row.id: row for row in connection.execute(select(forward.c.id, forward.c.name, forward.c.position))
    }
    parked = select(forward_parked.c.forward_id, func.count()).group_by(forward_parked.c.forward_id)
    counts = {row[0]: row[1] for row in connection.execute(parked)}
    return Store(
        _size(connection),
        None if oldest is None else now - from_micros(oldest),
        {row.name: max(0, last - row.position) for row in names.values()},
        {row.name: counts.get(number, 0) for number, row in names.items()},
        None if answered is None else now - from_micros(answered),
    )


def _size(connection: Connection) -> int:
    if not sql.is_sqlite(connection):
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    pages, each = (
        connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("page_count", "page_size")
    )
    return int(pages * each)
