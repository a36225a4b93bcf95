"""The console's only door: session, right, CSRF and headers in one place, so that no section can forget one."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.base import audit
from lti_tool.base.errors import Problem
from lti_tool.pages.console.moments import LocalZone, written
from lti_tool.pages.console.workbench import Workbench
from lti_tool.people import staff, staff_sessions
from lti_tool.people.staff import Right, Staff

# Browsers refuse a `__Host-` cookie that is not Secure, host-only and for the whole path (RFC 6265bis, 4.1.3.2). Chromium
# keeps it on http://127.0.0.1 too (seen with 156), so the practice run needs no second name.
COOKIE = "__Host-dh_console"
LANGUAGE_COOKIE = "dh_console_lang"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a signed-in person."""

    bench: Workbench
    person: Staff
    now: datetime

    @property
    def who(self) -> str:
        """The person as the audit log names them."""
        return f"staff:{self.person.id}"

    def record(self, connection: Connection, act: str, subject: str, **details: Any) -> None:
        """One line of the audit log, in the transaction of the act."""
        audit.record(connection, who=self.who, act=act, subject=subject, details=details, at=self.now)


Page = str | AnyResponse

# The way through the console, in the order of daily work.
MENU = (
    (Right.HOME, "home_show"),
    (Right.LEARNERS, "learners_show"),
    (Right.QUESTIONS, "questions_show"),
    (Right.CERTIFICATES, "certificates_show"),
    (Right.IDENTITY, "identity_show"),
    (Right.PLATFORMS, "platforms_show"),
    (Right.CREDENTIALS, "credentials_show"),
    (Right.PROGRAMMES, "programmes_show"),
    (Right.STATEMENTS, "statements_show"),
    (Right.QUARANTINE, "quarantine_show"),
    (Right.JOBS, "jobs_show"),
)
# What an act may come back with that was not done: told as a fault, not in the green of what succeeded.
UNDONE = frozenset(
    {"platform_kept", "still_bad", "join_gone", "reason_missing", "certificate_issued", "name_refused"}
)
View = Callable[..., Page]


class Door:
    """Adds guarded pages and acts to the console's blueprint."""

    def __init__(self, blueprint: Blueprint, bench: Workbench) -> None:
        self.blueprint = blueprint
        self.bench = bench
        self._zone = LocalZone(bench.database)
        self.rights: dict[str, Right] = {}  # endpoint → right; a test compares it with the URL map
        blueprint.before_request(self._language)
        blueprint.after_request(_seal)

    def page(self, path: str, right: Right, view: View) -> None:
        """A page to look at (GET)."""
        self._add(path, right, view, "GET", self._visit)

    def act(self, path: str, right: Right, view: View) -> None:
        """Something to do (POST, with CSRF token)."""
        self._add(path, right, view, "POST", self._act)

    def csrf(self) -> str:
        """The token of this browser's forms."""
        return token_of(self.bench.secret, request.cookies.get(COOKIE, "") or g.get("console_fresh", ""))

    def check_csrf(self) -> None:
        """Refuse a POST that another site could have sent."""
        foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
        if foreign or not hmac.compare_digest(self.csrf().encode(), request.form.get("csrf", "").encode()):
            raise Problem(403, "CON-03", "console.error.csrf", detail="CSRF token wrong or missing")

    def _add(
        self, path: str, right: Right, view: View, method: str, enter: Callable[[View, Right, Any], Page]
    ) -> None:
        name = f"{view.__module__.rsplit('.', 1)[-1]}_{view.__name__}"
        self.rights[f"{self.blueprint.name}.{name}"] = right
        self.blueprint.add_url_rule(path, name, lambda **values: enter(view, right, values), methods=[method])

    def _act(self, view: View, right: Right, values: Mapping[str, Any]) -> Page:
        self.check_csrf()
        return self._visit(view, right, values)

    def _visit(self, view: View, right: Right, values: Mapping[str, Any]) -> Page:
        now = self.bench.clock()
        person = staff_sessions.of_session(self.bench.database, request.cookies.get(COOKIE, ""), now)
        if person is None:
            return redirect(url_for("console.sign_in"), 303)
        if not person.may(right):
            raise Problem(403, "CON-01", "console.error.right", detail=f"role {person.role} lacks {right}")
        g.console_person, g.console_csrf, g.console_zone = person, self.csrf(), self._zone.of(now)
        g.console_section = right
        return view(Visit(self.bench, person, now), **values)

    def _language(self) -> None:
        g.console_texts = self.bench.texts
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        texts = self.bench.texts
        g.language = (
            chosen
            if chosen in texts.languages
            else texts.choose(None, request.headers.get("Accept-Language"))
        )


def token_of(secret: bytes, cookie: str) -> str:
    """The CSRF token that belongs to a cookie: nobody without the secret can make it, no table is needed."""
    return hmac.new(secret, f"console csrf|{cookie}".encode(), hashlib.sha256).hexdigest()


def set_cookie(response: AnyResponse, token: str) -> None:
    """Give the browser its session; it ends with the browser, the server ends it sooner."""
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Lax", path="/")


def fresh_cookie() -> str:
    """A value for a browser that has none yet, so that the sign-in form too has a CSRF token."""
    return staff.make_token()


def page(template: str, **values: Any) -> Response:
    """A page of the console. `done` names what was just done; only what the catalogue knows is shown."""
    done_key = values.pop("done", None)
    zone = g.get("console_zone", UTC)
    text = render_template(
        f"console/{template}",
        person=g.get("console_person"),
        csrf=g.get("console_csrf", ""),
        Right=Right,
        sections=MENU,
        section=g.get("console_section"),
        undone=UNDONE,
        done=done_key if done_key and g.console_texts.has(f"console.done.{done_key}") else None,
        local=lambda at: written(at, zone),
        **values,
    )
    return make_response(text)


def done(endpoint: str, what: str, **values: Any) -> AnyResponse:
    """Back to a page after an act (Post/Redirect/Get), which says what was done."""
    return redirect(url_for(f"console.{endpoint}", done=what, **values), 303)


def _seal(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response
