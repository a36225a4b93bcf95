"""What surrounds every request: its id, language, log line and headers, and the one place that turns problems into answers."""

import itertools
import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, render_template, request
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from lti_tool.base.errors import Problem
from lti_tool.base.logs import request_id
from lti_tool.base.texts import Texts
from lti_tool.pages.row_ids import RowId

_log = logging.getLogger(__name__)
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_RETRY_SECONDS = "5"
_SERVER_SIDE = 500
_WORDED = frozenset({400, 403, 404, 405, 413, 415, 429})  # statuses with words of their own

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # A blueprint whose pages may be framed says so itself; nobody else's may.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


def surround(app: Flask, *, texts: Texts, secure: bool) -> None:
    """Attach all of it to the application. `secure`: the tool is reached by https, so browsers are told to stay with it."""
    app.url_map.converters["int"] = RowId
    app.before_request(_begin(texts))
    app.after_request(_finish(secure=secure))
    app.context_processor(_words(texts))
    app.register_error_handler(Problem, lambda problem: _answer(texts, problem))
    app.register_error_handler(HTTPException, lambda error: _answer(texts, _of_http(error)))
    for unavailable in (OperationalError, PoolTimeoutError):
        app.register_error_handler(unavailable, lambda error: _answer(texts, _of_database(error)))
    app.register_error_handler(DataError, lambda error: _answer(texts, _of_value(error)))
    app.register_error_handler(Exception, lambda error: _answer(texts, _of_bug(error)))


def _begin(texts: Texts) -> Callable[[], None]:
    ours, numbers = secrets.token_hex(4), itertools.count()

    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _GIVEN_ID.fullmatch(given) else f"{ours}{next(numbers):08x}"
        request_id.set(g.request_id)
        g.started = time.perf_counter()
        g.language = texts.choose(None, request.headers.get("Accept-Language"))

    return begin


def _finish(*, secure: bool) -> Callable[[Response], Response]:
    added = {**HEADERS, "Strict-Transport-Security": "max-age=31536000"} if secure else HEADERS

    def finish(response: Response) -> Response:
        there = {name for name, _ in response.headers}
        response.headers.extend((name, value) for name, value in added.items() if name not in there)
        response.headers["X-Request-Id"] = g.get("request_id", "-")
        level = _level(response)
        if _log.isEnabledFor(level):
            _log.log(level, "request", extra={"fields": _line(response)})
        return response

    return finish


def _level(response: Response) -> int:
    """What the record store took as it should is counted (`/metrics`): a line for each statement would bury the others."""
    taken = request.method in {"POST", "PUT"} and response.status_code < HTTPStatus.BAD_REQUEST
    return logging.DEBUG if taken and request.path.startswith("/xapi/") else logging.INFO


def _line(response: Response) -> dict[str, Any]:
    # The rule, not the path: a path may hold a launch's id. No query string: a platform's may hold a person's id.
    took = time.perf_counter() - g.get("started", time.perf_counter())
    rule = request.url_rule.rule if request.url_rule else "-"
    return {
        "method": request.method,
        "rule": rule,
        "status": response.status_code,
        "ms": round(took * 1000, 1),
    }


def _words(texts: Texts) -> Callable[[], dict[str, Any]]:
    def words() -> dict[str, Any]:
        language = g.get("language", texts.languages[0])
        return {
            "lang": language,
            "t": lambda key, **values: texts.t(language, key, **values),
            "tn": lambda key, n, **values: texts.tn(language, key, n, **values),
        }

    return words


def _answer(texts: Texts, problem: Problem) -> Response:
    if problem.detail:
        _log.warning(
            "problem",
            extra={"fields": {"code": problem.code, "status": problem.status, "detail": problem.detail}},
        )
    response = _as_json(texts, problem) if _wants_json() else _as_page(texts, problem)
    response.headers.extend(problem.headers)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _wants_json() -> bool:
    if request.path.startswith("/xapi"):
        return True
    accepted = request.accept_mimetypes
    return (
        accepted.best_match(["text/html", "application/json", "application/problem+json"], "text/html")
        != "text/html"
    )


def _as_json(texts: Texts, problem: Problem) -> Response:
    """Problem details, RFC 9457 section 3.1. English: they are read by programs and their authors."""
    body = {
        "type": "about:blank",
        "title": texts.t("en", problem.title_key, **problem.values),
        "status": problem.status,
        "code": problem.code,
        "instance": f"urn:request:{g.get('request_id', '-')}",
    }
    return Response(
        json.dumps(body, ensure_ascii=False), problem.status, content_type="application/problem+json"
    )


def _as_page(texts: Texts, problem: Problem) -> Response:
    language = g.get("language", texts.languages[0])
    help_key = f"{problem.title_key}.help"
    page = render_template(
        "error.html",
        code=problem.code,
        status=problem.status,
        title=texts.t(language, problem.title_key, **problem.values),
        help=texts.t(language, help_key, **problem.values) if texts.has(help_key) else "",
        request_id=g.get("request_id", "-"),
    )
    return Response(page, problem.status, content_type="text/html; charset=utf-8")


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    key = (
        "errors.unavailable"
        if status == HTTPStatus.SERVICE_UNAVAILABLE
        else (
            f"errors.http.{status if status in _WORDED else 'other'}"
            if status < _SERVER_SIDE
            else "errors.unexpected"
        )
    )
    headers = {
        name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "Location"}
    }
    return Problem(status, f"HTTP-{status}", key, headers=headers)


def _of_database(error: DBAPIError | PoolTimeoutError) -> Problem:
    # Nothing was acknowledged: the caller keeps what it sent and comes again.
    _log.error("the database does not answer", exc_info=error)
    return Problem(503, "DB-01", "errors.unavailable", headers={"Retry-After": _RETRY_SECONDS})


def _of_value(error: DataError) -> Problem:
    # A value the database cannot hold, such as a NUL in a text for PostgreSQL: no form or address of ours makes one.
    _log.warning("a value the database cannot hold", exc_info=error)
    return Problem(400, "HTTP-400", "errors.http.400")


def _of_bug(error: Exception) -> Problem:
    _log.error("unexpected", exc_info=error)
    return Problem(500, "BUG-01", "errors.unexpected")
