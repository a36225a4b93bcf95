"""The worker: reviews and jobs go on whatever one of them does, and it stops when told."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from certificates.tables import certificate
from lti_tool.base import jobs
from lti_tool.base.jobs import Again, Done, Park
from lti_tool.base.tables import heartbeat
from lti_tool.handlers.review import Reviewer
from lti_tool.handlers.sweep import Sweep
from lti_tool.handlers.worker import _GATHER, Worker, _lane
from lti_tool.ledger import due
from tests.handlers.house import TEXTS, account


@dataclass
class Recorder:
    """A handler that answers what it is told, or raises it."""

    answer: object = Done()
    seen: list = field(default_factory=list)

    def __call__(self, job):
        self.seen.append(job.key)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def worker(house, **handlers):
    return Worker(house.database, house.reviewer, handlers, lambda: house.now)


def enqueue(house, kind, key="1"):
    with house.database.transaction() as connection:
        jobs.enqueue(connection, kind, key, run_at=house.now)


def listed(house, kind):
    with house.database.reading() as connection:
        return [job for job in jobs.listed(connection) if job.kind == kind]


def test_one_look_reviews_what_is_due_and_runs_a_job(house):
    learner = house.launch("4")
    house.complete(account("4"), "t1", "t2")
    handler = Recorder()
    enqueue(house, "probe")
    assert worker(house, probe=handler).run_once() > 0
    assert (house.state(learner), handler.seen) == ("met", ["1"])


def test_a_job_says_itself_how_it_ends(house):
    for kind, answer in (
        ("a", Done()),
        ("b", Again(house.now + timedelta(hours=1), "later")),
        ("c", Park("never")),
    ):
        enqueue(house, kind)
        worker(house, **{kind: Recorder(answer)}).run_once()
    assert listed(house, "a") == []
    assert [(job.state, job.reason) for job in listed(house, "b")] == [("waiting", "later")]
    assert [(job.state, job.reason) for job in listed(house, "c")] == [("parked", "never")]


def test_a_handler_that_raises_is_tried_again_and_parked_in_the_end_by_its_class_alone(house):
    handler = Recorder(ValueError("Nguyễn Thị An"))
    enqueue(house, "probe")
    working = worker(house, probe=handler)
    working.run_once()
    assert [(job.state, job.reason) for job in listed(house, "probe")] == [("waiting", "ValueError")]
    for _ in range(12):
        house.now += timedelta(hours=2)
        working.run_once()
    assert [(job.state, job.reason) for job in listed(house, "probe")] == [("parked", "ValueError")]


def test_the_running_worker_reviews_while_a_job_hangs_and_stops_when_told(house):
    hanging, released, stop = threading.Event(), threading.Event(), threading.Event()

    def hang(_job):
        hanging.set()
        released.wait(60)
        return Done()

    learner = house.launch("4")
    enqueue(house, "slow")
    thread = threading.Thread(target=worker(house, slow=hang).run, args=(stop,))
    thread.start()
    try:
        assert hanging.wait(30)
        house.complete(account("4"), "t1", "t2")
        tries = 0
        while house.state(learner) != "met" and tries < 600:
            threading.Event().wait(0.05)
            tries += 1
        assert house.state(learner) == "met"
    finally:
        stop.set()
        released.set()
        thread.join(60)
    assert not thread.is_alive()
    assert listed(house, "slow") == []
    with house.database.reading() as connection:
        assert connection.execute(select(heartbeat.c.name)).scalars().all() == ["worker"]


def test_a_beat_removes_what_expired(house):
    removed = []
    working = Worker(
        house.database, house.reviewer, {}, lambda: house.now, clean=[lambda _, now: removed.append(now)]
    )
    working.beat()
    assert removed == []
    working.beat(clean=True)
    assert removed == [house.now]


def test_the_close_of_the_window_reviews_everybody(house):
    learner = house.launch("4")
    house.complete(account("4"), "t1")
    house.review()
    sweeping = Sweep(house.database, house.reviewer.rulebooks, lambda: house.now)
    assert sweeping(None).at == house.now + timedelta(hours=1)
    with house.database.reading() as connection:
        assert due.is_empty(connection)
    house.now = datetime(2025, 12, 15, 16, 30, tzinfo=UTC)
    assert sweeping(None).at == datetime(2025, 12, 15, 17, 0, tzinfo=UTC)
    house.now = datetime(2025, 12, 15, 17, 0, tzinfo=UTC)
    sweeping(None)
    house.review()
    assert (house.state(learner), house.outcome(learner).outcome.why) == ("unknown", ("silent", "late"))


def test_the_close_of_the_window_reviews_those_too_who_are_known_by_their_roster_row(house):
    """A row that names a user name is a learner before anybody came; its logins' claims are those of the learners joined to it."""
    house.list_people("code,family_name,given_name,username:M\nA1,Nguyễn,An,0912345678\n")
    learner = house.launch("4", username="0912345678")
    house.complete(account("4"), "t1")
    house.review()
    assert house.state(learner) == "open"
    house.now = datetime(2025, 12, 25, tzinfo=UTC)
    Sweep(house.database, house.reviewer.rulebooks, lambda: house.now)(None)
    house.review()
    assert house.outcome(learner).outcome.why == ("silent",)


def test_parallel_reviewers_make_one_award(house):
    """Every learner has several keys due, so that two reviewers meet at the same learner."""
    learners = [house.launch(f"{n}", name="An", email=f"m{n}@example.vn") for n in range(6)]
    for n in range(6):
        house.complete(account(f"{n}"), "t1")
        house.complete({"mbox": f"mailto:m{n}@example.vn"}, "t2")
    failures = []

    def review():
        reviewer = Reviewer(TEXTS)
        try:
            for _ in range(15):
                reviewer.review_due(house.database, house.now, 2)
                with house.database.transaction() as connection:
                    due.mark(connection, keys)
        except Exception as error:  # noqa: BLE001 - a thread's failure must fail the test
            failures.append(error)

    with house.database.transaction() as connection:
        keys = [one.actor_key for one in due.claim(connection, 100)]
    threads = [threading.Thread(target=review) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.review()
    assert failures == []
    assert listed(house, "review") == [], "no key was set aside"
    assert {house.state(learner) for learner in learners} == {"met"}
    with house.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(certificate)).scalar() == 6


class Waits(threading.Event):
    """A stop that lets nobody wait, and remembers for how long each would have."""

    def __init__(self, most):
        super().__init__()
        self.most, self.lengths = most, []

    def wait(self, timeout=None):
        self.lengths.append(timeout)
        if len(self.lengths) == self.most:
            self.set()
        return self.is_set()


@pytest.mark.parametrize("rest", [0.5, 3.0])
def test_while_more_than_a_portion_waits_reviews_rest_in_proportion_to_what_each_took(rest):
    """In a flood of statements the database is theirs."""
    stop, took = Waits(3), 0.05

    def work():
        time.sleep(took)
        return 20

    _lane(work, lambda: 20, rest, stop)
    assert min(stop.lengths) >= rest * took


def test_after_less_than_a_portion_the_next_look_waits_for_a_fixed_time_whatever_it_took():
    stop = Waits(3)
    _lane(lambda: 19, lambda: 20, 1000.0, stop)
    assert set(stop.lengths) == {_GATHER}
