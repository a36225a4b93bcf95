"""Credentials in the database: made, found, shown, revoked. What they may do is in `scopes`.

A secret costs one keyed hash. Each request reads its credential's one row, except for statements when this process knew the
credential a moment ago (`known`): then it is asked on the way whether it stands. So a revocation works from the next request on
everywhere.
"""

import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select, update

from xapi import scopes as rights
from xapi import sql
from xapi.errors import Refused
from xapi.formats import from_micros, iri, micros
from xapi.libpq import Value
from xapi.ready import Ready, ready
from xapi.scopes import SCOPES, Credential, Limits
from xapi.shape import Wrong
from xapi.tables import credential

__all__ = ["AUTHORITY_HOME", "SCOPES", "Credential", "Limits"]

_KEY = re.compile("[0-9a-f]{32}")
AUTHORITY_HOME = "urn:donghanh:credential"
USE_KEPT = timedelta(minutes=1)  # the last use is written no finer


def add(
    connection: Connection,
    *,
    label: str,
    scopes: Collection[str],
    now: datetime,
    source: str | None = None,
    host_intake: bool = False,
    owner: str | None = None,
    limits: Limits | None = None,
    expires: datetime | None = None,
) -> tuple[str, str]:
    """A new credential: its key, and its secret that is shown this once. Raises ValueError for what makes no sense."""
    limits = limits or Limits()
    rights.sensible(scopes=frozenset(scopes), limits=limits, host_intake=host_intake, source=source)
    _check_iris(limits)
    if expires is not None and expires <= now:
        raise ValueError("it would have expired already")
    key, secret = secrets.token_hex(16), secrets.token_urlsafe(32)
    # One authority each: "a client's own authority never survives", and who said what stays visible.
    authority = {"objectType": "Agent", "name": label, "account": {"homePage": AUTHORITY_HOME, "name": key}}
    connection.execute(
        credential.insert().values(
            key=key,
            secret_hash=hashed(key, secret),
            label=label,
            owner=owner,
            scopes=" ".join(sorted(scopes)),
            limits=orjson.dumps(limits.plain()).decode() if limits else None,
            source=source,
            host_intake=host_intake,
            authority=orjson.dumps(authority).decode(),
            created=micros(now),
            expires=None if expires is None else micros(expires),
        )
    )
    return key, secret


def authenticate(connection: Connection, key: str, secret: str, now: datetime) -> Credential | None:
    """The credential of this key and secret; None when there is none, it was revoked, or it has expired."""
    row = _row(connection, key)
    # The comparison runs for an unknown key too: the time it takes tells nothing.
    good = hmac.compare_digest(hashed(key, secret), row.secret_hash if row else "0" * 64)
    found = _credential(row) if row and good else None
    return found if found and found.open_at(now) else None


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


def confirm(connection: Connection, keys: Collection[str], now: datetime) -> None:
    """Raises `Refused` 401 unless all these credentials stand at this moment."""
    if keys:
        ((stand,),) = sql.rows(connection, *standing(connection, keys, now))
        check(keys, stand)


def standing(connection: Connection, keys: Collection[str], now: datetime) -> tuple[str, tuple[Value, Value]]:
    """The question how many of these credentials stand at this moment, for `sql.rows`, and what is in it."""
    among, value = sql.among(connection, sorted(keys))
    return sql.STANDING.format(among=among, now=sql.second(connection)), (value, int(micros(now)))


def check(keys: Collection[str], stand: int) -> None:
    """Raises `Refused` 401 unless the answer of `standing` is all of them."""
    if stand != len(keys):
        raise Refused(HTTPStatus.UNAUTHORIZED, "this credential was revoked, or its time is over")


def use_is_due(found: Credential, now: datetime) -> bool:
    """Whether the last use that is written is so old that this one should be."""
    return found.used is None or now - found.used >= USE_KEPT


def used(connection: Connection, key: str, now: datetime) -> None:
    """Write the last use, unless another process just did."""
    before = credential.c.used.is_(None) | (credential.c.used <= micros(now - USE_KEPT))
    connection.execute(update(credential).where(credential.c.key == key, before).values(used=micros(now)))


def hashed(key: str, secret: str) -> str:
    """The secret has 256 random bits: one hash is enough, and costs microseconds where bcrypt costs the LRS its speed."""
    return sha256(f"{key}:{secret}".encode(errors="surrogatepass")).hexdigest()


def _check_iris(limits: Limits) -> None:
    for value in (*limits.verbs, *limits.activities):
        try:
            iri(value)
        except Wrong as wrong:
            raise ValueError(f"{value}: {wrong.reason}") from None


def _row(connection: Connection, key: str) -> Any:
    """With the columns as attributes; None: there is none."""
    if not _KEY.fullmatch(key):  # nor does a NUL from a header reach PostgreSQL
        return None
    wanted = _by_key(sql.is_sqlite(connection))
    found = wanted.rows(connection, {"key": key})
    return SimpleNamespace(**dict(zip(wanted.columns, found[0], strict=True))) if found else None


@lru_cache(2)
def _by_key(on_sqlite: bool) -> Ready:
    wanted = select(credential).where(credential.c.key == bindparam("key", None))
    return ready(wanted, on_sqlite=on_sqlite, by_keys=True)


def _credential(row: Any) -> Credential:
    return Credential(
        key=row.key,
        label=row.label,
        owner=row.owner,
        scopes=frozenset(row.scopes.split()),
        limits=_limits(row.limits),
        source=row.source,
        host_intake=bool(row.host_intake),
        authority=orjson.loads(row.authority),
        revoked=row.revoked is not None,
        created=from_micros(row.created),
        used=None if row.used is None else from_micros(row.used),
        expires=None if row.expires is None else from_micros(row.expires),
    )


def _limits(text: str | None) -> Limits:
    return Limits(**{name: tuple(values) for name, values in orjson.loads(text or "{}").items()})
