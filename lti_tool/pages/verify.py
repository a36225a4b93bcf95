"""Anyone's page: is the certificate with this number genuine, and does it still hold? Nothing else is told.

The number has 75 random bits, so that it cannot be found by trying; it is the only key to what is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from certificates import number as numbers
from certificates import register
from certificates.verify import Answer, Revoked, Shown, Unknown, look_up
from lti_tool.base.database import Database
from lti_tool.base.doors import Audience, declare
from lti_tool.base.errors import Problem
from lti_tool.base.texts import Texts
from lti_tool.pages.limits import Limiter

_NOT_FOUND = 404
_TOO_MANY = 429
_LONGEST = 64  # characters of a typed number: four times what one has


def create_blueprint(
    *,
    database: Database,
    clock: Callable[[], datetime],
    texts: Texts,
    limiter: Limiter | None = None,
) -> Blueprint:
    """`/verify` (a form for a typed number) and `/verify/<number>` (what the QR code opens)."""
    blueprint = Blueprint("verify", __name__)
    pages = _Pages(database, clock, texts, limiter or Limiter())
    blueprint.before_request(pages.enter)
    blueprint.after_request(_hide)
    blueprint.add_url_rule("/verify", "form", pages.form, strict_slashes=False)
    blueprint.add_url_rule("/verify/<number>", "shown", pages.shown)
    return declare(blueprint, Audience.ANYONE)


@dataclass(frozen=True, slots=True)
class _Pages:
    database: Database
    clock: Callable[[], datetime]
    texts: Texts
    limiter: Limiter

    def enter(self) -> None:
        """Choose the language and count the request. Raises a 429 problem for an address that asks too often."""
        wished = request.args.get("lang")
        g.language = (
            wished
            if wished in self.texts.languages
            else self.texts.choose(None, request.headers.get("Accept-Language"))
        )
        wait = self.limiter.wait(request.remote_addr or "", self.clock())
        if wait is not None:
            seconds = max(1, ceil(wait.total_seconds()))
            values, headers = {"seconds": seconds}, {"Retry-After": str(seconds)}
            raise Problem(_TOO_MANY, "VERIFY-01", "verify.too_many", values=values, headers=headers)

    def form(self) -> AnyResponse | str:
        """The form; with a typed number, the way to its page."""
        typed = request.args.get("number", "").strip()[:_LONGEST]
        if not typed:
            return render_template("verify/form.html", tongues=_tongues())
        known = numbers.parse(typed)
        if known is None:
            return self._unknown(typed, Unknown(mistyped=True))
        return redirect(url_for("verify.shown", number=known, lang=request.args.get("lang")), 303)

    def shown(self, number: str) -> AnyResponse | str:
        """The certificate's public part, or a 404 page; a number written otherwise leads to its own address."""
        typed = number[:_LONGEST]
        known = numbers.parse(typed)
        if known is not None and known != number:
            return redirect(url_for("verify.shown", number=known, lang=request.args.get("lang")), 308)
        answer = self._answer(typed)
        if isinstance(answer, Unknown):
            return self._unknown(typed, answer)
        return render_template(
            "verify/shown.html",
            shown=answer.shown,
            title=_title(answer.shown),
            revoked_on=answer.on if isinstance(answer, Revoked) else None,
            tongues=_tongues(),
        )

    def _answer(self, typed: str) -> Answer:
        with self.database.reading() as connection:
            return look_up(typed, lambda number: register.find(connection, number))

    def _unknown(self, typed: str, answer: Unknown) -> AnyResponse:
        page = render_template(
            "verify/unknown.html", typed=typed, mistyped=answer.mistyped, tongues=_tongues()
        )
        return make_response(page, _NOT_FOUND)


def _title(shown: Shown) -> str:
    """The programme's title in the page's language, else in its own."""
    title = shown.programme_title
    return title.beside if g.language == "en" and title.beside else title.main


def _tongues() -> list[tuple[str, str]]:
    """The page in the other language."""
    other = "vi" if g.language == "en" else "en"
    arguments: dict[str, Any] = {"number": request.args["number"]} if "number" in request.args else {}
    arguments |= request.view_args or {}
    return [(other, url_for(request.endpoint or "verify.form", lang=other, **arguments))]


def _hide(response: Response) -> Response:
    """A page about a person is for whoever holds the number: not for search engines, not for caches."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store"
    return response
