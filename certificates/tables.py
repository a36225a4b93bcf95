"""The register's tables. Moments are whole microseconds since 1970 UTC."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
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

certificate = Table(
    "certificate_certificate",
    metadata,
    Column("number", String(19), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("programme", String(100), nullable=False),
    Column("edition", String(100), nullable=False),
    Column("rehearsal", Boolean(create_constraint=False), nullable=False),
    Column("facts", Text, nullable=False),
    Column("design", String(40), nullable=False),
    Column("awarded_at", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("document", String(20), nullable=False),
    Column("waiting_code", String(40)),
    Column("waiting_missing", Text),
    Column("revoked_at", BigInteger),
    Column("revoked_reason", Text),
    CheckConstraint("status IN ('valid', 'revoked')", name="status"),
    CheckConstraint("document IN ('waiting', 'due', 'issued')", name="document"),
    Index("ix_certificate_certificate_holder", "holder"),
    Index("ix_certificate_certificate_document", "document"),
    Index(
        "uq_certificate_one_valid",
        "holder",
        "programme",
        "edition",
        "rehearsal",
        unique=True,
        sqlite_where=text("status = 'valid'"),
        postgresql_where=text("status = 'valid'"),
    ),
)
"""One valid certificate per holder, programme and edition: the partial unique index decides, not the program.
A rehearsal's specimen stands beside the real one and never in its place."""

document = Table(
    "certificate_document",
    metadata,
    Column("number", String(19), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
)
"""Issued documents, written once. ``kind`` is "pdf"; an Open Badge will be another kind of the same number."""
