"""A partition of payloads goes whole, or stays: looked through first, beside a store at work, and dropped in a moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from lti_tool.base import audit
from lti_tool.base.database import Database
from lti_tool.handlers.guard import Guard
from lti_tool.ledger.rulebook import Rulebooks
from xapi import holding, leftovers, partitions
from xapi.holding import Holding
from xapi.partitions import Busy, Partition, Reason

Progress = Callable[[int, int], None]


class Overtaken(Exception):
    """A programme or a mapping was changed while the partition was looked through."""


@dataclass(frozen=True, slots=True)
class Examined:
    """`statements`: whose payloads would go; `reasons`: why they do not; `stamp`: the programmes and mappings it was looked through for."""

    partition: Partition
    statements: int
    reasons: tuple[Reason, ...]
    stamp: object


@dataclass(frozen=True, slots=True)
class Dropper:
    """`progress(number, last number)`: after each page that was looked through."""

    database: Database
    clock: Callable[[], datetime]
    progress: Progress = lambda _done, _last: None

    def examine(self, one: Partition) -> Examined:
        """Everything that needs what is in it. Reads only."""
        with self.database.reading() as connection:
            guard = Guard(connection)
            reasons = list(partitions.needed(connection, one))
            count = 0 if one.is_rest else partitions.count(connection, one)
        if not any(reason.code == "filling" for reason in reasons):
            reasons += self._rested_on(guard, one)
        return Examined(one, count, tuple(reasons), guard.stamp)

    def drop(self, found: Examined, who: str) -> Examined:
        """Drop it if nothing needs it. Raises Busy, Overtaken."""
        if found.reasons:
            return found
        dropped = self._dropped(found, who)
        while self._forgot():
            pass
        return dropped

    def _forgot(self) -> int:
        """Contents, after the lock on the payloads is gone; also those of a drop that was stopped before it came to them."""
        with self.database.transaction() as connection:
            return leftovers.forget(connection)

    def _dropped(self, found: Examined, who: str) -> Examined:
        now, one = self.clock(), found.partition
        with self.database.transaction() as connection:
            reasons = partitions.drop(connection, one, found.statements, now)
            if Rulebooks().current(connection).stamp != found.stamp:
                raise Overtaken
            if not reasons:
                details = {"first": one.first, "last": one.last, "statements": found.statements}
                audit.record(
                    connection,
                    who=who,
                    act="partition.drop",
                    subject=f"partition:{one.name}",
                    details=details,
                    at=now,
                )
        return Examined(one, found.statements, tuple(reasons), found.stamp)

    def _rested_on(self, guard: Guard, one: Partition) -> Iterator[Reason]:
        ids: dict[str, list[str]] = {"proves": [], "bears": []}
        for held in self._evidence(one):
            if guard.proves(held):
                ids["proves"].append(held.id)
            elif guard.bears(held):
                ids["bears"].append(held.id)
        return (Reason(code, len(names), names[0]) for code, names in ids.items() if names)

    def _evidence(self, one: Partition) -> Iterator[Holding]:
        after = one.first - 1
        while True:
            with self.database.reading() as connection:
                page = holding.evidence(connection, after, one.last)
            if not page:
                return
            yield from page
            after = page[-1].seq
            self.progress(after, one.last)


def make(connection: Connection, size: int, times: int, *, who: str, now: datetime) -> list[Partition]:
    """The partitions that follow. Raises Busy."""
    return _recorded(connection, partitions.make(connection, size, times), who, now)


def make_next(connection: Connection, now: datetime) -> None:
    """What the worker does now and then, so that none is ever missing; when somebody holds the payloads, later."""
    try:
        _recorded(connection, partitions.make_next(connection), "worker", now)
    except Busy:
        return


def forget(connection: Connection, _now: datetime) -> None:
    """What the worker does now and then: some of what a drop that was stopped left."""
    leftovers.forget(connection)


def _recorded(connection: Connection, made: list[Partition], who: str, now: datetime) -> list[Partition]:
    for one in made:
        details = {"first": one.first, "last": one.last}
        audit.record(
            connection,
            who=who,
            act="partition.make",
            subject=f"partition:{one.name}",
            details=details,
            at=now,
        )
    return made
