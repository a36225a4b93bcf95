"""Credentials: who may write and read what, and under which authority (part 3, 4; scopes as the standard names them)."""

import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select, update

from xapi import identity
from xapi.formats import micros
from xapi.lrs import Sender
from xapi.tables import credential

SCOPES = ("all", "all/read", "statements/write", "statements/read", "statements/read/mine")
_KEY = re.compile("[0-9a-f]{32}")
AUTHORITY_HOME = "urn:donghanh:credential"


@dataclass(frozen=True, slots=True)
class Credential:
    """`source`: the platform it is bound to; `host_intake`: what it sends is never refused for its content."""

    key: str
    label: str
    scopes: frozenset[str]
    source: str | None
    host_intake: bool
    authority: dict[str, Any]
    revoked: bool = False

    @property
    def may_write(self) -> bool:
        return not self.scopes.isdisjoint({"all", "statements/write"})

    @property
    def may_read(self) -> bool:
        return self.reads_all or "statements/read/mine" in self.scopes

    @property
    def reads_all(self) -> bool:
        return not self.scopes.isdisjoint({"all", "all/read", "statements/read"})

    @property
    def authority_key(self) -> str:
        return identity.key(self.authority) or ""

    def sender(self) -> Sender:
        """An ordinary credential has no source: what it sends is stored and never evidence."""
        source = self.source if self.host_intake else None
        return Sender(self.key, self.authority, source, voids_all="all" in self.scopes)


def add(
    connection: Connection,
    *,
    label: str,
    scopes: Collection[str],
    source: str | None = None,
    host_intake: bool = False,
    now: datetime,
) -> tuple[str, str]:
    """A new credential: its key, and its secret that is shown this once. Raises ValueError for what makes no sense."""
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise ValueError(f"scopes are {', '.join(SCOPES)}; not {', '.join(sorted(unknown)) or 'none'}")
    if host_intake and not source:
        raise ValueError("a host intake is bound to a platform: its source is missing")
    key, secret = secrets.token_hex(16), secrets.token_urlsafe(32)
    # One authority each: "a client's own authority never survives", and who said what stays visible.
    authority = {"objectType": "Agent", "name": label, "account": {"homePage": AUTHORITY_HOME, "name": key}}
    connection.execute(
        credential.insert().values(
            key=key,
            secret_hash=_hash(key, secret),
            label=label,
            scopes=" ".join(sorted(scopes)),
            source=source,
            host_intake=host_intake,
            authority=orjson.dumps(authority).decode(),
            created=micros(now),
        )
    )
    return key, secret


def authenticate(connection: Connection, key: str, secret: str) -> Credential | None:
    """The credential of this key and secret; None when there is none or it was revoked."""
    row = _row(connection, key)
    # The comparison runs for an unknown key too: the time it takes tells nothing.
    good = hmac.compare_digest(_hash(key, secret), row.secret_hash if row else "0" * 64)
    return _credential(row) if row and good and row.revoked is None else None


def find(connection: Connection, key: str) -> Credential | None:
    """A credential by its key, revoked ones too (who sent a statement stays known)."""
    row = _row(connection, key)
    return _credential(row) if row else None


def list_(connection: Connection) -> list[Credential]:
    rows = connection.execute(select(credential).order_by(credential.c.created, credential.c.key))
    return [_credential(row) for row in rows]


def revoke(connection: Connection, key: str, now: datetime) -> bool:
    """Works from the next request on, in every process. False when there was nothing to revoke."""
    done = connection.execute(
        update(credential)
        .where(credential.c.key == key, credential.c.revoked.is_(None))
        .values(revoked=micros(now))
    )
    return done.rowcount == 1


def _row(connection: Connection, key: str) -> Row[*tuple[Any, ...]] | None:
    if not _KEY.fullmatch(key):  # nor does a NUL from a header reach PostgreSQL
        return None
    return connection.execute(select(credential).where(credential.c.key == key)).one_or_none()


def _credential(row: Row[*tuple[Any, ...]]) -> Credential:
    return Credential(
        key=row.key,
        label=row.label,
        scopes=frozenset(row.scopes.split()),
        source=row.source,
        host_intake=row.host_intake,
        authority=orjson.loads(row.authority),
        revoked=row.revoked is not None,
    )


def _hash(key: str, secret: str) -> str:
    """The secret has 256 random bits: one hash is enough, and costs microseconds where bcrypt costs the LRS its speed."""
    return sha256(f"{key}:{secret}".encode(errors="surrogatepass")).hexdigest()
