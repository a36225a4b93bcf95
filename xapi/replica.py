"""A replica that PostgreSQL keeps by itself (streaming): until when it surely knows everything.

It cannot see who is writing on the primary. So the primary is asked until when it knows everything (`consistency`) and, after
that, how far its log goes: a replica that has replayed the log so far has every commit the answer speaks of, and the answer is true
of it too. Of one that is a little behind, an earlier answer is.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from xapi import consistency
from xapi.reading import NO_DATABASE, Copy, Transaction

_APART = timedelta(milliseconds=50)  # between two answers that are kept
_BEHIND = timedelta(seconds=30)  # further behind than that, a replica is not asked
_REST = timedelta(seconds=10)  # after it gave no answer: nobody is to wait for it again and again
_LENGTH = text(  # what is on its disk is what it sends; a commit may be seen before that only where it does not wait for the disk
    "SELECT system_identifier, pg_wal_lsn_diff(CASE current_setting('synchronous_commit') WHEN 'off'"
    " THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END, '0/0') FROM pg_control_system()"
)
_REPLAYED = text(
    "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') FROM pg_control_system()"
    " WHERE pg_is_in_recovery() AND system_identifier = :system"
)


@dataclass(frozen=True, slots=True)
class _Mark:
    """At `at` the log of the primary `system` was `length` bytes long, and held everything stored before `through`."""

    at: datetime
    system: int
    length: int
    through: datetime


class Replica:
    """`primary`, `copy`: reading transactions on each. What is no streaming replica of the primary is not asked."""

    def __init__(self, primary: Transaction, copy: Transaction, clock: Callable[[], datetime]) -> None:
        self._primary = primary
        self._clock = clock
        self._marks: list[_Mark] = []
        self._gate = threading.Lock()
        self._asked_again: datetime | None = None
        self.copy = Copy(copy, self._failed)

    def through(self, keys: Collection[str] = ()) -> datetime | None:
        """`keys`: see `consistency`. None: it is away, no replica of this database, or too far behind. Raises SQLAlchemy's error when the primary fails."""
        now = self._clock()
        if self._asked_again is not None and now < self._asked_again:
            return None
        mark = self._mark(now, keys)
        replayed = self._replayed(mark)
        return None if replayed is None else self._reached(mark, replayed)

    def behind(self) -> int | None:
        """How many bytes of the log it has yet to replay; None: it is away, or no replica of this database."""
        mark = self._mark(self._clock())
        replayed = self._replayed(mark)
        return None if replayed is None else max(0, mark.length - replayed)

    def _mark(self, now: datetime, keys: Collection[str] = ()) -> _Mark:
        # Given back at once: a replica that hangs must not keep it from those who write.
        with self._primary() as connection:
            through = consistency.consistent_through(connection, now, keys)
            system, length = connection.execute(_LENGTH).one()
            return _Mark(now, system, int(length), through)

    def _replayed(self, mark: _Mark) -> int | None:
        try:
            with self.copy.read() as connection:
                found = connection.execute(_REPLAYED, {"system": mark.system}).scalar()
        except NO_DATABASE:
            found = None
        if found is None:
            self._failed()
        return None if found is None else int(found)

    def _reached(self, mark: _Mark, replayed: int) -> datetime | None:
        with self._gate:
            kept = [one for one in self._marks if mark.at - one.at <= _BEHIND]
            done = [one for one in (*kept, mark) if one.length <= replayed]
            if not kept or mark.at - kept[-1].at >= _APART:
                kept.append(mark)
            # Of what it has reached, the last is enough: it will never be behind that again.
            self._marks = [*done[-1:], *(one for one in kept if one.length > replayed)]
        return max((one.through for one in done), default=None)

    def _failed(self) -> None:
        self._asked_again = self._clock() + _REST
