"""Up to which number every statement is there, or never will be.

PostgreSQL gives numbers before the transactions that use them commit, in another order: whoever follows the numbers must stop
before a gap that may still be filled. Every writer marks itself by a shared lock before it takes a number (sql.numbers). So:
read the last number given; whoever took one up to it holds its mark now or is finished; when those who hold one now are gone
(others may come, they take later numbers), nothing up to that number can change. Other transactions hold nobody up.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, text

from xapi import sql

Reading = Callable[[], AbstractContextManager[Connection]]
_LOOKS, _BETWEEN = 50, 0.02  # seconds: a writer is gone in a few milliseconds

_LAST = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM xapi_statement_seq_seq")
_WRITERS = text(
    "SELECT pid, virtualtransaction FROM pg_locks WHERE locktype = 'advisory' AND classid = :writers AND objsubid = 2"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def settled(reading: Reading, *, looks: int = _LOOKS) -> int | None:
    """The highest number of which that is sure; None when a writer is not finished after all looks."""
    with reading() as connection:
        if sql.is_sqlite(connection):  # one writer at a time: what is seen has no gap
            return sql.last_number(connection)
        last = int(connection.execute(_LAST).scalar_one())
        waited_for = _writers(connection)
        for _ in range(looks):
            if not waited_for:
                return last
            time.sleep(_BETWEEN)
            waited_for &= _writers(connection)
    return None


def _writers(connection: Connection) -> set[tuple[int, str]]:
    rows = connection.execute(_WRITERS, {"writers": sql.WRITERS})
    return {(row.pid, row.virtualtransaction) for row in rows}
