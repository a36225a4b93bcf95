"""What is older than its class is kept goes, a page in a transaction, so that nobody waits long. A dry run only counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select

from lti_tool.base import audit as log
from lti_tool.base.database import Database
from lti_tool.base.session_tables import launch
from lti_tool.base.tables import audit
from lti_tool.coaching.desk import State
from lti_tool.coaching.practice_log import SENDER
from lti_tool.coaching.tables import answer, question
from lti_tool.handlers.guard import Guard
from lti_tool.ledger import due
from xapi import removing
from xapi.formats import micros
from xapi.tables import quarantine

Ages = Mapping[str, timedelta | None]
_KEPT_ACTS = ("award", "certificate.%", "privacy.%", "attention.%")
_KINDS: Mapping[str, removing.Kind] = {"evidence": "evidence", "other": "other", "practice": "own"}


@dataclass(frozen=True, slots=True)
class Keeper:
    """`ages`: how long each class is kept, None for ever."""

    database: Database
    ages: Ages
    clock: Callable[[], datetime]

    def run(self, *, who: str, dry: bool) -> dict[str, int]:
        """How many rows of each class went, or would go."""
        now = self.clock()
        counts = {
            name: self._one(name, now - age, dry=dry) for name, age in self.ages.items() if age is not None
        }
        if not dry:
            details = {"removed": counts, "days": {name: age.days for name, age in self.ages.items() if age}}
            with self.database.transaction() as connection:
                log.record(
                    connection,
                    who=who,
                    act="privacy.retention",
                    subject="retention:run",
                    details=details,
                    at=now,
                )
        return counts

    def _one(self, name: str, before: datetime, *, dry: bool) -> int:
        found = self._statements(_KINDS[name], before, dry=dry) if name in _KINDS else 0
        return found + (self._rows(name, before, dry=dry) if name in _ROWS else 0)

    def _rows(self, name: str, before: datetime, *, dry: bool) -> int:
        table, where = _ROWS[name](before)
        (key,) = table.primary_key
        if dry:
            with self.database.reading() as connection:
                return connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()
        count, page = 0, select(key).where(where).order_by(key).limit(removing.PAGE)
        while True:
            with self.database.transaction() as connection:
                going = connection.execute(page).scalars().all()
                if not going:
                    return count
                _remove(connection, table, key.in_(going))
            count, page = count + len(going), page.where(key > going[-1])

    def _statements(self, kind: removing.Kind, before: datetime, *, dry: bool) -> int:
        with self.database.reading() as connection:
            guard = Guard(connection) if kind == "evidence" else None
            upto = removing.last_before(connection, micros(before))
        count = after = 0
        while True:
            with self.database.transaction() as connection:
                page = removing.page(connection, kind, SENDER, before=micros(before), after=after, upto=upto)
                going = removing.removable(
                    connection, [one for one in page if guard is None or not guard.keeps(one)]
                )
                if not dry:
                    removing.remove(connection, going)
            if not page:
                return count
            after, count = page[-1].seq, count + len(going)


def _remove(connection: Connection, table: Table, these: ColumnElement[bool]) -> None:
    if table is quarantine:  # their owners' review waits for nothing any more
        waited = select(quarantine.c.actor_key).where(these, quarantine.c.actor_key.is_not(None))
        due.mark(connection, connection.execute(waited).scalars().all())
    connection.execute(delete(table).where(these))


Where = tuple[Table, ColumnElement[bool]]
_ROWS: Mapping[str, Callable[[datetime], Where]] = {
    "practice": lambda before: (answer, answer.c.answered_at < before),
    "questions": lambda before: (question, (question.c.asked_at < before) & (question.c.state != State.NEW)),
    "sessions": lambda before: (launch, launch.c.created_at < before),
    "quarantine": lambda before: (quarantine, quarantine.c.received < micros(before)),
    "audit": lambda before: (audit, (audit.c.at < before) & ~_is_kept()),
}


def _is_kept() -> ColumnElement[bool]:
    return or_(*(audit.c.act.like(act) for act in _KEPT_ACTS))
