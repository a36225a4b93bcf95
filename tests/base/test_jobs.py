"""The durable queue: asked once, run at least once, parked where a person sees it."""

import threading
from datetime import datetime, timedelta

from sqlalchemy import event

from lti_tool.base import jobs
from lti_tool.base.database import Database

LEASE = timedelta(minutes=1)
KINDS = ("issue", "deliver")


def ask(database: Database, now: datetime, key: str = "k", **payload: object) -> None:
    with database.transaction() as connection:
        jobs.enqueue(connection, "issue", key, payload, run_at=now)


def settle(database: Database, job: jobs.Job, outcome: jobs.Outcome, now: datetime) -> None:
    with database.transaction() as connection:
        jobs.settle(connection, job, outcome, now)


def claim(database: Database, now: datetime) -> jobs.Job | None:
    return jobs.claim(database, now=now, lease=LEASE, kinds=KINDS)


def test_a_job_asked_for_many_times_is_done_once(database: Database, now: datetime) -> None:
    for _ in range(3):
        ask(database, now, number="n")
    job = claim(database, now)
    assert job is not None
    assert job.payload == {"number": "n"}
    settle(database, job, jobs.Done(), now)
    assert claim(database, now) is None


def test_a_job_asked_for_while_it_runs_runs_once_more(database: Database, now: datetime) -> None:
    ask(database, now)
    first = claim(database, now)
    assert first is not None
    ask(database, now)
    settle(database, first, jobs.Done(), now)
    second = claim(database, now)
    assert second is not None
    settle(database, second, jobs.Done(), now)
    assert claim(database, now) is None


def test_a_job_that_ends_while_it_is_asked_for_again_is_not_lost(database: Database, now: datetime) -> None:
    """Two workers, or a worker and a page: what the run did not see must be done by another one."""
    ask(database, now)
    job = claim(database, now)
    assert job is not None
    ending = threading.Thread(target=settle, args=(database, job, jobs.Done(), now))

    def end(*_: object) -> None:
        if not ending.ident:
            ending.start()
            ending.join(0.5)

    with database.transaction() as connection:
        event.listen(connection, "after_cursor_execute", end)
        jobs.enqueue(connection, "issue", "k", run_at=now)
        event.remove(connection, "after_cursor_execute", end)
    ending.join()
    assert claim(database, now) is not None


def test_a_job_is_not_handed_out_before_it_is_due(database: Database, now: datetime) -> None:
    ask(database, now + timedelta(seconds=5))
    assert claim(database, now) is None
    assert claim(database, now + timedelta(seconds=5)) is not None


def test_asking_again_moves_a_waiting_job_earlier_never_later(database: Database, now: datetime) -> None:
    ask(database, now + timedelta(minutes=5))
    ask(database, now)
    ask(database, now + timedelta(minutes=9))
    assert claim(database, now) is not None


def test_a_dead_workers_job_is_taken_over_when_its_lease_ends(database: Database, now: datetime) -> None:
    ask(database, now)
    dead = claim(database, now)
    assert dead is not None
    assert claim(database, now) is None
    taken = claim(database, now + LEASE)
    assert taken is not None
    assert taken.attempts == 2
    settle(database, dead, jobs.Park("too late to say"), now)
    settle(database, taken, jobs.Done(), now)
    with database.reading() as connection:
        assert jobs.parked(connection) == []
        assert jobs.listed(connection) == []


def test_what_cannot_go_on_is_parked_with_its_reason_and_can_be_sent_again(
    database: Database, now: datetime
) -> None:
    ask(database, now)
    job = claim(database, now)
    assert job is not None
    settle(database, job, jobs.Park("the platform knows no such person"), now)
    ask(database, now)
    assert claim(database, now) is None
    with database.transaction() as connection:
        [parked] = jobs.parked(connection)
        assert parked.reason == "the platform knows no such person"
        assert jobs.retry(connection, parked.id, now)
        assert not jobs.retry(connection, parked.id, now)
    again = claim(database, now)
    assert again is not None
    assert again.attempts == 1


def test_asking_with_release_sends_a_parked_job_again(database: Database, now: datetime) -> None:
    ask(database, now)
    job = claim(database, now)
    assert job is not None
    settle(database, job, jobs.Park("wrong"), now)
    with database.transaction() as connection:
        jobs.enqueue(connection, "issue", "k", {"new": 1}, run_at=now, release=True)
    again = claim(database, now)
    assert again is not None
    assert again.payload == {"new": 1}


def test_a_job_put_off_waits_until_its_time(database: Database, now: datetime) -> None:
    ask(database, now)
    job = claim(database, now)
    assert job is not None
    settle(database, job, jobs.Again(now + timedelta(minutes=1), "429"), now)
    assert claim(database, now) is None
    assert claim(database, now + timedelta(minutes=1)) is not None


def test_a_worker_takes_only_the_kinds_it_can_do(database: Database, now: datetime) -> None:
    ask(database, now)
    assert jobs.claim(database, now=now, lease=LEASE, kinds=["deliver"]) is None
