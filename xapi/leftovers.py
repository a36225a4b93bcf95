"""Contents of attachments that came with statements whose payloads were dropped: nobody is shown them, and they go page by page."""

from sqlalchemy import Connection, Select, delete, exists, select, tuple_

from xapi import sql
from xapi.tables import attachment, attachment_use, dropped, payload

PAGE = 50


def forget(connection: Connection) -> int:
    """Delete the next of them that no other statement came with; gives how many were looked at, 0 when none is left.

    Keeps writers out until the transaction ends, hence the page: one of them may be about to name a content that goes. Stopped
    anywhere, the next call goes on.
    """
    page = _page(connection)
    if page is None:
        return 0
    sql.alone(connection)
    found = connection.execute(page).all()
    use = attachment_use.c
    connection.execute(delete(attachment_use).where(tuple_(use.seq, use.sha2).in_(found)))
    named = exists().where(use.sha2 == attachment.c.sha2)
    gone = sorted({sha2 for _, sha2 in found})
    connection.execute(delete(attachment).where(attachment.c.sha2.in_(gone), ~named))
    return len(found)


def _page(connection: Connection) -> Select[int, str] | None:
    """Of the first dropped range that has any. A statement that was under way at the drop and came after it has its payload."""
    use = attachment_use.c
    whole = exists().where(payload.c.seq == use.seq)
    wanted = select(use.seq, use.sha2).where(~whole).order_by(use.seq, use.sha2).limit(PAGE)
    ranges = connection.execute(select(dropped.c.first, dropped.c.last).order_by(dropped.c.first)).all()
    pages = (wanted.where(use.seq.between(first, last)) for first, last in ranges)
    return next((page for page in pages if connection.execute(page).first() is not None), None)
