"""Bodies of several parts: multipart/mixed as xAPI uses it (RFC 2046; part 3, 1.5.2; 2.0, 4.1.3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xapi import attachments
from xapi.attachments import Contents
from xapi.shape import Wrong

_LONGEST_BOUNDARY = 70
_FIRST_LINE = re.compile(rb"(?:\r\n)?--([\x21-\x7e]{1,70})[ \t]*\r\n")
_MOST_HEADERS = 8192  # bytes
_MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """`headers`: names in lower case."""

    headers: dict[str, str]
    content: bytes


def read(body: bytes, boundary: str) -> tuple[bytes, Contents]:
    """The JSON text of the statements, and the attachments' contents by sha2. Raises `Wrong`.

    "The first part of the multipart document MUST contain the Statements themselves, with type application/json"; every other one
    is the content of an attachment.
    """
    first, *others = parts(body, boundary)
    if first.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Wrong("the first part holds the statements as application/json")
    found: dict[str, bytes] = {}
    for number, part in enumerate(others, start=1):
        try:
            sha2 = _attachment(part)
        except Wrong as wrong:
            raise wrong.within(f"part[{number}]") from None
        found[sha2] = part.content
    return first.content, found


def sniffed(body: bytes) -> tuple[bytes, Contents] | None:
    """The same for a body whose Content-Type is not known: the boundary is its first line. None for any other body."""
    line = _FIRST_LINE.match(body)
    if line is None:
        return None
    try:
        return read(body, line[1].decode())
    except Wrong:
        return None


def parts(body: bytes, boundary: str) -> list[Part]:
    """At least one. What stands before the first boundary and after the last is no part."""
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY or not boundary.isascii():
        raise Wrong("the Content-Type names a boundary of 1 to 70 letters")
    line = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    found: list[Part] = []
    start = None
    for match in line.finditer(body):
        if len(found) >= _MOST_PARTS:
            raise Wrong(f"at most {_MOST_PARTS} parts are wanted")
        if start is not None:
            found.append(_part(body, start, match.start()))
        start = match.end()
        if match[1]:
            break
    else:
        raise Wrong("the body begins with its boundary and ends with it and two hyphens")
    if not found:
        raise Wrong("the first part is missing")
    return found


def _part(body: bytes, start: int, end: int) -> Part:
    """Headers, an empty line, the content."""
    split = body.find(b"\r\n\r\n", start, end)
    if split == -1 or split - start > _MOST_HEADERS:
        raise Wrong("each part begins with its headers and an empty line")
    lines = body[start:split].decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return Part({name.strip().lower(): value.strip() for name, _, value in pairs}, body[split + 4 : end])


def _attachment(part: Part) -> str:
    """Its sha2 in lower case. "MUST include an X-Experience-API-Hash" that matches, "Content-Transfer-Encoding ... of binary"."""
    sha2 = part.headers.get("x-experience-api-hash", "")
    if not attachments.matches(sha2, part.content):
        raise Wrong("the SHA-2 of the content is wanted").within("X-Experience-API-Hash")
    if part.headers.get("content-transfer-encoding", "binary").lower() != "binary":
        raise Wrong("binary is wanted").within("Content-Transfer-Encoding")
    return sha2.lower()


def written(statements: bytes, contents: Iterator[tuple[str, str, bytes]], boundary: str) -> Iterator[bytes]:
    """A body piece by piece: the JSON text of the statements, then each (sha2, media type, content)."""
    yield f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode()
    yield statements
    for sha2, media, content in contents:
        # A media type as sent may hold a line break: it must not make headers of its own.
        shown = media if media.isascii() and media.isprintable() else "application/octet-stream"
        yield (
            f"\r\n--{boundary}\r\nContent-Type: {shown}\r\nContent-Length: {len(content)}\r\n"
            f"Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {sha2}\r\n\r\n"
        ).encode()
        yield content
    yield f"\r\n--{boundary}--\r\n".encode()
