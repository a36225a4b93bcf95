"""The LRS in the application's own database (`lrs.Lrs`), and its host intake."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from xapi import consistency, drafts, intake, receiving
from xapi.attachments import NO_CONTENTS, Contents
from xapi.definitions import Definitions
from xapi.entries import Clock
from xapi.erased import Erased
from xapi.evidence import Stored, agent, evidence, last_heard, sources_of
from xapi.intake import IntakePolicy, Reading
from xapi.lrs import Found, OnSaved, Page, Saved, Sender
from xapi.query import Query
from xapi.reading import NO_DATABASE, Reader, Transaction
from xapi.replica import Replica
from xapi.saving import Arrival
from xapi.sql import Begun
from xapi.turns import Turns
from xapi.within import EVERYTHING, Within

__all__ = ["EmbeddedLrs", "Stored", "Transaction", "agent", "evidence", "last_heard", "sources_of"]

_TRIES = 4
_GROUP = 1000  # statements: a larger group would keep the first of them waiting longer than its commit saves
# PostgreSQL: serialization_failure, deadlock_detected. Our own locks have one order; what `on_saved` takes may not.
_PASSING = frozenset({"40001", "40P01"})


class EmbeddedLrs:
    """The store itself.

    `begin`, `read`: a writing and a reading transaction; `on_saved` runs inside the writing one, so that what must follow a
    statement is committed with it or not at all; `erased`: whom nothing may name any more; `replica`: of the
    database, for those who only ask; `at_once`: writing transactions this process has open at once, more than one only where
    the database has more than one writer. A database that fails raises SQLAlchemy's error and nothing is stored.
    """

    def __init__(
        self,
        begin: Transaction,
        read: Transaction,
        clock: Clock,
        on_saved: OnSaved,
        erased: Erased | None = None,
        replica: Replica | None = None,
        at_once: int = 1,
    ) -> None:
        self._reader = Reader(read, erased)
        self._replica = replica
        self._erased = erased
        self._begin = begin
        self._read = read
        self._clock = clock
        self._on_saved = on_saved
        self._definitions = Definitions()
        self._turns: Turns[Arrival, Saved] = Turns(
            self._together, most=_GROUP, hopeless=NO_DATABASE, at_once=at_once
        )

    def save(
        self, statements: Sequence[dict[str, Any]], sender: Sender, contents: Contents = NO_CONTENTS
    ) -> Saved:
        """Valid statements of an ordinary credential, all or none, with the contents of their attachments. Raises `Refused`."""
        return self._do(Arrival(drafts.ordinary(statements), sender, contents=contents))

    def save_in(self, connection: Connection, statements: Sequence[dict[str, Any]], sender: Sender) -> Saved:
        """The same inside a transaction that is open already: our own statements, together with what caused them."""
        (saved,) = self._received(connection, [Arrival(drafts.ordinary(statements), sender)])
        return saved

    def receive(self, reading: Reading, sender: Sender, policy: IntakePolicy) -> Saved:
        """What a platform sent: the good stored, the bad kept."""
        return self._do(intake.arrival(reading, sender, policy))

    def get(
        self,
        statement_id: str,
        *,
        voided: bool = False,
        mine: str | None = None,
        within: Within = EVERYTHING,
    ) -> Found | None:
        return self._reader.get(statement_id, voided=voided, mine=mine, within=within)

    def query(self, query: Query, *, mine: str | None = None, within: Within = EVERYTHING) -> Page:
        return self._reader.query(query, mine=mine, within=within)

    @contextmanager
    def view(self, keys: Collection[str] = ()) -> Iterator[tuple[Reader, datetime]]:
        """Where to read for an answer, and until when everything is surely seen there.

        Where no replica serves, one connection does for all that is asked, for to get one costs as much as a question. `keys`: of
        credentials known from memory, whoever asks for them; raises `Refused` 401 when one does not stand any more.
        """
        through = None if self._replica is None else self._replica.through(keys)
        if self._replica is not None and through is not None:
            yield replace(self._reader, copy=self._replica.copy), through
            return
        now = self._clock()
        with self._read() as connection:
            through = consistency.consistent_through(connection, now, keys)
            yield replace(self._reader, open=connection), through

    def consistent_through(self) -> datetime:
        with self.view() as (_, through):
            return through

    def _do(self, arrival: Arrival) -> Saved:
        return self._turns.do(arrival, len(arrival.drafts) + len(arrival.bad))

    def _received(
        self, connection: Connection, arrivals: Sequence[Arrival], begun: Begun | None = None
    ) -> list[Saved]:
        return receiving.receive(
            connection, arrivals, self._clock, self._on_saved, self._definitions, self._erased, begun
        )

    def _together(self, arrivals: Sequence[Arrival]) -> list[Saved]:
        """A transaction that another one pushed aside is tried again: a host does not come back for it."""
        for attempt in range(_TRIES):
            try:
                with self._begin() as connection:
                    begun = receiving.begin(connection, arrivals, self._clock)
                    return self._received(connection, arrivals, begun)
            except OperationalError as error:
                passing = getattr(error.orig, "sqlstate", None) in _PASSING
                if not passing or attempt == _TRIES - 1:
                    raise
        raise AssertionError  # pragma: no cover - the last try returns or raises
