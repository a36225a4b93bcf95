"""Sessions, the token against forged forms, languages and headers of the practice LMS's own pages."""

import hmac
import secrets
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, abort, render_template, request, session
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.simulator.config import is_loopback
from lti_tool.simulator.face import Face
from lti_tool.simulator.people import Person

COOKIE: Final = "practice_lms"
_CSP: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self';"
    " frame-src 'self' http://127.0.0.1:* http://localhost:* https:"
)


def t(vietnamese: str, english: str) -> str:
    """The text in the language of this browser: Vietnamese unless English was chosen."""
    return english if session.get("language") == "en" else vietnamese


def csrf() -> str:
    """This browser's form token."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(16)
    return str(session["csrf"])


def check_csrf() -> None:
    """Refuse a form that this browser did not get from us."""
    if not hmac.compare_digest(request.form.get("csrf", ""), str(session.get("csrf", "-"))):
        abort(400, "csrf")


def browser() -> str:
    """An opaque name for this browser's session (Moodle keeps launch ids in the session)."""
    if "browser" not in session:
        session["browser"] = secrets.token_hex(8)
    return str(session["browser"])


def person(face: Face) -> Person | None:
    """Who is signed in at this face in this browser."""
    return face.people.find(session.get(face.key))


def sesskey() -> str:
    return browser()[:10]


def is_phone() -> bool:
    """Moodle decides by the browser's name; `phone` in the address lets a desktop practise it."""
    wanted = request.args.get("phone")
    return wanted == "1" if wanted else "Mobi" in request.headers.get("User-Agent", "")


def install(app: Flask) -> None:
    """Cookie settings, the loopback guard and the headers, for the whole application."""
    app.config.update(SESSION_COOKIE_NAME=COOKIE, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True)
    app.jinja_env.globals.update(t=t, csrf=csrf, person_of=person)
    app.before_request(_loopback_only)
    app.after_request(_headers)
    for status in (403, 404):
        app.register_error_handler(status, _refused)


def _loopback_only() -> None:
    # A page of another site may point a name of its own at 127.0.0.1 (DNS rebinding); there is no password here.
    if not is_loopback(f"//{request.host}"):
        abort(403, "loopback only")


def _refused(error: HTTPException) -> AnyResponse:
    # A browser gets a page; a tool calling an endpoint keeps the plain answer.
    if "text/html" not in request.headers.get("Accept", ""):
        return error.get_response()
    message = (
        t("Không có trang này.", "There is no such page.")
        if error.code == HTTPStatus.NOT_FOUND
        else t("Bạn không vào được trang này.", "This page is not open to you.")
    )
    return Response(render_template("practice/error.html", message=message, way_back=True), error.code)


def _headers(response: Response) -> Any:
    response.headers.setdefault("Content-Security-Policy", _CSP)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
