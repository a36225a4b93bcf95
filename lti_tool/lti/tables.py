"""Tables of the lti room: platform registrations, used nonces, invitations to register."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from lti_tool.base.columns import UtcDateTime, metadata

_id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key

platform = Table(
    "lti_platform",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("issuer", String(255), nullable=False),
    Column("client_id", String(255), nullable=False),
    Column("auth_login_url", Text, nullable=False),
    Column("token_url", Text, nullable=False),
    Column("jwks_url", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("frame_origins", Text, nullable=False),  # separated by spaces
    Column("approved", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("issuer", "client_id"),
    sqlite_autoincrement=True,  # an id is never given twice: open launches name platforms by it
)

deployment = Table(
    "lti_deployment",
    metadata,
    Column(
        "platform_id",
        _id,
        ForeignKey("lti_platform.id", ondelete="CASCADE", name="fk_lti_deployment_platform"),
        primary_key=True,
    ),
    Column("deployment_id", String(255), primary_key=True),
)

used_nonce = Table(
    "lti_used_nonce",
    metadata,
    Column("nonce", String(64), primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

invitation = Table(
    "lti_invitation",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("claimed_until", UtcDateTime),  # a visit is registering with it until then
    Column("used_at", UtcDateTime),
)
