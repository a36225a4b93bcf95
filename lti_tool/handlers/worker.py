"""The worker: reviews what is due and runs the queue, each in a lane of its own, until it is told to stop.

Lanes are threads, so that an LMS that answers slowly, or a document being signed, never holds up a review.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from lti_tool.base import jobs
from lti_tool.base.database import Database, insert
from lti_tool.base.jobs import Again, Job, Outcome, Park
from lti_tool.base.tables import heartbeat
from lti_tool.handlers import sweep
from lti_tool.handlers.portion import Portion
from lti_tool.handlers.review import Reviewer

Handler = Callable[[Job], Outcome]
Clean = Callable[[Connection, datetime], object]

_log = logging.getLogger(__name__)
# What a killed worker holds waits this long. Longer than any job takes (a delivery is five timed requests), and a job taken over
# too early is harmless: handlers are idempotent.
_LEASE = timedelta(minutes=2)
_SHORT_LEASE = timedelta(
    seconds=20
)  # of jobs whose every step gives way to another's: statements wait for them
_SHORTEST, _LONGEST = (
    0.02,
    0.3,
)  # seconds between two looks: half of the longest is what an idle worker adds to a review
# After what was due is done: a transaction for fifty learners costs hardly more than for three, and nobody waits two seconds.
_GATHER = 0.3
_BREATH = 0.01  # between two pieces of work: SQLite has one writer, and a request that waits gets in here
_TROUBLE = 1.0
_BEAT, _CLEAN_EVERY = 5.0, 12  # seconds; every how many beats expired rows go
_MOST_ATTEMPTS = 12
LASTING = frozenset({"sweep", "collect", "forward"})  # jobs that go on for ever
ENDLESS = LASTING - {sweep.KIND}  # and run again and again: their count of attempts says nothing
_BACKOFF, _LONGEST_BACKOFF = timedelta(seconds=15), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Worker:
    """Everything it works with is handed in. `handlers`: job kind → handler; `clean`: what removes expired rows.

    `lanes`: the kinds each thread of jobs serves; by default one lane for each kind. `begin`: what else is
    asked for when the worker starts.
    """

    database: Database
    reviewer: Reviewer
    handlers: Mapping[str, Handler]
    clock: Callable[[], datetime]
    clean: Sequence[Clean] = ()
    begin: Sequence[Clean] = ()
    lanes: Sequence[Collection[str]] = ()
    name: str = "worker"
    portion: Portion = field(default_factory=lambda: Portion(most=100, seconds=0.15))

    def run_once(self) -> int:
        """One look at everything, in this thread; gives how much was done. For tests and small commands."""
        return self.review_once() + self.job_once(self.handlers)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is under way is finished. Raises RuntimeError when a lane died."""
        self._begin()
        of_jobs = [(partial(self.job_once, lane), _one, 0.0) for lane in self._lanes()]
        works: list[tuple[Callable[[], int], Callable[[], int], float]] = [
            (self.review_once, lambda: self.portion.size, self.portion.rest),
            *of_jobs,
        ]
        lanes = [
            threading.Thread(target=_lane, args=(*one, stop), name=f"lane-{at}")
            for at, one in enumerate(works)
        ]
        for lane in lanes:
            lane.start()
        try:
            self._beat_until(stop, lanes)
        finally:
            stop.set()
            for lane in lanes:
                lane.join()

    def _lanes(self) -> Sequence[Collection[str]]:
        return self.lanes or [[kind] for kind in sorted(self.handlers)]

    def review_once(self) -> int:
        """Some of what is due."""
        return self.reviewer.review_due(self.database, self.clock(), self.portion.size, self.portion.took)

    def job_once(self, kinds: Collection[str]) -> int:
        """Run one job that is due; gives 1 if there was one."""
        lease = _SHORT_LEASE if ENDLESS.issuperset(kinds) else _LEASE
        job = jobs.claim(self.database, now=self.clock(), lease=lease, kinds=list(kinds))
        if job is None:
            return 0
        outcome = self._outcome(job)
        with self.database.transaction() as connection:
            jobs.settle(connection, job, outcome, self.clock())
        return 1

    def _outcome(self, job: Job) -> Outcome:
        try:
            return self.handlers[job.kind](job)
        except Exception as error:  # noqa: BLE001 - a handler's fault is its job's, not the worker's
            reason = type(error).__name__  # its text might hold personal data
            _log.exception(
                "job failed", extra={"fields": {"kind": job.kind, "job": job.id, "attempts": job.attempts}}
            )
            lasting = isinstance(error, OperationalError) or job.kind in LASTING
            if job.attempts >= _MOST_ATTEMPTS and not lasting:
                return Park(reason)
            wait = _BACKOFF * 2 ** (0 if job.kind in ENDLESS else min(job.attempts - 1, 8))
            return Again(self.clock() + min(wait, _LONGEST_BACKOFF), reason)

    def _begin(self) -> None:
        with self.database.transaction() as connection:
            if sweep.KIND in self.handlers:
                jobs.enqueue(connection, sweep.KIND, sweep.KEY, run_at=self.clock())
            for ask in self.begin:
                ask(connection, self.clock())

    def _beat_until(self, stop: threading.Event, lanes: Sequence[threading.Thread]) -> None:
        beats = 0
        while True:
            _guarded(partial(self.beat, clean=beats % _CLEAN_EVERY == 0))
            beats += 1
            if stop.wait(_BEAT):
                return
            if not all(lane.is_alive() for lane in lanes):
                raise RuntimeError("a lane of the worker died")

    def beat(self, *, clean: bool = False) -> int:
        """Say that the worker lives, and now and then remove what expired."""
        now = self.clock()
        with self.database.transaction() as connection:
            adding = insert(connection, heartbeat).values(name=self.name, at=now)
            connection.execute(adding.on_conflict_do_update(index_elements=["name"], set_={"at": now}))
        for remove in self.clean if clean else ():
            with self.database.transaction() as connection:
                remove(connection, now)
        return 1


def _one() -> int:
    return 1


def _lane(work: Callable[[], int], full: Callable[[], int], rest: float, stop: threading.Event) -> None:
    """Work with hardly a pause while there is some, then wait longer and longer up to `_LONGEST`.

    `full`: how much `work` does at most; `rest`: for how much of the time it took it rests when there is more.
    """
    pause = _SHORTEST
    while not stop.is_set():
        most, begun = full(), time.monotonic()
        done = _guarded(work)
        if done is None:
            stop.wait(_TROUBLE)
        elif done:
            pause = _SHORTEST
            stop.wait(max(_BREATH, rest * (time.monotonic() - begun)) if done >= most else _GATHER)
        else:
            stop.wait(pause)
            pause = min(pause * 2, _LONGEST)


def _guarded(work: Callable[[], int]) -> int | None:
    try:
        return work()
    except Exception:  # noqa: BLE001 - the database may be away for a while: the worker is there when it comes back
        _log.exception("the worker was interrupted")
        return None


def stop_on_signals(stop: threading.Event) -> None:
    """SIGTERM and SIGINT set `stop`. Only from the main thread."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
