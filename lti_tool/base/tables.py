"""Tables of the base room: the queue, the worker's heartbeat and the log of decisions."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from lti_tool.base.columns import UtcDateTime, metadata

_id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key

job = Table(
    "base_job",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, running, parked
    Column("run_at", UtcDateTime, nullable=False),
    Column(
        "asked", Integer, nullable=False
    ),  # how often it was asked for: more than at the claim means run once more
    Column("attempts", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "key"),
    Index("ix_base_job_state_run_at", "state", "run_at"),
)

heartbeat = Table(
    "base_heartbeat",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

audit = Table(
    "base_audit",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(200), nullable=False),
    Column("act", String(80), nullable=False),
    Column("subject", String(200), nullable=False, index=True),
    Column("details", Text, nullable=False),
)
