"""Tables of the console's own people. Only hashes of secrets are kept: a copy of the database signs nobody in."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from lti_tool.base.columns import UtcDateTime, metadata

staff = Table(
    "people_staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String(100), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("units", String(2000), nullable=False),  # "*" or unit codes parted by one space
    Column(
        "password_hash", String(255)
    ),  # empty until the one-time link was used: there is no default password
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
)

link = Table(
    "people_staff_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("staff_id", Integer, ForeignKey("people_staff.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

session = Table(
    "people_staff_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("staff_id", Integer, ForeignKey("people_staff.id", ondelete="CASCADE"), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_people_staff_session_staff_id", "staff_id"),
)

attempt = Table(
    "people_staff_attempt",
    metadata,
    Column(
        "subject", String(64), primary_key=True
    ),  # a keyed-by-kind hash: neither logins nor addresses are listed here
    Column("tries", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)
