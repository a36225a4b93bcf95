"""Who has launched in this browser: a cookie names the browser, the page's path holds a launch id bound to it.

Two tabs, two platforms and a shared computer keep apart: the cookie alone opens nothing, and a launch id from a history or
a photographed address opens nothing in another browser.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection, RowMapping, delete, select, update

from lti_tool.base import session_tables
from lti_tool.base.clock import Clock
from lti_tool.base.errors import Problem

COOKIE = "dh"
LIFETIME = timedelta(hours=12)

_BROWSER = re.compile(r"[A-Za-z0-9_-]{22}")
_LAUNCH_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Opening:
    """What is kept of a valid launch. `view`: "learner", "teacher" or "placing"; `frame_ancestors`: origins that may frame it."""

    learner_id: str | None
    platform_id: int
    issuer: str
    sub: str
    view: str
    language: str
    context_id: str | None = None
    context_title: str | None = None
    link_id: str | None = None
    lineitem: str | None = None
    return_url: str | None = None
    frame_ancestors: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaunchSession:
    """An open launch, as its pages see it."""

    id: str
    learner_id: str | None
    platform_id: int
    issuer: str
    sub: str
    view: str
    language: str
    context_id: str | None
    context_title: str | None
    link_id: str | None
    lineitem: str | None
    return_url: str | None
    frame_ancestors: tuple[str, ...]
    extra: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime


def new_browser() -> str:
    """A fresh browser id: 128 random bits in 22 characters."""
    return secrets.token_urlsafe(16)


def fingerprint(browser: str) -> str:
    """What is stored of a browser id: the table opens no session even to its reader."""
    return hashlib.sha256(browser.encode()).hexdigest()


def open_(connection: Connection, opening: Opening, browser: str, now: datetime) -> str:
    """Open a launch in a browser; gives its id.

    A platform has one person signed in per browser. When another one launches, the sessions of the one before end: the next
    person at a shared computer cannot walk back into them.
    """
    table = session_tables.launch
    connection.execute(
        update(table)
        .where(table.c.browser_hash == fingerprint(browser), table.c.issuer == opening.issuer)
        .where(table.c.sub != opening.sub, table.c.expires_at > now)
        .values(expires_at=now)
    )
    launch_id = secrets.token_urlsafe(16)
    connection.execute(table.insert().values(id=launch_id, **_row(opening, browser, now)))
    return launch_id


def find(connection: Connection, launch_id: str, browser: str | None, now: datetime) -> LaunchSession | None:
    """The launch, if it is open in this very browser."""
    if not browser or not _LAUNCH_ID.fullmatch(launch_id):
        return None
    table = session_tables.launch
    row = (
        connection.execute(
            select(table).where(
                table.c.id == launch_id,
                table.c.browser_hash == fingerprint(browser),
                table.c.expires_at > now,
            )
        )
        .mappings()
        .first()
    )
    return _session(row) if row else None


def end_all(connection: Connection, platform_id: int) -> int:
    """End every open launch of a platform that lost its rights; gives how many rows that were."""
    table = session_tables.launch
    mine = update(table).where(table.c.platform_id == platform_id, table.c.expires_at > table.c.created_at)
    return connection.execute(mine.values(expires_at=table.c.created_at)).rowcount


def end_login(connection: Connection, issuer: str, sub: str) -> int:
    """End every open launch of one login, which may be another learner's from now on; gives how many rows that were."""
    table = session_tables.launch
    mine = (table.c.issuer == issuer) & (table.c.sub == sub) & (table.c.expires_at > table.c.created_at)
    return connection.execute(update(table).where(mine).values(expires_at=table.c.created_at)).rowcount


def clean(connection: Connection, now: datetime, *, limit: int = 500) -> int:
    """Forget launches that ended; gives how many. Rows another process is deleting are left to it."""
    table = session_tables.launch
    ended = select(table.c.id).where(table.c.expires_at <= now).limit(limit).with_for_update(skip_locked=True)
    return connection.execute(delete(table).where(table.c.id.in_(ended))).rowcount


def content_security_policy(frame_ancestors: tuple[str, ...], form_action: tuple[str, ...] = ()) -> str:
    """The strict policy of a page that may be framed by these origins and posts forms to these (and to us)."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            " ".join(("form-action 'self'", *form_action)),
            " ".join(("frame-ancestors 'self'", *frame_ancestors)),
        )
    )


class Sessions:
    """The launches of one application. `secret`: from which the tokens against forged posts are derived."""

    def __init__(
        self, *, reading: Callable[[], AbstractContextManager[Connection]], clock: Clock, secret: bytes
    ) -> None:
        self._reading = reading
        self._clock = clock
        self._secret = hmac.digest(secret, b"donghanh launch csrf", "sha256")

    def browser(self) -> str | None:
        """The id of the browser that asks, or None when its cookie is absent or was not made by us."""
        value = request.cookies.get(COOKIE, "")
        return value if _BROWSER.fullmatch(value) else None

    def remember(self, response: Response, browser: str) -> None:
        """Give a browser its id.

        Partitioned (CHIPS) is what works in a cross-site iframe of a browser without third-party cookies; a partitioned
        cookie must be Secure, and browsers take Secure cookies from a loopback address too. No Max-Age: it ends with the
        browser, as it should on a shared computer.
        """
        response.set_cookie(
            COOKIE, browser, path="/", secure=True, httponly=True, samesite="None", partitioned=True
        )

    def enter(self, launch_id: str) -> LaunchSession:
        """The launch of the page being asked; a POST must carry its token as `csrf` field or `X-CSRF-Token` header.

        Raises Problem 403 where this browser has no such launch or the token is not the launch's.
        """
        with self._reading() as connection:
            session = find(connection, launch_id, self.browser(), self._clock())
        if session is None:
            raise Problem(
                403, "LTI-20", "lti.session.gone", detail="no open launch of this id in this browser"
            )
        if request.method not in _SAFE and not self._token_fits(launch_id):
            raise Problem(
                403, "LTI-21", "lti.session.forged", detail="the launch's form token is missing or wrong"
            )
        g.launch = session
        g.language = session.language
        return session

    def token(self, launch_id: str) -> str:
        """The token every form of this launch's pages carries in its field `csrf`."""
        return hmac.new(self._secret, launch_id.encode(), "sha256").hexdigest()[:43]

    def _token_fits(self, launch_id: str) -> bool:
        given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
        return hmac.compare_digest(given.encode(), self.token(launch_id).encode())

    def guard(self, blueprint: Blueprint) -> None:
        """Give every page of a blueprint the headers of its launch, unless the view has set its own."""

        @blueprint.after_request
        def headers(response: Response) -> Response:
            session: LaunchSession | None = g.get("launch")
            # Without a launch there is only the page that says so: it must show inside whatever platform frames it, and
            # holds nothing that could be clicked by mistake.
            ancestors = session.frame_ancestors if session else ("*",)
            response.headers.setdefault("Content-Security-Policy", content_security_policy(ancestors))
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("Referrer-Policy", "no-referrer")
            return response


def _row(opening: Opening, browser: str, now: datetime) -> dict[str, Any]:
    return {
        "browser_hash": fingerprint(browser),
        "learner_id": opening.learner_id,
        "platform_id": opening.platform_id,
        "issuer": opening.issuer,
        "sub": opening.sub,
        "view": opening.view,
        "context_id": opening.context_id,
        "context_title": opening.context_title,
        "link_id": opening.link_id,
        "lineitem": opening.lineitem,
        "language": opening.language,
        "return_url": opening.return_url,
        "frame_ancestors": " ".join(opening.frame_ancestors),
        "extra": json.dumps(dict(opening.extra), ensure_ascii=False),
        "created_at": now,
        "expires_at": now + LIFETIME,
    }


def _session(row: RowMapping) -> LaunchSession:
    same = {
        name: row[name]
        for name in LaunchSession.__dataclass_fields__
        if name not in {"frame_ancestors", "extra"}
    }
    return LaunchSession(
        **same, frame_ancestors=tuple(row["frame_ancestors"].split()), extra=json.loads(row["extra"])
    )
