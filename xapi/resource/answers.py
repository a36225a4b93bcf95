"""What is answered: statements, pages, and errors as RFC 9457 has them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from xapi import exact, rendering
from xapi.errors import Refused, missing
from xapi.formats import from_micros
from xapi.lrs import Found, Page
from xapi.query import Query

VERSION = "1.0.3"
RETRY_SECONDS = 5


def single(found: Found | None, asked: Query, languages: Sequence[str]) -> Response:
    if found is None:
        raise missing("no such statement")
    response = json(rendering.render(found.payload, asked.format, languages))
    response.headers["Last-Modified"] = http_date(from_micros(found.stored))
    return response


def page(found: Page, asked: Query, languages: Sequence[str]) -> Response:
    shown = b",".join(rendering.render(payload, asked.format, languages) for payload in found.payloads)
    more = f"{request.path}?more={found.more}" if found.more else ""
    return json(b'{"statements":[%s],"more":%s}' % (shown, exact.dumps(more)))


def json(body: bytes) -> Response:
    return Response(body, mimetype="application/json")


def with_version(response: Response) -> Response:
    response.headers["X-Experience-API-Version"] = VERSION
    return response


def refused(error: Refused) -> Response:
    """RFC 9457, with the place in the batch and the field as members of their own."""
    found: dict[str, Any] = {
        "title": error.status.phrase,
        "status": int(error.status),
        "detail": error.detail,
    }
    if error.index is not None:
        found["index"] = error.index
    if error.field is not None:
        found["field"] = error.field
    response = _problem(found)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return response


def http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    return _problem({"title": status.phrase, "status": int(status), "detail": error.description or ""})


def no_database(_error: Exception) -> Response:
    """Nothing was acknowledged and nothing is half there: the sender may come again."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    response = _problem(
        {"title": status.phrase, "status": int(status), "detail": "the store cannot be written or read now"}
    )
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _problem(found: dict[str, Any]) -> Response:
    body = exact.dumps({"type": "about:blank", **found})
    return Response(body, status=found["status"], mimetype="application/problem+json")
