"""What time alone changes: a window opens, closes, its last late arrival is over; a silent platform is heard again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from lti_tool.base.database import Database
from lti_tool.base.jobs import Again, Job, Outcome
from lti_tool.ledger import due
from lti_tool.ledger.rulebook import Edition, Rulebooks
from lti_tool.ledger.tables import outcome
from lti_tool.people.oneness import review_key
from rules.completion import Unknown

KIND, KEY = "sweep", "outcomes"
_AT_MOST = timedelta(hours=1)
_AT_LEAST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Sweep:
    """The handler of job kind "sweep": marks whom time has overtaken, and asks to be run again at the next boundary."""

    database: Database
    rulebooks: Rulebooks
    clock: Callable[[], datetime]

    def __call__(self, _job: Job) -> Outcome:
        now = self.clock()
        with self.database.transaction() as connection:
            editions = self.rulebooks.current(connection).editions
            for edition in editions:
                overtaken = connection.execute(_overtaken(edition, now)).scalars()
                due.mark(connection, [review_key(learner_id) for learner_id in overtaken])
        following = [moment for edition in editions for moment in _boundaries(edition) if moment > now]
        return Again(max(min([*following, now + _AT_MOST]), now + _AT_LEAST), "next-boundary")


def _boundaries(edition: Edition) -> tuple[datetime, ...]:
    window = edition.programme.window
    return (window.opens, window.closes, window.last_arrival)


def _overtaken(edition: Edition, now: datetime) -> Select[str]:
    """Learners reviewed before the last boundary, and those still unknown an hour after their last review.

    By their outcomes, not by their logins: a roster row's learner may have none under its own id.
    """
    passed = max((moment for moment in _boundaries(edition) if moment <= now), default=None)
    stale = outcome.c.reviewed_at < (passed or now - timedelta(days=36500))
    if now >= edition.programme.window.closes:
        stale |= (outcome.c.state == Unknown.state) & (outcome.c.reviewed_at <= now - _AT_MOST)
    return select(outcome.c.learner_id).where(outcome.c.programme_key == edition.programme.key, stale)
