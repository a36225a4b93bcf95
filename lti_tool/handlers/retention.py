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
from lti_tool.ledger import due, outcomes
from lti_tool.ledger.evidence import fact_of
from lti_tool.ledger.rulebook import Rulebook, Rulebooks
from lti_tool.programmes import versions
from rules.evidence import ANY_SOURCE
from rules.matching import Matcher
from xapi import exact, removing
from xapi.evidence import Stored
from xapi.formats import micros
from xapi.holding import Holding
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
            guard = _Guard(connection) if kind == "evidence" else None
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


class _Guard:
    """What no age removes: whatever bears on a topic of a programme in force, and whatever an outcome names in its proof.

    Not the proof alone: a statement that takes a completion back stands in none, and without it the completion would come to life.
    """

    def __init__(self, connection: Connection) -> None:
        self._rulebook: Rulebook = Rulebooks().current(connection)
        self._matchers: dict[tuple[int, str], Matcher | None] = {}
        self._proof = {
            name
            for programme in versions.current(connection)
            for one in _all_outcomes(connection, programme.key)
            for name in (*one.proof, *(each for topic in one.topics for each in topic.proof))
        }

    def keeps(self, one: Holding) -> bool:
        if one.id in self._proof:
            return True
        if one.source is None or one.actor_key is None:
            return False
        statement = exact.loads(one.payload.encode())
        fact = fact_of(
            Stored(one.id, one.source, one.actor_key, one.order, one.timestamp, one.arrived, statement)
        )
        return fact is not None and any(
            matcher is not None and next(iter(matcher.parts(fact)), None) is not None
            for matcher in (
                self._matcher(number, one.source) for number in range(len(self._rulebook.editions))
            )
        )

    def _matcher(self, number: int, source: str) -> Matcher | None:
        if (number, source) not in self._matchers:
            mappings = self._rulebook.editions[number].mappings
            mapping = mappings.get(source) or mappings.get(ANY_SOURCE)
            self._matchers[number, source] = Matcher(mapping) if mapping else None
        return self._matchers[number, source]


def _all_outcomes(connection: Connection, programme_key: str) -> list[outcomes.Reviewed]:
    found: list[outcomes.Reviewed] = []
    while page := outcomes.listed(connection, programme_key, after=found[-1].learner_id if found else ""):
        found += page
    return found


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
