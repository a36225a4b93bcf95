"""Until when this store surely knows everything (X-Experience-API-Consistent-Through; part 3, 2.1.3.s2)."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from xapi import sql
from xapi.formats import EPOCH


def consistent_through(connection: Connection, now: datetime) -> datetime:
    """The standard: "all Statements that have or will have a stored property before that time are known with reasonable certainty".

    `now` is read before the connection looks for open writers. Only writers of this store hold it back; an import or another
    database's long transaction does not.
    """
    oldest = sql.oldest_writer(connection)
    return now if oldest is None else min(now, EPOCH + timedelta(seconds=oldest))
