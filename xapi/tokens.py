"""One-time credentials of a page in a browser, each bound to one actor, one registration and a list of verbs.

The idea is cmi5's: the page fetches its token once from an address it was launched with ("fetch URL", cmi5 8.2), so the token
stands in no page, address or log; whoever fetches second gets none. What a token writes has no source: it is never evidence.
"""

import base64
import binascii
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Connection, delete, select

from xapi import access, exact, identity, sql
from xapi.errors import Refused, bad
from xapi.formats import micros
from xapi.lrs import Sender
from xapi.scopes import Credential
from xapi.statement import VOIDED
from xapi.tables import token

LIFETIME = timedelta(hours=1)
BODY_LIMIT = 256 * 1024
BATCH_LIMIT = 50
_KEY = re.compile("t[0-9a-f]{31}")  # no credential's key begins so
# Ids of statements are derived from their content; the number itself means nothing and must never change.
_IDS = UUID("5c1f3b52-4f0e-4d0a-8c3e-2a9f6d7b1e40")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bound(Credential):
    """A token as a credential that may only write, and only this."""

    actor_key: str = ""
    registration: str = ""
    verbs: frozenset[str] = frozenset()

    def sender(self, *, confirm: bool = False) -> Sender:
        """Looked up for every request and no row among the credentials: there is nothing to confirm."""
        del confirm
        return Credential.sender(self)

    def admit(self, statements: list[Json]) -> list[Json]:
        """The statements with ids of the server's making. Raises `Refused` 403 for what the token is not bound to, 413 for too many.

        The ids follow from the content, which names actor, registration and moment: a page that sends again after a lost answer doubles
        nothing, even when its token has ended meanwhile and another one took its place. Without a moment of its own a statement is of
        now, and only a repetition under the same token is the same.
        """
        if len(statements) > BATCH_LIMIT:
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"a browser sends at most {BATCH_LIMIT} statements at once",
            )
        seen: Counter[str] = Counter()
        return [self._admitted(index, statement, seen) for index, statement in enumerate(statements)]

    def _admitted(self, index: int, statement: Json, seen: Counter[str]) -> Json:
        actor = statement["actor"]
        if "id" in statement:
            raise bad(
                "the server makes the ids of a browser's statements: leave it out", index=index, field="id"
            )
        if actor.get("objectType") == "Group" or identity.key(actor) != self.actor_key:
            raise _other("actor", index)
        if statement["verb"]["id"] not in self.verbs:
            raise _other("verb.id", index)
        if statement.get("context", {}).get("registration", "").lower() != self.registration:
            raise _other("context.registration", index)
        content = sha256(exact.canonical(statement)).hexdigest()
        seen[content] += 1  # equal statements of one request are events of their own
        told_under = "" if "timestamp" in statement else self.key
        return {**statement, "id": str(uuid5(_IDS, f"{told_under}|{content}|{seen[content]}"))}


def issue(
    connection: Connection,
    *,
    offer: str,
    actor: Mapping[str, Any],
    registration: str,
    verbs: Collection[str],
    authority: Mapping[str, Any],
    now: datetime,
) -> str | None:
    """The token, to stand after "Basic " or "Bearer " in a header; None when this offer was taken up before.

    `offer`: what the page may fetch with, once. Raises ValueError for a token that could void statements or speak for nobody.
    """
    actor_key = identity.key(dict(actor))
    if VOIDED in verbs or not verbs or actor_key is None:
        raise ValueError("a token is bound to one identified actor and to verbs that void nothing")
    key, secret = "t" + sha256(offer.encode()).hexdigest()[:31], secrets.token_urlsafe(32)
    row = {
        "key": key,
        "secret_hash": access.hashed(key, secret),
        "actor_key": actor_key,
        "registration": str(UUID(registration)),
        "verbs": orjson.dumps(sorted(verbs)).decode(),
        "authority": orjson.dumps(dict(authority)).decode(),
        "created": micros(now),
        "expires": micros(now + LIFETIME),
    }
    made = connection.execute(sql.insert(connection, token).values(row).on_conflict_do_nothing())
    return base64.b64encode(f"{key}:{secret}".encode()).decode() if made.rowcount == 1 else None


def read(sent: str) -> tuple[str, str] | None:
    """Key and secret of a Bearer token; None for what is none of ours."""
    try:
        key, _, secret = base64.b64decode(sent, validate=True).decode("ascii").partition(":")
    except (ValueError, binascii.Error):
        return None
    return (key, secret) if is_token(key) else None


def is_token(key: str) -> bool:
    return _KEY.fullmatch(key) is not None


def authenticate(connection: Connection, key: str, secret: str, now: datetime) -> Bound | None:
    """The token of this key and secret, while it lasts."""
    row = connection.execute(select(token).where(token.c.key == key)).one_or_none()
    good = hmac.compare_digest(access.hashed(key, secret), row.secret_hash if row else "0" * 64)
    if row is None or not good or row.expires <= micros(now):
        return None
    return Bound(
        key=row.key,
        label="practice",
        scopes=frozenset({"statements/write"}),
        source=None,
        host_intake=False,
        authority=orjson.loads(row.authority),
        actor_key=row.actor_key,
        registration=row.registration,
        verbs=frozenset(orjson.loads(row.verbs)),
    )


def clean(connection: Connection, now: datetime, *, limit: int = 500) -> int:
    """Forget tokens that have ended; gives how many.

    Only a day later: the offer they were fetched with must have ended before, or it could be taken up again.
    """
    ended = (
        select(token.c.key)
        .where(token.c.expires <= micros(now - timedelta(days=1)))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(token).where(token.c.key.in_(ended))).rowcount


def _other(field: str, index: int) -> Refused:
    return Refused(
        HTTPStatus.FORBIDDEN,
        "this token is bound to one actor, one registration and a list of verbs, and this is another",
        index=index,
        field=field,
    )
