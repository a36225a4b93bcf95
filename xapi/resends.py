"""Resends in another store, which knows nothing of a host that sends without ids.

There a resend has an id of its own: it is recognised by its content, kept, marked as no evidence, and counts again for the order of
arrival.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from xapi import identity, saving
from xapi.drafts import Draft
from xapi.evidence import CAME
from xapi.intake import IntakePolicy
from xapi.items import Item
from xapi.lrs import Saved
from xapi.tables import statement

RESEND = "resend"
Content = tuple[str | None, str, int]  # source, content, time of the event
Place = tuple[int, int]  # of a run on the page, of a statement in the run


class Resends:
    """What of one page repeats something earlier, on this page or before it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._runs = 0
        self._first: dict[Content, tuple[str | Place, int]] = {}  # who said it first, and when it came
        self._moved: list[tuple[str | Place, Place]] = []

    def marked(self, fresh: Sequence[tuple[Draft, Item]], policy: IntakePolicy) -> list[Draft]:
        """The drafts of the next run, resends marked.

        "Equal statements within one request are all kept": one request is what one moment of storing has.
        """
        run, self._runs = self._runs, self._runs + 1
        if policy.sends_ids:
            return [draft for draft, _ in fresh]
        self._first = _earlier(self._connection, [draft for draft, _ in fresh]) | self._first
        return [self._mark(draft, item.stored or 0, (run, at)) for at, (draft, item) in enumerate(fresh)]

    def _mark(self, draft: Draft, stored: int, place: Place) -> Draft:
        content = (draft.source, draft.fingerprint, draft.event_time or 0)
        first, came = self._first.setdefault(content, (place, stored))
        if came == stored or draft.flag is not None:
            return draft
        self._moved.append((first, place))
        return replace(draft, flag=RESEND)

    def move(self, saved: Sequence[Saved]) -> None:
        """A resend "counts again for order of arrival". `saved`: what became of each run, for an id may have been another's."""
        ids = {(run, at): name for run, one in enumerate(saved) for at, name in enumerate(one.ids)}
        pairs = [
            (first if isinstance(first, str) else ids[first], ids[resend]) for first, resend in self._moved
        ]
        wanted = select(statement.c.id, statement.c.seq).where(statement.c.id.in_([one for _, one in pairs]))
        numbers = {one.id: one.seq for one in self._connection.execute(wanted)} if pairs else {}
        later: dict[str, int] = {}
        for first, resend in pairs:
            later[first] = max(later.get(first, 0), numbers[resend])
        saving.count_again(self._connection, later)


def _earlier(connection: Connection, found: Sequence[Draft]) -> dict[Content, tuple[str | Place, int]]:
    if not found:
        return {}
    row = statement.c
    actors = {identity.key(draft.sent["actor"]) for draft in found} - {None}
    query = select(row.id, row.source, row.content_hash, row.timestamp, CAME.label("came")).where(
        row.actor_key.in_(actors),
        row.content_hash.in_({draft.fingerprint for draft in found}),
        row.source == found[0].source,
        row.flag.is_(None),
    )
    return {
        (one.source, one.content_hash, one.timestamp): (one.id, one.came)
        for one in connection.execute(query.order_by(row.seq.desc()))
    }
