"""The tables of the learning record store. Moments are whole microseconds since 1970 UTC."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    event,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_SEQ = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows itself only for INTEGER
_KEY = String(32)
_UUID = String(36)

agent = Table(
    "xapi_agent",
    metadata,
    Column("actor_key", _KEY, primary_key=True),
    Column("ifi", Text, nullable=False),  # the identifier alone, as JSON
)

# Of few statements; all others would only fill the index.
_REFERS, _SENT_AGAIN = text("ref_id IS NOT NULL"), text("last_seq <> seq")
statement = Table(
    "xapi_statement",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("id", _UUID, nullable=False),
    Column("original_id", _UUID),  # the id as sent, when it was taken by different content
    Column("source", Text),  # the platform of a host intake; NULL: an ordinary credential, never evidence
    Column("credential_key", _KEY, nullable=False),
    Column("authority", _KEY, nullable=False),
    Column("actor_key", _KEY),  # NULL: an anonymous Group
    Column("verb", Text, nullable=False),
    Column("object_id", Text),  # the IRI, when the object is an Activity
    Column("registration", _UUID),
    Column("ref_id", _UUID),  # the statement that is the object
    Column("timestamp", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("arrived", BigInteger),  # when it first reached us, where it was not stored at once (quarantine)
    Column("last_seq", BigInteger, nullable=False),  # order of arrival, moved by a recognised resend
    # equality.fingerprint of the statement as sent, without a registration that only names the run that sent it
    Column("content_hash", String(64), nullable=False),
    Column("flag", Text),  # why it is no evidence: "foreign-actor", "unknown-actor"
    Column("voided_by", _UUID),  # as the standard has it: any voiding statement hides it from GET
    Column("retracted_by", _UUID),  # voided by its own authority or by scope "all": no evidence any more
    Column("may_retract", Boolean),  # of a voiding statement: its sender held scope "all"
    Index(None, "id", unique=True),
    Index(None, "stored"),
    Index(None, "actor_key", "seq"),
    Index(None, "verb", "seq"),
    Index(None, "registration", "seq"),
    Index(None, "object_id", "seq"),
    Index(None, "authority", "seq"),
    Index(None, "source", "stored"),
    Index(None, "ref_id", sqlite_where=_REFERS, postgresql_where=_REFERS),
    Index(None, "last_seq", sqlite_where=_SENT_AGAIN, postgresql_where=_SENT_AGAIN),
)

# The statement itself, as JSON. Apart from its row, so that on PostgreSQL old ones can go by the partition (see `partitions`):
# the row, its id and its links stay, and a statement that is sent again is still known.
payload = Table(
    "xapi_payload",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("payload", Text, nullable=False),
    postgresql_partition_by="RANGE (seq)",
)
whole = statement.join(payload, statement.c.seq == payload.c.seq)
"""The statements whose payload is kept."""
REST = "xapi_payload_rest"
"""What no partition was made for lies here: a statement is stored though nobody looked ahead."""


@event.listens_for(payload, "after_create")
def _make_rest(_table: Table, connection: Connection, **_how: object) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"CREATE TABLE {REST} PARTITION OF xapi_payload DEFAULT"))


def is_partition(name: str) -> bool:
    """Of a table in the database: no table of ours, but a part of one, made and dropped by command."""
    return name.startswith("xapi_payload_")


# Ranges of numbers whose payloads were dropped.
dropped = Table(
    "xapi_dropped",
    metadata,
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("statements", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# What a statement names beside its own actor and object, see `links`.
activity_link = Table(
    "xapi_activity_link",
    metadata,
    Column("activity_key", _KEY, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

agent_link = Table(
    "xapi_agent_link",
    metadata,
    Column("actor_key", _KEY, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("direct", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

attachment = Table(
    "xapi_attachment",
    metadata,
    Column("sha2", String(128), primary_key=True),  # hexadecimal, lower case
    Column("content", LargeBinary, nullable=False),
)

attachment_use = Table(
    "xapi_attachment_use",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("sha2", String(128), primary_key=True),  # a content that came with this statement
    Index(None, "sha2"),
    sqlite_with_rowid=False,
)

quarantine = Table(
    "xapi_quarantine",
    metadata,
    Column("id", _SEQ, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, unique=True),  # the same fault sent again is kept once
    Column("source", Text, nullable=False),
    Column("credential_key", _KEY, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("position", Integer),  # place in the batch; NULL: the whole body
    Column("field", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("fault", String(16)),  # its kind, see `faults`; NULL: kept before kinds were
    Column("tries", Integer, nullable=False, default=0),
    Column("raw", LargeBinary, nullable=False),
    Column("actor_key", _KEY),  # whom it names, where that can be told
    Index(None, "source", "received"),
    Index(None, "actor_key"),
)

credential = Table(
    "xapi_credential",
    metadata,
    Column("key", _KEY, primary_key=True),
    Column("secret_hash", String(64), nullable=False),
    Column("label", Text, nullable=False),
    Column("owner", Text),  # who answers for it
    Column("scopes", Text, nullable=False),  # separated by spaces
    Column("limits", Text),  # scopes.Limits as JSON; NULL: none
    Column("source", Text),
    Column("host_intake", Boolean, nullable=False),
    Column("authority", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("used", BigInteger),  # last, to the minute
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)

# One-time credentials of a practice page in a browser.
token = Table(
    "xapi_token",
    metadata,
    Column("key", _KEY, primary_key=True),  # of the offer it was fetched with: a second fetch finds it taken
    Column("secret_hash", String(64), nullable=False),
    Column("actor_key", _KEY, nullable=False),
    Column("registration", _UUID, nullable=False),
    Column("verbs", Text, nullable=False),  # JSON
    Column("authority", Text, nullable=False),  # JSON
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index(None, "expires"),
    Index(None, "actor_key"),
)

# Who was erased (see `erased`): keyed hashes, and the account that stands for the person now.
erased = Table(
    "xapi_erased",
    metadata,
    Column("mark", String(64), primary_key=True),
    Column("account", _KEY, nullable=False),
    Column("at", BigInteger, nullable=False),
)
