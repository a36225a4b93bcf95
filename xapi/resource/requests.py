"""What a request says, checked: its version, its body, its parameters."""

import re
from http import HTTPStatus
from typing import Any

from flask import request

from xapi import exact, formats
from xapi.errors import Refused, bad
from xapi.shape import Wrong
from xapi.statement import check

BODY_LIMIT = 32 * 1024 * 1024  # a thousand statements of Moodle are four megabytes
BATCH_LIMIT = 10_000
_ACCEPTED = re.compile(r"1\.0(\.\d+)?", re.ASCII)


def body() -> bytes:
    request.max_content_length = BODY_LIMIT
    return request.get_data(cache=False)


def json_body() -> Any:
    media = request.mimetype
    if media != "application/json":
        raise bad(f"application/json is wanted, not {media[:60] or 'nothing'}", field="Content-Type")
    try:
        return exact.loads(body())
    except ValueError as error:
        raise bad(f"JSON is wanted: {error}") from None


def statements(value: Any) -> list[dict[str, Any]]:
    """The statements of a POST, each valid: "If any Statement is rejected, the LRS MUST reject all" (part 3, 3.2)."""
    found = value if isinstance(value, list) else [value]
    if len(found) > BATCH_LIMIT:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {BATCH_LIMIT} statements are wanted in a request"
        )
    for index, statement in enumerate(found):
        try:
            check(statement)
        except Wrong as wrong:
            raise bad(wrong.reason, index=index, field=wrong.path) from None
    return found


def named(value: Any, named: str) -> dict[str, Any]:
    """The statement of a PUT: "the LRS MUST reject ... if the statementId and the id of the statement differ"."""
    if set(request.args) != {"statementId"}:
        raise bad("PUT takes the parameter statementId and no other", field="statementId")
    if not is_uuid(named):
        raise bad("a UUID is wanted", field="statementId")
    if not isinstance(value, dict):
        raise bad("one statement is wanted")
    (statement,) = statements({"id": named, **value})
    if statement["id"].lower() != named.lower():
        raise bad("differs from the parameter statementId", index=0, field="id")
    return statement


def is_uuid(text: str) -> bool:
    try:
        formats.uuid(text)
    except Wrong:
        return False
    return True


def speaks_our_version() -> None:
    """The standard: "The LRS MUST reject ... requests with a version header of anything but 1.0.x", and those without one (part 3, 3.3)."""
    sent = request.headers.get("X-Experience-API-Version", "")
    if not _ACCEPTED.fullmatch(sent):
        raise bad("a version of xAPI 1.0 is wanted, as 1.0.3", field="X-Experience-API-Version")
