"""Tables of the programmes room. Rows are never changed: a newer version is a new row."""

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from lti_tool.base.columns import UtcDateTime, metadata

version = Table(
    "programme_version",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("edition", String(100), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),  # the file as the organiser wrote it
    Column("plain", Text, nullable=False),  # its plain values as JSON, so that the worker parses no YAML
    Column("loaded_at", UtcDateTime, nullable=False),
    Column("rehearsal", Boolean, nullable=False),
    Column("opens", UtcDateTime, nullable=False),  # the window in force: the file's, or a rehearsal's
    Column("closes", UtcDateTime, nullable=False),
)

mapping = Table(
    "programme_mapping",
    metadata,
    Column("programme", String(64), primary_key=True),
    Column("source", String(500), primary_key=True),  # the platform's issuer
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("plain", Text, nullable=False),
    Column("loaded_at", UtcDateTime, nullable=False),
)
