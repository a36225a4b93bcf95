"""What is answered: JSON, and errors as RFC 9457 has them."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from xapi import exact
from xapi.errors import Refused

RETRY_SECONDS = 5
_DRAINED = 32 * 1024 * 1024
_PIECE = 64 * 1024


def json(body: bytes) -> Response:
    return Response(body, mimetype="application/json")


def refused(error: Refused) -> Response:
    """RFC 9457, with the place in the batch, the fate of the others and the field as members of their own."""
    found: dict[str, Any] = {
        "title": error.status.phrase,
        "status": int(error.status),
        "detail": error.detail,
    }
    _drain()
    if error.index is not None:
        # "If any Statement is rejected, the LRS MUST reject all": whoever reads of one is told what became of its neighbours.
        found |= {"index": error.index, "stored": 0}
    if error.field is not None:
        found["field"] = error.field
    response = _problem(found)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return response


def _drain() -> None:
    """Read what is left of the body and forget it: many clients look at no answer before they have sent everything."""
    request.max_content_length = _DRAINED
    with suppress(HTTPException, OSError):
        while request.stream.read(_PIECE):
            pass


def http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    response = _problem({"title": status.phrase, "status": int(status), "detail": error.description or ""})
    response.headers.extend(
        (name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"}
    )
    return response


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
