"""What a request says, checked: its version, its body, its parameters."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from flask import request

from xapi import attachments, exact, formats, multipart, versions
from xapi.attachments import NO_CONTENTS, Contents
from xapi.errors import Refused, bad
from xapi.shape import Wrong
from xapi.signatures import RsaCheck, Signatures
from xapi.statement import check
from xapi.versions import Version

BODY_LIMIT = 32 * 1024 * 1024  # a thousand statements of Moodle are four megabytes
BATCH_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Sent:
    """A body read: the JSON value, and what came with it."""

    value: Any
    contents: Contents


def body() -> bytes:
    """The whole body. Raises `Refused` 400 for one that broke off: the server hands over what came, as if that were all of it."""
    request.max_content_length = BODY_LIMIT
    came = request.get_data(cache=False)
    said = request.content_length
    if said is not None and len(came) != said:
        raise bad(f"{said} bytes were announced and {len(came)} came", field="Content-Length")
    return came


def sent() -> Sent:
    """The body as application/json or multipart/mixed: "An LRS MUST reject with 400 ... a Request which uses Attachments" and is neither."""
    raw, media = body(), request.mimetype
    if media not in {"application/json", "multipart/mixed"}:
        raise bad(
            f"application/json or multipart/mixed is wanted, not {media[:60] or 'nothing'}",
            field="Content-Type",
        )
    contents = NO_CONTENTS
    if media == "multipart/mixed":
        try:
            raw, contents = multipart.read(raw, request.mimetype_params.get("boundary", ""))
        except Wrong as wrong:
            raise bad(wrong.reason, field=wrong.path or "Content-Type") from None
    try:
        return Sent(exact.loads(raw), contents)
    except ValueError as error:
        raise bad(f"JSON is wanted: {error}") from None


def statements(came: Sent, version: Version, rsa: RsaCheck) -> list[dict[str, Any]]:
    """The statements of a POST, each valid: "If any Statement is rejected, the LRS MUST reject all" (part 3, 3.2)."""
    found = came.value if isinstance(came.value, list) else [came.value]
    if len(found) > BATCH_LIMIT:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {BATCH_LIMIT} statements are wanted in a request"
        )
    signatures = Signatures(came.contents, version, rsa)
    for index, statement in enumerate(found):
        try:
            check(statement, version=version, contents=came.contents)
            signatures.verify(statement)
        except Wrong as wrong:
            raise bad(wrong.reason, index=index, field=wrong.path) from None
    if came.contents and not attachments.named(found) >= came.contents.keys():
        raise bad("a part whose X-Experience-API-Hash no statement names is no attachment")
    return [versions.accepted(statement, version) for statement in found]


def named(came: Sent, named: str, version: Version, rsa: RsaCheck) -> dict[str, Any]:
    """The statement of a PUT: "the LRS MUST reject ... if the statementId and the id of the statement differ"."""
    if set(request.args) != {"statementId"}:
        raise bad("PUT takes the parameter statementId and no other", field="statementId")
    if not is_uuid(named):
        raise bad("a UUID is wanted", field="statementId")
    if not isinstance(came.value, dict):
        raise bad("one statement is wanted")
    (statement,) = statements(replace(came, value={"id": named, **came.value}), version, rsa)
    if statement["id"].lower() != named.lower():
        raise bad("differs from the parameter statementId", index=0, field="id")
    return statement


def is_uuid(text: str) -> bool:
    try:
        formats.uuid(text)
    except Wrong:
        return False
    return True


def speaks_our_version() -> Version:
    """What the request speaks. Raises `Refused` 400.

    "The LRS MUST reject ... requests with a version header of anything but 1.0.x", and those without one (part 3, 3.3); 2.0 has
    a header of its own.
    """
    found = versions.spoken(request.headers.get("X-Experience-API-Version", ""))
    if found is None:
        wanted = " or ".join(versions.SUPPORTED)
        raise bad(
            f"a version of xAPI that is spoken here is wanted: {wanted}", field="X-Experience-API-Version"
        )
    return found
