"""kill -9 at random points of learners' journeys, and what must be true afterwards. Seeded: the same seed plans the same deaths."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import requests
from sqlalchemy import text, update

from lti_tool.base.database import Database
from lti_tool.base.tables import job
from lti_tool.simulator.driver import DriveError, Person
from tests.journeys.practising import FACES, TEN, RunningPractice
from tests.journeys.running import until

_HURRIED = ("issue", "deliver", "review")
_FAULTS = (
    ("scores", "reply_lost", {}),
    ("scores", "status", {"status": 503}),
    ("results", "closed", {}),
    ("token", "closed", {}),
    ("lrs", "reply_lost", {}),
)
OPTIONS = {
    "moodle": {"options": {"batch_size": 500}},
    "openedx": {"options": {"retry_seconds": 2}},
}


@dataclass(frozen=True, slots=True)
class Learner:
    face: str
    key: str


@dataclass(slots=True)
class Deaths:
    """Some learners at once through their journeys, while web and worker are killed and started again."""

    practice: RunningPractice
    random: Random
    learners: Sequence[Learner]
    database: Database
    killed: dict[str, int] = field(default_factory=dict)

    def travel(self, cycles: int = 5) -> None:
        """Launch, ten topics in any order, award, delivery; one death or two in each of `cycles` stretches of the way."""
        stretches = {learner: self._stretches(cycles) for learner in self.learners}
        with ThreadPoolExecutor(len(self.learners)) as going:
            for cycle in range(cycles):
                self._go_wrong()
                steps = [
                    going.submit(self._go, one, stretches[one][cycle], cycle == 0) for one in self.learners
                ]
                self._kill()
                for step in steps:
                    step.result()
                self._resend()
        self.arrive()

    def arrive(self) -> None:
        """Time passes, an administrator presses Resend: everybody's grade is there."""
        self.practice.control.do("moodle", "clear")
        self.practice.control.do("openedx", "clear")
        log = self.practice.home / "processes.log"
        until(lambda: not any(self._nudged()), "every grade", log=log)
        until(self._sent, "everything to be sent", log=log)

    def _nudged(self) -> Iterator[Learner]:
        """Who has no grade yet."""
        self._resend()
        hurry(self.database)
        state = self.practice.control.state()
        graded = {
            (face, row["person"]) for face in FACES for row in state[face]["grades"] if row["value"] == 100
        }
        for one in self.learners:
            if (one.face, one.key) not in graded:
                if one.face == "openedx" and "waiting" not in state[one.face]["outbox"]:
                    self.practice.control.complete(
                        one.face, one.key, TEN
                    )  # its host forgets what failed thrice
                yield one
        time.sleep(0.2)

    def _sent(self) -> bool:
        self._resend()
        state = self.practice.control.state()
        return not any(state[face]["outbox"].get(left) for face in FACES for left in ("waiting", "failed"))

    def _stretches(self, cycles: int) -> list[list[str]]:
        topics = self.random.sample(TEN, len(TEN))
        cuts = sorted(self.random.randint(0, len(TEN)) for _ in range(cycles - 2))
        return [topics[a:b] for a, b in zip([0, *cuts], [*cuts, len(TEN)], strict=True)] + [[]]

    def _go(self, learner: Learner, topics: Sequence[str], launching: bool) -> None:
        if launching:
            launched(self.practice.person(learner.face, learner.key))
        for topic in topics:
            self.practice.control.complete(learner.face, learner.key, [topic])

    def _go_wrong(self) -> None:
        target, mode, values = self.random.choice(_FAULTS)
        self.practice.control.fault(self.random.choice(FACES), target, mode, **values)

    def _kill(self) -> None:
        victims = self.random.choice((["web"], ["worker"], ["worker"], ["web", "worker"]))
        time.sleep(self.random.uniform(0, 1.0))
        for victim in victims:
            self.practice.kill(victim)
            self.killed[victim] = self.killed.get(victim, 0) + 1
        hurry(self.database, dead="worker" in victims)
        if "web" in victims:
            self.practice.spawn_web()
        if "worker" in victims:
            self._worker()
        self.practice.wait_until_ready()

    def _worker(self) -> None:
        since = datetime.now(UTC)
        self.practice.spawn_worker()
        beat = "SELECT 1 FROM base_heartbeat WHERE at >= :since"
        micros = {"since": int(since.timestamp() * 1_000_000)}

        def alive() -> bool:
            with self.database.reading() as connection:
                return connection.execute(text(beat), micros).first() is not None

        until(alive, "the worker's heartbeat", log=self.practice.home / "processes.log")

    def _resend(self) -> None:
        self.practice.control.do("moodle", "resend")
        self.practice.control.do("openedx", "resend")


def launched(person: Person) -> None:
    """Open the tool; while it is away, try again as people do."""

    def opened() -> bool:
        try:
            page = person.launch()
        except (requests.RequestException, DriveError, StopIteration):
            return False
        return page.status == 200 and "/learn/" in page.url

    until(opened, f"the launch of {person.key}")


def hurry(database: Database, *, dead: bool = False) -> None:
    """Let the time pass that jobs wait for; with `dead`, also the lease of a worker that was killed."""
    now = datetime.now(UTC)
    waiting = update(job).where(job.c.kind.in_(_HURRIED), job.c.state == "waiting", job.c.run_at > now)
    leased = update(job).where(job.c.state == "running")
    with database.transaction() as connection:
        connection.execute(waiting.values(run_at=now))
        if dead:
            connection.execute(leased.values(lease_until=now - timedelta(seconds=1)))
