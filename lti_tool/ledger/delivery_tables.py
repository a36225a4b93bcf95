"""Tables of what goes back to the platforms. No names here; a `sub` is the platform's own pseudonym of a person."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from lti_tool.base.columns import UtcDateTime, metadata

_id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key

link = Table(
    "ledger_link",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("platform_id", Integer, nullable=False),
    Column("resource_link_id", String(255), nullable=False),
    Column("purpose", String(20), nullable=False),  # certificate, progress
    Column("programme_key", String(64), nullable=False),  # "" where the link names none
    Column("context_id", String(255)),
    Column("lineitem", String(1000)),
    Column("seen_at", UtcDateTime, nullable=False),
    # Open edX gives every item of one block the same link id: purpose and programme tell them apart.
    UniqueConstraint("platform_id", "resource_link_id", "purpose", "programme_key"),
    Index("ix_ledger_link_lineitem_purpose", "lineitem", "purpose"),
)

seat = Table(
    "ledger_seat",
    metadata,
    Column("link_id", _id, primary_key=True),
    Column("sub", String(255), primary_key=True),
    Column("learner_id", String(32), nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_ledger_seat_learner_id", "learner_id"),
)

delivery = Table(
    "ledger_delivery",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("lineitem", String(1000), nullable=False),
    Column("sub", String(255), nullable=False),
    Column("platform_id", Integer, nullable=False),
    Column("learner_id", String(32), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("given", Float, nullable=False),
    Column("maximum", Float, nullable=False),
    Column("comment", Text, nullable=False),
    Column("activity_progress", String(20), nullable=False),
    Column(
        "desired_at", UtcDateTime, nullable=False
    ),  # the score's timestamp: whole seconds, one an intention
    Column("delivered_given", Float),
    Column("delivered_maximum", Float),
    Column("delivered_at", UtcDateTime),
    Column("accepted_for", UtcDateTime),  # the timestamp the platform last said yes to
    Column("state", String(12), nullable=False),  # due, uncertain, delivered, parked
    Column("reason", String(60)),
    Column("attempts", Integer, nullable=False),
    Column("renewals", Integer, nullable=False),  # how often the platform's result differed and was sent anew
    Column("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint("lineitem", "sub"),
    Index("ix_ledger_delivery_state", "state", "changed_at"),
    Index("ix_ledger_delivery_learner_id", "learner_id"),
)
