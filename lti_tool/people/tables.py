"""Tables of the people room: the only place of lti_tool, with xapi's own payloads, that holds personal data of learners."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from lti_tool.base.columns import UtcDateTime, metadata

_id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key
_ACTIVE = text("undone_at IS NULL")

learner = Table(
    "people_learner",
    metadata,
    Column("id", String(32), primary_key=True),
    # A roster row that names two logins makes their learners one; never a chain: it points at a learner that points at nobody.
    Column("merged_into", String(32), ForeignKey("people_learner.id"), index=True),
    Column("said_name", Text),
    Column("said_instead_of", Text),  # what the platforms called the learner when it was said: "" for nothing
    Column("said_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
)

login = Table(
    "people_login",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("sub", Text, primary_key=True),
    Column("learner_id", String(32), ForeignKey("people_learner.id"), nullable=False, index=True),
    Column("family_name", Text),
    Column("given_name", Text),
    Column("name", Text),
    Column("email", Text),
    Column("username", Text),
    Column("sourcedid", Text),
    Column("xapi_actor", Text),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Index("ix_people_login_issuer_username", "issuer", "username"),
)

# What a login says about itself: never narrowed afterwards, so that the order of launches cannot matter.
claim = Table(
    "people_claim",
    metadata,
    Column("source", Text, primary_key=True),
    Column("actor_key", String(64), primary_key=True),
    Column("learner_id", String(32), ForeignKey("people_learner.id"), primary_key=True),
    Column("how", String(12), primary_key=True),  # sub, xapi_actor, mail
    Column("mail", Text),  # lower-case, for `mail` only
    Column("spelled", Text),  # the spelling this form was computed from
    Index("ix_people_claim_learner_id", "learner_id"),
    Index("ix_people_claim_actor_key", "actor_key"),
    Index("ix_people_claim_source_mail", "source", "mail"),
)

# Actors heard of that name themselves by e-mail, as typed or hashed.
actor = Table(
    "people_actor",
    metadata,
    Column("source", Text, primary_key=True),
    Column("actor_key", String(64), primary_key=True),
    Column("mail", Text),  # lower-case; empty for a hash
    Column("heard_at", UtcDateTime, nullable=False),
    Index("ix_people_actor_source_mail", "source", "mail"),
)

# One row an e-mail of a platform, locked while its joins are decided: two reviewers cannot each overlook the other's half.
mailbox = Table(
    "people_mailbox",
    metadata,
    Column("source", Text, primary_key=True),
    Column("mail", Text, primary_key=True),
    Column("turn", Integer, nullable=False),
)

join = Table(
    "people_join",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("actor_key", String(64), nullable=False),
    Column("learner_id", String(32), ForeignKey("people_learner.id"), nullable=False),
    Column("how", String(12), nullable=False),  # mail, person
    Column("reason", Text, nullable=False),
    Column("who", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("undone_by", String(200)),
    Column("undone_reason", Text),
    Index(
        "uq_people_join_active",
        "source",
        "actor_key",
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    ),
    Index("ix_people_join_learner_id", "learner_id"),
    Index("ix_people_join_actor_key", "actor_key"),
)

pending = Table(
    "people_pending",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("actor_key", String(64), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    UniqueConstraint("source", "actor_key"),
    Index("ix_people_pending_actor_key", "actor_key"),
)

roster = Table(
    "people_roster",
    metadata,
    Column("code", String(100), primary_key=True),
    Column("family_name", Text),
    Column("given_name", Text),
    Column("phone", Text),
    Column("email", Text),
    Column("commune", String(20)),  # unit codes
    Column("province", String(20)),
    Column("learner_id", String(32), ForeignKey("people_learner.id"), index=True),
    Column("imported_at", UtcDateTime, nullable=False),
)

roster_login = Table(
    "people_roster_login",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("by", String(10), primary_key=True),  # sub, username
    Column("value", Text, primary_key=True),
    Column(
        "code", String(100), ForeignKey("people_roster.code", ondelete="CASCADE"), nullable=False, index=True
    ),
)

unit = Table(
    "people_unit",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", String(10), nullable=False),  # province, commune
    Column("parent", String(20), index=True),
)

# Who is behind the accounts that stand in statements for people, in pseudonymous mode.
pseudonym = Table(
    "people_pseudonym",
    metadata,
    Column("actor_key", String(64), primary_key=True),  # as the record store has it
    Column("real_key", String(64), nullable=False, unique=True),
    Column("ifi", Text, nullable=False),  # the identifier alone, as JSON
)
