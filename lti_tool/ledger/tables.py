"""Tables of the ledger: what waits for review, and the outcomes. No names here: learner ids and statement ids only."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from lti_tool.base.columns import UtcDateTime, metadata

_id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key

review_due = Table(
    "ledger_review_due",
    metadata,
    Column("actor_key", String(64), primary_key=True),
    Column(
        "seq", BigInteger, nullable=False
    ),  # how often it was marked since it is here: unchanged means nothing new came
)

outcome = Table(
    "ledger_outcome",
    metadata,
    Column("learner_id", String(32), primary_key=True),
    Column("programme_key", String(64), primary_key=True),
    Column("edition", String(64), nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # met, open, out_of_reach, unknown
    Column("started", Boolean, nullable=False),
    Column("counts", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("topics", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Column("advice", Text, nullable=False),
    Column("met_at", UtcDateTime),
    Column("reviewed_at", UtcDateTime, nullable=False),
    Index("ix_ledger_outcome_programme_key_state", "programme_key", "state"),
)

# What a person must look at: an award whose proof no longer stands, two awards of one person, topics done implausibly fast, …
attention = Table(
    "ledger_attention",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("learner_id", String(32), nullable=False),
    Column("programme_key", String(64), nullable=False),
    Column("details", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("settled_by", String(200)),
    Column("settled_reason", Text),
    Index("ix_ledger_attention_settled_at_since", "settled_at", "since"),
    Index("ix_ledger_attention_learner_id_kind", "learner_id", "kind"),
)
