"""A review that failed, once more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lti_tool.base.database import Database
from lti_tool.base.jobs import Again, Done, Job, Outcome, Park
from lti_tool.handlers.review import DATABASE_AWAY, RETRY, Reviewer

_TRIES = 10


@dataclass(frozen=True, slots=True)
class ReviewAgain:
    """The handler of job kind "review": a key whose review failed is tried again, then left to a person."""

    database: Database
    reviewer: Reviewer
    clock: Callable[[], datetime]

    def __call__(self, job: Job) -> Outcome:
        try:
            self.reviewer.review_key(self.database, job.key, self.clock())
        except DATABASE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - its class only: its text might hold personal data
            reason = type(error).__name__
            return (
                Park(reason) if job.attempts >= _TRIES else Again(self.clock() + job.attempts * RETRY, reason)
            )
        return Done()
