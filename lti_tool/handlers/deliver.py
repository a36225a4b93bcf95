"""Bring one delivery home: post the score, read the result back, and only then call it delivered.

The steps, each in its own transaction, each safe to repeat after a crash: (1) note that a request is about to go out, (2) post,
(3) note the platform's yes, (4) read back, (5) note what was seen. A repeated post carries the same timestamp, which platforms that
compare timestamps refuse ("already there"); reading back then tells whether what is there is ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isclose

from sqlalchemy import Connection

from lti_tool.base.database import Database
from lti_tool.base.jobs import Again, Done, Job, Outcome, Park
from lti_tool.hosts import host
from lti_tool.ledger import deliveries
from lti_tool.ledger.deliveries import KIND, Delivery
from lti_tool.lti import platforms, scores
from lti_tool.lti.ags import Ags
from lti_tool.lti.platforms import Platform

__all__ = ["KIND", "Deliver", "delay"]

MOST_ATTEMPTS = 60
"""With the delays below, a platform may be away for two days and a half before a person has to look."""
MOST_RENEWALS = 3
MOST_LOOKS = 4
_LOOK_AGAIN = timedelta(seconds=30)
_DELAYS = (15, 30, 60, 120, 300, 600, 900, 1800)
_HOUR = 3600


def delay(attempt: int) -> timedelta:
    """How long to wait after the `attempt`-th failure (1, 2, …): 15 seconds at first, an hour from the ninth on."""
    return timedelta(seconds=_DELAYS[attempt - 1] if attempt <= len(_DELAYS) else _HOUR)


@dataclass(frozen=True, slots=True)
class Deliver:
    """The handler of job kind "deliver"; the job's key is the delivery's id."""

    database: Database
    ags: Ags
    clock: Callable[[], datetime]

    def __call__(self, job: Job) -> Outcome:
        """Take the delivery as far as it goes now. Idempotent, whatever was done before."""
        with self.database.reading() as connection:
            held = deliveries.find(connection, int(job.key))
            platform = platforms.by_id(connection, held.platform_id) if held else None
        if held is None or held.state == "delivered":
            return Done()
        if platform is None or not platform.approved:
            return self._parked(held, "platform-unknown")
        if held.desired_at > self.clock():
            return Again(held.desired_at, "not-yet")
        if held.accepted_for == held.desired_at:
            return self._look(held, platform, said_yes=True)
        return self._send(held, platform)

    def _send(self, held: Delivery, platform: Platform) -> Outcome:
        if not self._note(lambda connection, now: deliveries.sending(connection, held, now)):
            return Done()  # a newer intention came: its own job follows
        match self.ags.send(platform, held.lineitem, _score(held, platform)):
            case scores.Accepted():
                self._note(lambda connection, now: deliveries.accepted(connection, held, now))
                return self._look(held, platform, said_yes=True)
            case scores.AlreadyThere():
                return self._look(held, platform, said_yes=False)
            case scores.Refused(reason):
                return self._parked(held, reason)
            case scores.Later(reason, retry_after):
                return self._later(held, "due", reason, retry_after)
            case scores.Uncertain(reason):
                return self._later(held, "uncertain", reason, None)

    def _look(self, held: Delivery, platform: Platform, *, said_yes: bool) -> Outcome:
        """Read the result back: neither a yes nor "already there" proves that what stands there is ours."""
        found = self.ags.read_result(platform, held.lineitem, held.sub)
        if isinstance(found, scores.Result) and _equal(found, held):
            return self._arrived(held, None)
        if isinstance(found, scores.Unreadable):
            return self._unread(held, found.reason, said_yes=said_yes)
        if said_yes and not held.desired.given and not host(platform.kind).ags.publishes_zero:
            return self._arrived(held, "not-read-back")
        return self._differs(held, "overridden" if found else "not-taken", said_yes=said_yes)

    def _unread(self, held: Delivery, reason: str, *, said_yes: bool) -> Outcome:
        """A yes is believed where the platform never tells; "already there" is not, for it may be somebody else's score."""
        never = reason in {"http-403", "http-404", "no-list", "token-refused-400"}
        if said_yes and never:
            return self._arrived(held, "not-read-back")
        return self._later(held, "uncertain", f"unread-{reason}", None)

    def _differs(self, held: Delivery, reason: str, *, said_yes: bool) -> Outcome:
        """After a yes it may only be slow, or a teacher overrode the grade; after "already there" another score came before ours."""
        if said_yes and held.attempts < MOST_LOOKS:
            return self._later(held, "uncertain", reason, _LOOK_AGAIN, at_most=_LOOK_AGAIN)
        if said_yes or held.renewals >= MOST_RENEWALS:
            return self._parked(held, reason)
        with self.database.transaction() as connection:
            deliveries.renew(connection, held, self.clock())
        return Done()

    def _arrived(self, held: Delivery, reason: str | None) -> Outcome:
        self._note(lambda connection, now: deliveries.delivered(connection, held, now, reason))
        return Done()

    def _later(
        self,
        held: Delivery,
        state: str,
        reason: str,
        asked: timedelta | None,
        *,
        at_most: timedelta | None = None,
    ) -> Outcome:
        attempt = held.attempts + 1
        if attempt >= MOST_ATTEMPTS:
            return self._parked(held, reason)
        if not self._note(lambda connection, now: deliveries.waits(connection, held, state, reason, now)):
            return Done()
        wait = max(delay(attempt), asked or timedelta())
        return Again(self.clock() + min(wait, at_most or wait), reason)

    def _parked(self, held: Delivery, reason: str) -> Outcome:
        if self._note(lambda connection, now: deliveries.waits(connection, held, "parked", reason, now)):
            return Park(reason)
        return Done()

    def _note(self, write: Callable[[Connection, datetime], bool]) -> bool:
        with self.database.transaction() as connection:
            return write(connection, self.clock())


def _score(held: Delivery, platform: Platform) -> scores.Score:
    desired = held.desired
    maximum = round(desired.maximum) if host(platform.kind).ags.integer_maximum else desired.maximum
    return scores.Score(
        sub=held.sub,
        given=desired.given,
        maximum=maximum,
        at=held.desired_at,
        comment=desired.comment,
        activity_progress=desired.activity_progress,
    )


def _equal(found: scores.Result, held: Delivery) -> bool:
    """Compared as shares: a platform may keep the grade on its own line item's scale, to some decimals."""
    if found.score is None or not found.maximum:
        return False
    return isclose(found.score / found.maximum, held.desired.given / held.desired.maximum, abs_tol=0.0005)
