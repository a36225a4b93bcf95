"""The answer to a GET of statements, alone or with the contents of their attachments."""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from flask import Response, request
from werkzeug.http import http_date

from xapi import attachments, exact, multipart, rendering
from xapi.errors import missing
from xapi.formats import from_micros
from xapi.lrs import Found, Page
from xapi.query import Query
from xapi.reading import Reader
from xapi.resource import answers


class Writer:
    """`languages`: what the reader accepts, best first."""

    def __init__(self, asked: Query, languages: Sequence[str], reader: Reader) -> None:
        self._asked = asked
        self._languages = languages
        self._reader = reader

    def single(self, found: Found | None) -> Response:
        """Raises `Refused` 404."""
        if found is None:
            raise missing("no such statement")
        (shown,) = self._shown([found.payload])
        response = self._answer(shown, (found.payload,))
        response.headers["Last-Modified"] = http_date(from_micros(found.stored))
        return response

    def page(self, found: Page) -> Response:
        """A StatementResult. Its `more` is an IRL relative to this server, which works as it is given (part 3, 2.5)."""
        shown = b",".join(self._shown(found.payloads))
        more = f"{request.script_root}{request.path}?more={found.more}" if found.more else ""
        body = b'{"statements":[%s],"more":%s}' % (shown, exact.dumps(more))
        response = self._answer(body, found.payloads)
        if (
            found.stored
        ):  # 2.0, 4.1.6.1: "the most recent (maximum) "stored" property of any of the returned statement(s)"
            response.headers["Last-Modified"] = http_date(from_micros(found.stored))
        return response

    def _shown(self, payloads: Sequence[str]) -> list[bytes]:
        """Each in the format that is asked for."""
        if self._asked.format == "exact":
            return [payload.encode() for payload in payloads]
        if self._asked.format == "ids":
            return [rendering.ids(payload) for payload in payloads]
        statements = [exact.loads(payload.encode()) for payload in payloads]
        canonical = rendering.Canonical(self._languages, self._reader.definitions(statements))
        return [exact.dumps(canonical.shown(statement)) for statement in statements]

    def _answer(self, body: bytes, payloads: Sequence[str]) -> Response:
        """The standard: with attachments=true "the LRS MUST use the multipart response format and include all Attachments"."""
        if not self._asked.attachments:
            return answers.json(body)
        boundary = secrets.token_hex(24)
        pieces = multipart.written(body, self._contents(payloads), boundary)
        return Response(pieces, content_type=f'multipart/mixed; boundary="{boundary}"')

    def _contents(self, payloads: Sequence[str]) -> Iterator[tuple[str, str, bytes]]:
        """(sha2, media type, content), each once, one at a time in memory."""
        sent: list[dict[str, Any]] = [orjson.loads(payload) for payload in payloads]
        named = [attachment for one in sent for _, attachment in attachments.every(one)]
        media = {attachment["sha2"].lower(): attachment["contentType"] for attachment in named}
        for sha2 in self._reader.attached([one["id"] for one in sent]) if media else ():
            content = self._reader.content(sha2)
            if content is not None:
                yield sha2, media[sha2], content
