"""Used nonces: a token's nonce serves once, whatever process, thread or machine it reaches."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from lti_tool.base.database import insert
from lti_tool.lti import tables
from lti_tool.lti.refusal import REPLAY, Refused


def use(connection: Connection, nonce: str, expires: datetime) -> None:
    """Use a nonce up, in the launch's own transaction. Refused when it was used before.

    The unique key decides between parallel replays: on PostgreSQL the second waits for the first one's commit, on SQLite
    for its turn to write. `expires`: its login's end, after which the state is refused anyway.
    """
    statement = insert(connection, tables.used_nonce).values(nonce=nonce, expires_at=expires)
    if connection.execute(statement.on_conflict_do_nothing()).rowcount != 1:
        raise Refused(REPLAY, "this launch was used before")


def clean(connection: Connection, now: datetime, *, limit: int = 500) -> int:
    """Forget nonces whose login has ended; gives how many."""
    table = tables.used_nonce
    ended = (
        select(table.c.nonce).where(table.c.expires_at <= now).limit(limit).with_for_update(skip_locked=True)
    )
    return connection.execute(delete(table).where(table.c.nonce.in_(ended))).rowcount
