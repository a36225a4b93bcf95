"""Until when this store surely knows everything (X-Experience-API-Consistent-Through; part 3, 2.1.3.s2)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from xapi import access, sql
from xapi.formats import EPOCH, from_micros
from xapi.tables import statement


def consistent_through(connection: Connection, now: datetime, keys: Collection[str] = ()) -> datetime:
    """The standard: "all Statements that have or will have a stored property before that time are known with reasonable certainty".

    `now` is read before the connection looks for open writers. Only writers of this store hold it back; an import or another
    database's long transaction does not. `keys`: of credentials known from memory, of which it is asked in the same round trip
    whether they stand; raises `Refused` 401 if not.
    """
    if sql.is_sqlite(connection):
        access.confirm(connection, keys, now)
        return now if not sql.is_being_written(connection) else min(now, _last_stored(connection))
    oldest, stand = sql.oldest_writer(connection, *access.standing(connection, keys, now))
    access.check(keys, stand)
    return now if oldest is None else min(now, EPOCH + timedelta(seconds=oldest))


def _last_stored(connection: Connection) -> datetime:
    """One writer at a time: what is being written is stored after all that is there."""
    found = connection.execute(select(func.max(statement.c.stored))).scalar()
    return from_micros(found or 0)
