"""The table of launches that are open in a browser."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from lti_tool.base.columns import UtcDateTime, metadata

launch = Table(
    "base_launch",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("browser_hash", String(64), nullable=False),
    Column("learner_id", String(64)),
    Column("platform_id", Integer, nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("sub", String(255), nullable=False),
    Column("view", String(10), nullable=False),  # learner, teacher, placing
    Column("context_id", String(255)),
    Column("context_title", Text),
    Column("link_id", String(255)),
    Column("lineitem", Text),
    Column("language", String(5), nullable=False),
    Column("return_url", Text),
    Column("frame_ancestors", Text, nullable=False),  # origins, separated by spaces
    Column("extra", Text, nullable=False),  # JSON
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Index("ix_base_launch_browser_hash_issuer", "browser_hash", "issuer"),
)
