"""The tool's own state in numbers: one look for the console's home page, `donghanh doctor` and /metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select, true

from certificates.register import ERASED
from certificates.tables import certificate
from lti_tool.base import tables as base
from lti_tool.ledger import deliveries, due
from lti_tool.ledger.tables import attention, outcome
from lti_tool.lti.tables import platform
from lti_tool.people import claimants, mailboxes
from lti_tool.people.tables import learner, pending
from xapi.tables import quarantine, statement

WORKER_SILENT = timedelta(minutes=2)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLY = (mailboxes.NOT_ARRIVED, mailboxes.NO_LEARNER)  # whoever merely has not arrived needs nobody


@dataclass(frozen=True, slots=True)
class State:
    """Counts and ages of one moment. `worker_age` None: no worker was ever heard."""

    worker_age: timedelta | None
    statements: int
    learners: int
    met: int
    quarantined: int
    reviews_due: int
    jobs_waiting: int
    jobs_parked: int
    deliveries_parked: int
    identities_pending: int
    documents_waiting: int
    attention: int
    queue_ages: Mapping[str, timedelta]
    last_statements: Mapping[str, datetime]

    @property
    def worker_silent(self) -> bool:
        """Whether nobody works on the queue."""
        return self.worker_age is None or self.worker_age > WORKER_SILENT


def look(
    connection: Connection,
    now: datetime,
    statements: int | None = None,
    learners: Select[str] | None = None,
) -> State:
    """The state of now; one consistent view, a handful of counts.

    `statements`: who asks often counts them cheaper; `learners`: the ids of those who alone are counted, with what waits for a
    person because of them. What is the machine's (statements, reviews, jobs, deliveries, quarantine) is always counted whole.
    """

    def of(column: ColumnElement[str]) -> ColumnElement[bool]:
        return true() if learners is None else column.in_(learners)

    claimed = true() if learners is None else claimants.claimed_by(learners)
    return State(
        worker_age=_worker_age(connection, now),
        statements=_count(connection, statement) if statements is None else statements,
        learners=_count(connection, learner, learner.c.merged_into.is_(None), of(learner.c.id)),
        met=_count(connection, outcome, outcome.c.state == "met", of(outcome.c.learner_id)),
        quarantined=_count(connection, quarantine),
        reviews_due=due.waiting(connection),
        jobs_waiting=_count(connection, base.job, base.job.c.state != "parked"),
        jobs_parked=_count(connection, base.job, base.job.c.state == "parked"),
        deliveries_parked=deliveries.counts(connection).get("parked", 0),
        identities_pending=_count(connection, pending, pending.c.reason.not_in(_EARLY), claimed),
        documents_waiting=_count(
            connection,
            certificate,
            certificate.c.document == "waiting",
            certificate.c.status == "valid",
            func.coalesce(certificate.c.waiting_code, "") != ERASED,
            of(certificate.c.holder),
        ),
        attention=_count(connection, attention, attention.c.settled_at.is_(None), of(attention.c.learner_id)),
        queue_ages=_queue_ages(connection, now),
        last_statements=_last_statements(connection),
    )


def _count(connection: Connection, table: Table, *where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def _worker_age(connection: Connection, now: datetime) -> timedelta | None:
    latest = connection.execute(select(func.max(base.heartbeat.c.at))).scalar()
    return None if latest is None else max(now - latest, timedelta(0))


def _queue_ages(connection: Connection, now: datetime) -> dict[str, timedelta]:
    """For each kind of job that is due: since when its oldest waits."""
    row = base.job.c
    oldest = (
        select(row.kind, func.min(row.run_at))
        .where(row.state != "parked", row.run_at <= now)
        .group_by(row.kind)
    )
    return {kind: now - run_at for kind, run_at in connection.execute(oldest)}


def _last_statements(connection: Connection) -> dict[str, datetime]:
    """When each platform's last statement was stored. One index look-up a platform, not a walk over all statements."""
    row = statement.c
    sources = select(platform.c.issuer).distinct().order_by(platform.c.issuer)
    found = {}
    for source in connection.execute(sources).scalars():
        latest = connection.execute(select(func.max(row.stored)).where(row.source == source)).scalar()
        if latest is not None:
            found[source] = EPOCH + timedelta(microseconds=latest)
    return found
