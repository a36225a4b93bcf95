"""Tables of what goes to and comes from other stores. Moments are whole microseconds since 1970 UTC."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from xapi.tables import metadata

_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows itself only for INTEGER

authority = Table(  # who vouches for statements in the external store, and for which platform that is taken
    "xapi_authority",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("authority", Text, nullable=False),  # as JSON
    Column("source", Text),  # the platform an administrator tied it to; NULL: nothing of it is evidence
    Column("keeper", Boolean, nullable=False),  # its voiding takes evidence back, whoever said it
    Column("first_stored", BigInteger, nullable=False),
    Column("last_stored", BigInteger, nullable=False),
)

collect = Table(  # how far an external store was followed
    "xapi_collect",
    metadata,
    Column("endpoint", String(255), primary_key=True),
    Column("state", Text, nullable=False),  # cursor.Cursor as JSON
    Column("version", Integer, nullable=False),  # moved by every write: of two followers one gives way
    Column("failures", Integer, nullable=False),  # in a row
    Column("reason", Text),
    Column("answered", BigInteger),  # when it answered last
    Column("abilities", Text),  # what a probe found, as JSON
)

forward = Table(  # another store that gets our statements
    "xapi_forward",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("endpoint", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("secret", Text, nullable=False),  # sealed by the application
    Column("choice", Text, nullable=False),  # which statements, as JSON
    Column("position", BigInteger, nullable=False),  # every statement up to this number was dealt with
    Column("paused", Boolean, nullable=False),
    Column("delivered", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("reason", Text),
    Column("moved", BigInteger),  # when the last one was delivered
    sqlite_autoincrement=True,
)

forward_parked = Table(  # statements a receiver refuses
    "xapi_forward_parked",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("forward_id", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("statement_id", String(36), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("again", Boolean, nullable=False),  # a person asked to send it again
    UniqueConstraint("forward_id", "seq"),
    Index(None, "forward_id", "again"),
)
