"""One person's statements, for the person."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Table, exists, select, union

from xapi import exact, tables
from xapi.formats import from_micros, written

_AT_ONCE = 500


def statements(connection: Connection, actor_keys: Collection[str]) -> Iterator[dict[str, Any]]:
    """Those the person is the actor of, whole, voided ones too."""
    row = tables.payload.c
    for numbers in _pages(connection, actor_keys, tables.statement):
        rows = connection.execute(select(row.payload).where(row.seq.in_(numbers)).order_by(row.seq)).scalars()
        for payload in rows:
            yield exact.loads(payload.encode())


def mentions(connection: Connection, actor_keys: Collection[str]) -> Iterator[dict[str, Any]]:
    """Those of other people that name the person: that they do and when, because the rest is the other's.

    Of the person's own, those of which no more is kept.
    """
    row, kept = tables.statement.c, exists().where(tables.payload.c.seq == tables.statement.c.seq)
    for numbers in _pages(connection, actor_keys, tables.statement, tables.agent_link):
        wanted = (
            select(row.id, row.actor_key, row.verb, row.timestamp, kept.label("kept"))
            .where(row.seq.in_(numbers))
            .order_by(row.seq)
        )
        for one in connection.execute(wanted):
            if one.actor_key not in actor_keys or not one.kept:
                yield {"id": one.id, "verb": one.verb, "timestamp": written(from_micros(one.timestamp))}


def _pages(connection: Connection, actor_keys: Collection[str], *where: Table) -> Iterator[list[int]]:
    """The numbers of the statements that name any of these there."""
    keys = sorted(actor_keys)
    named = union(*(select(table.c.seq).where(table.c.actor_key.in_(keys)) for table in where))
    numbers = sorted(connection.execute(named).scalars())
    return (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))
