"""Signing in and out, the one-time link that sets a password, and the language switch."""

from flask import abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.base import audit
from lti_tool.base.errors import Problem
from lti_tool.pages.console.door import COOKIE, LANGUAGE_COOKIE, Door, Page, fresh_cookie, page, set_cookie
from lti_tool.pages.limits import subscriber
from lti_tool.people import staff, staff_sessions
from lti_tool.people.staff import StaffError
from lti_tool.people.staff_sessions import Refused, SignIn

PUBLIC = frozenset({"sign_in", "sign_in_now", "sign_out", "link", "link_used", "language"})


def register(door: Door) -> None:
    """The few doors that open without a session."""
    views = _Entrance(door)
    for path, name, method in (
        ("/sign-in", "sign_in", "GET"),
        ("/sign-in", "sign_in_now", "POST"),
        ("/sign-out", "sign_out", "POST"),
        ("/link/<token>", "link", "GET"),
        ("/link/<token>", "link_used", "POST"),
        ("/language/<language>", "language", "GET"),
    ):
        door.blueprint.add_url_rule(path, name, getattr(views, name), methods=[method])


class _Entrance:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._bench = door.bench

    def sign_in(self) -> Page:
        """The form. The first visit gets a cookie at once, so that the form has a token to carry."""
        return self._form("sign_in.html")

    def sign_in_now(self) -> Page:
        """One try."""
        self._door.check_csrf()
        form = SignIn(
            request.form.get("login", ""),
            request.form.get("password", ""),
            subscriber(request.remote_addr or ""),
        )
        now = self._bench.clock()
        answer = self._bench.gate.enter(form, now)
        if isinstance(answer, Refused):
            status = 429 if answer.throttled else 401
            return self._form("sign_in.html", status, error="throttled" if answer.throttled else "sign_in")
        return self._in(answer.token)

    def sign_out(self) -> Page:
        """End the session on the server, not only in the browser."""
        self._door.check_csrf()
        with self._bench.database.transaction() as connection:
            staff_sessions.close_session(connection, request.cookies.get(COOKIE, ""))
        response = redirect(url_for("console.sign_in"), 303)
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax", path="/")
        return response

    def link(self, token: str) -> Page:
        """The form to choose a password. Looking uses nothing up."""
        return self._form("link.html", login=self._owner(token).login, shortest=staff.SHORTEST_PASSWORD)

    def link_used(self, token: str) -> Page:
        """Set the password; the person is signed in."""
        self._door.check_csrf()
        owner = self._owner(token)
        try:
            kept = self._chosen(request.form.get("password", ""), request.form.get("again", ""))
        except StaffError as error:
            return self._form(
                "link.html", 422, login=owner.login, shortest=staff.SHORTEST_PASSWORD, error=error.code
            )
        return self._in(self._redeem(token, kept))

    def language(self, language: str) -> Page:
        """Keep the wanted language in this browser."""
        if language not in self._bench.texts.languages:
            abort(404)
        response = redirect(url_for("console.home_show"), 303)
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=31_536_000,
            secure=True,
            httponly=True,
            samesite="Lax",
            path="/console",
        )
        return response

    def _chosen(self, first: str, second: str) -> str:
        if first != second:
            raise StaffError("password_differs")
        return self._bench.gate.hash(first)

    def _redeem(self, token: str, kept: str) -> str:
        now = self._bench.clock()
        try:
            with self._bench.database.transaction() as connection:
                person = staff.use_link(connection, token, kept, now=now)
                who = f"staff:{person.id}"
                audit.record(connection, who=who, act="staff.password", subject=who, details={}, at=now)
                return staff_sessions.open_session(connection, person, now)
        except StaffError as error:
            raise _dead_link() from error

    def _owner(self, token: str) -> staff.Staff:
        with self._bench.database.reading() as connection:
            person = staff.of_link(connection, token, now=self._bench.clock())
        if person is None:
            raise _dead_link()
        return person

    def _form(self, template: str, status: int = 200, **values: object) -> Response:
        fresh = "" if request.cookies.get(COOKIE) else fresh_cookie()
        g.console_fresh = fresh
        g.console_csrf = self._door.csrf()
        response = page(template, **values)
        response.status_code = status
        if fresh:
            set_cookie(response, fresh)
        return response

    def _in(self, token: str) -> Response:
        response = redirect(url_for("console.home_show"), 303)
        set_cookie(
            response, token
        )  # a new value: a cookie planted before the sign-in is worth nothing after it
        return response


def _dead_link() -> Problem:
    return Problem(410, "CON-04", "console.error.link", detail="one-time link used, replaced or expired")
