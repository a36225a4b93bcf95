"""The durable queue: work is stored in the transaction that causes it and handed out by a conditional UPDATE.

What a kind of job does is written in `handlers/`. A handler may run twice (kill -9 between its effect and `settle`), so it is idempotent.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, delete, false, or_, select, update

from lti_tool.base.database import Database, insert
from lti_tool.base.tables import job


@dataclass(frozen=True, slots=True)
class Job:
    """`asked` and `attempts` are as they stood at the claim."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    asked: int
    attempts: int
    state: str = "running"
    reason: str | None = None
    run_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The work took effect; the row goes."""


@dataclass(frozen=True, slots=True)
class Again:
    """Not now: run again `at`, for `reason`."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Park:
    """It cannot go on by itself: a person sees it, with its `reason`, and can send it again."""

    reason: str


Outcome = Done | Again | Park


def enqueue(
    connection: Connection,
    kind: str,
    key: str,
    payload: dict[str, Any] | None = None,
    *,
    run_at: datetime,
    release: bool = False,
) -> None:
    """Ask for a job once: the same (kind, key) is one row however often it is asked for.

    A waiting job is moved earlier; a running one runs once more afterwards; a parked one stays parked unless `release`.
    """
    values = {
        "kind": kind,
        "key": key,
        "payload": json.dumps(payload or {}),
        "state": "waiting",
        "run_at": run_at,
        "asked": 1,
        "attempts": 0,
        "created_at": run_at,
    }
    # One statement: between two, a run that ends would remove the row with our request unseen.
    adding = insert(connection, job).values(**values)
    new, parked = adding.excluded, (job.c.state == "parked") if release else false()
    sooner = parked | ((job.c.state == "waiting") & (job.c.run_at > new.run_at))
    changes = {
        "asked": job.c.asked + 1,
        "payload": new.payload,
        "run_at": case((sooner, new.run_at), else_=job.c.run_at),
        "state": case((parked, "waiting"), else_=job.c.state),
        "attempts": case((parked, 0), else_=job.c.attempts),
        "reason": case((parked, None), else_=job.c.reason),
    }
    connection.execute(adding.on_conflict_do_update(index_elements=["kind", "key"], set_=changes))


def claim(database: Database, *, now: datetime, lease: timedelta, kinds: Collection[str]) -> Job | None:
    """Take the job that has been due longest, or None. Another worker's job is taken over once its lease has run out."""
    due = and_(
        job.c.kind.in_(sorted(kinds)),
        or_(
            and_(job.c.state == "waiting", job.c.run_at <= now),
            and_(job.c.state == "running", job.c.lease_until <= now),
        ),
    )
    wanted = select(job).where(due).order_by(job.c.run_at, job.c.id).limit(1)
    with database.reading() as connection:
        if connection.execute(wanted).first() is None:
            return None  # an idle worker takes no write lock
    with database.transaction() as connection:
        row = connection.execute(wanted.with_for_update(skip_locked=True)).mappings().first()
        if row is None:
            return None
        changes = {"state": "running", "lease_until": now + lease, "attempts": row["attempts"] + 1}
        connection.execute(update(job).where(job.c.id == row["id"]).values(**changes))
        return _job({**row, **changes})


def settle(connection: Connection, done: Job, outcome: Outcome, now: datetime) -> None:
    """Write down how a claimed job ended. A job whose lease was taken over by another worker is left to that worker."""
    mine = and_(job.c.id == done.id, job.c.state == "running", job.c.attempts == done.attempts)
    unasked = and_(mine, job.c.asked == done.asked)
    match outcome:
        case Done():
            connection.execute(delete(job).where(unasked))
        case Again(at, reason):
            connection.execute(
                update(job).where(unasked).values(state="waiting", run_at=at, reason=reason, lease_until=None)
            )
        case Park(reason):
            connection.execute(
                update(job).where(unasked).values(state="parked", reason=reason, lease_until=None)
            )
    # Asked for again while it ran: how this run ended says nothing of the new request.
    connection.execute(
        update(job).where(mine).values(state="waiting", run_at=now, attempts=0, reason=None, lease_until=None)
    )


def parked(connection: Connection) -> list[Job]:
    """What waits for a person, oldest first."""
    rows = connection.execute(
        select(job).where(job.c.state == "parked").order_by(job.c.run_at, job.c.id)
    ).mappings()
    return [_job(dict(row)) for row in rows]


def listed(connection: Connection, *, limit: int = 200) -> list[Job]:
    """Every job, the one due first at the top."""
    rows = connection.execute(select(job).order_by(job.c.run_at, job.c.id).limit(limit)).mappings()
    return [_job(dict(row)) for row in rows]


def retry(connection: Connection, job_id: int, now: datetime) -> bool:
    """Send a parked job again, from its first attempt. False when there is no such parked job."""
    changed = connection.execute(
        update(job)
        .where(job.c.id == job_id, job.c.state == "parked")
        .values(state="waiting", run_at=now, attempts=0, reason=None)
    )
    return changed.rowcount == 1


def _job(row: dict[str, Any]) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        key=row["key"],
        payload=json.loads(row["payload"]),
        asked=row["asked"],
        attempts=row["attempts"],
        state=row["state"],
        reason=row["reason"],
        run_at=row["run_at"],
    )
