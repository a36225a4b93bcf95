"""Somebody else's learning record store over HTTP: tincan's RemoteLRS on a guarded and timed session.

tincan's own connections never time out and go wherever a URL leads, and its models lose what they do not expect: only its
way of building a client and its requests are used, the JSON is kept as it came.
"""

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from tincan.http_request import HTTPRequest
from tincan.lrs_response import LRSResponse
from tincan.remote_lrs import RemoteLRS

from xapi import exact, formats, identity, multipart, paging
from xapi.errors import Refused
from xapi.formats import micros
from xapi.lrs import Found, Page, Saved, Sender
from xapi.query import Query
from xapi.within import EVERYTHING, Within

SessionMaker = Callable[[], requests.Session]
CONSISTENT = "X-Experience-API-Consistent-Through"
_SECONDS = (5.0, 60.0)  # to connect, to answer: a page of an external store may be slow
# What says nothing of the request: it may be sent again as it is, when the store, its proxy or its administrator is ready.
_PASSING = frozenset({401, 403, 404, 405, 407, 408, 421, 425, 429})
_REFUSALS = frozenset(range(400, 500)) - _PASSING
_DONE = range(200, 300)

# A store that does not know multipart/mixed may fall over it (Ralph 5.1 reads it as JSON), however often it is sent. One that does
# know it may do so for a moment.
_STUMBLES = frozenset({500, 501})
_FAULTS = range(500, 600)
Enclosed = tuple[str, str, bytes]
"""An attachment's content: its sha2, its media type, itself."""


class LrsUnanswered(Exception):
    """The store gave no usable answer; the text says which. `wait`: how many seconds it asks for; `status`: 0 when none came."""

    def __init__(self, says: str, wait: float = 0, status: int = 0) -> None:
        super().__init__(says)
        self.wait = wait
        self.status = status


class Stumbled(LrsUnanswered):
    """The store is there and knows attachments, but fell over these: it may pass, or be what they hold."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the store answered, whatever the status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TimedRemoteLRS(RemoteLRS):  # type: ignore[misc] # tincan ships no types
    """RemoteLRS as it is, but for how it sends.

    `endpoint` as xAPI clients are given it, with or without its last slash; `session` may only be used by one thread at a time.
    """

    _props = (*RemoteLRS._props, "session")  # noqa: SLF001 - tincan lets nothing else be kept

    def __init__(self, session: requests.Session, endpoint: str, key: str, secret: str) -> None:
        # RemoteLRS would write key and secret in ASCII only.
        basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        super().__init__(version="1.0.3", endpoint=endpoint, auth=f"Basic {basic}")
        self._session = session

    def _send_request(self, request: HTTPRequest, body: bytes | None = None) -> LRSResponse:
        """`body`: instead of the request's content, which tincan keeps as text."""
        headers = {"X-Experience-API-Version": self.version, "Authorization": self.auth, **request.headers}
        url = urljoin(self.endpoint, request.resource)
        params = {name: str(value) for name, value in request.query_params.items()}
        data = request.content if body is None else body
        try:
            answer = self._session.request(
                request.method, url, params=params, headers=headers, data=data, timeout=_SECONDS
            )
        except requests.RequestException as error:
            raise LrsUnanswered(
                f"the LRS at {self.endpoint} cannot be reached ({type(error).__name__})"
            ) from error
        # `response` would have to be http.client's; the reply stands in `content`, which RemoteLRS overwrites on success.
        reply = Reply(answer.status_code, answer.headers, answer.content)
        return LRSResponse(
            success=answer.ok, request=request, data=answer.content.decode(errors="replace"), content=reply
        )

    def ask(
        self,
        method: str,
        resource: str,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        media: str = "application/json",
    ) -> Reply:
        """One request. Raises LrsUnanswered when the store is away or busy; a refusal (4xx) is a Reply."""
        request = HTTPRequest(method=method, resource=resource, query_params=dict(params or {}))
        if body is not None:
            request.headers["Content-Type"] = media
        reply: Reply = self._send_request(request, body).content
        if reply.status not in _DONE and reply.status not in _REFUSALS:
            raise LrsUnanswered(
                f"the LRS at {self.endpoint} answered {reply.status}", _wait(reply), reply.status
            )
        return reply

    def page(self, params: Mapping[str, str], more: str = "") -> tuple[paging.Cut, Reply]:
        """A page of statements, each as it came; `more`: what an earlier page gave instead of parameters.

        "more": a relative IRL from the host on (xAPI 1.0.3 Data 2.5, Statement Result Object).
        """
        reply = self.ask("GET", self._next(more)) if more else self._queried(params)
        if reply.status != HTTPStatus.OK:
            raise LrsUnanswered(
                f"the LRS at {self.endpoint} answered {reply.status} to a query", 0, reply.status
            )
        try:
            return paging.cut(reply.body), reply
        except ValueError as error:
            raise LrsUnanswered(f"the LRS at {self.endpoint} did not answer a page: {error}") from error

    def _queried(self, params: Mapping[str, str]) -> Reply:
        """A store may fall over one parameter alone: who looks for the fault is to know which were asked."""
        try:
            return self.ask("GET", "statements", params)
        except LrsUnanswered as error:
            if error.status not in _FAULTS:
                raise
            says = f"{error}, to a query by {', '.join(sorted(params))}"
            raise LrsUnanswered(says, error.wait, error.status) from error

    def statements(self, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Every statement of a query, page after page. Raises LrsUnanswered for one that cannot be read."""
        more = ""
        while True:
            page, _ = self.page(query, more)
            for raw in page.statements:
                yield self._read(raw)
            more = page.more
            if not more:
                return

    def one(self, statement_id: str, *, voided: bool = False) -> bytes | None:
        """The statement as it came; None when the store does not have it, will not be asked for it, or it is (not) voided."""
        name = "voidedStatementId" if voided else "statementId"
        request = HTTPRequest(method="GET", resource="statements", query_params={name: statement_id})
        reply: Reply = self._send_request(request).content
        if reply.status == HTTPStatus.NOT_FOUND or reply.status in _REFUSALS:
            return None
        if reply.status != HTTPStatus.OK:
            raise LrsUnanswered(
                f"the LRS at {self.endpoint} answered {reply.status}", _wait(reply), reply.status
            )
        return _single(reply.body, statement_id)

    def voided(self, statement_id: str) -> dict[str, Any] | None:
        """A voided statement, None when the store does not have it (or it is not voided)."""
        found = self.one(statement_id, voided=True)
        return None if found is None else self._read(found)

    def _next(self, more: str) -> str:
        """Our key goes nowhere but to the host we were given."""
        url: str = urljoin(self.endpoint, more)
        if urlsplit(url)[:2] != urlsplit(self.endpoint)[:2]:
            raise LrsUnanswered(f"the LRS at {self.endpoint} sends its next page to another host")
        return url

    def _read(self, raw: bytes) -> dict[str, Any]:
        try:
            found = exact.loads(raw)
        except ValueError as error:
            raise LrsUnanswered(f"the LRS at {self.endpoint} did not answer JSON") from error
        if not isinstance(found, dict):
            raise LrsUnanswered(f"the LRS at {self.endpoint} did not answer an object")
        return found


class ExternalLrs:
    """An external store as `lrs.Lrs`. Whatever it refuses is `Refused`; LrsUnanswered when it is away."""

    def __init__(self, session: SessionMaker, endpoint: str, key: str, secret: str) -> None:
        self._session = session()
        self.remote = TimedRemoteLRS(self._session, endpoint, key, secret)

    def close(self) -> None:
        """Let go of the connections it kept open."""
        self._session.close()

    def save(
        self,
        statements: Sequence[dict[str, Any]],
        sender: Sender,  # noqa: ARG002
        contents: Sequence[Enclosed] = (),
    ) -> Saved:
        """Store all or none. The store itself says under which authority: ours is not sent."""
        bodies = [{name: value for name, value in one.items() if name != "authority"} for one in statements]
        if not bodies:
            return Saved()
        reply = self._posted(exact.dumps(bodies), contents)
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise Refused(HTTPStatus(reply.status), says(reply))
        if not reply.body.strip():  # Ralph 5.1 says 204 and no ids when it has them all already
            return Saved(tuple(str(one.get("id", "")) for one in statements))
        try:
            return Saved(tuple(str(one) for one in exact.loads(reply.body)))
        except (ValueError, TypeError) as error:
            raise LrsUnanswered(f"the LRS at {self.remote.endpoint} did not answer ids") from error

    def _posted(self, statements: bytes, contents: Sequence[Enclosed]) -> Reply:
        if not contents:
            return self.remote.ask("POST", "statements", body=statements)
        try:
            return self._in_parts(statements, contents)
        except LrsUnanswered as error:
            if error.status not in _STUMBLES or not self._lives():
                raise
            says = f"{error}, to statements with attachments"
            if self._knows_parts():
                raise Stumbled(says, error.wait, error.status) from error
            raise Refused(HTTPStatus(error.status), says) from error

    def _in_parts(self, statements: bytes, contents: Sequence[Enclosed]) -> Reply:
        boundary = secrets.token_hex(24)
        body = b"".join(multipart.written(statements, iter(contents), boundary))
        try:
            return self.remote.ask(
                "POST", "statements", body=body, media=f'multipart/mixed; boundary="{boundary}"'
            )
        except LrsUnanswered:
            self._session.close()  # a server that fell over it ends the connection a moment after it answered
            raise

    def _lives(self) -> bool:
        """Whether it answers anything without a fault of its own; a refusal will do."""
        try:
            self.remote.ask("GET", "statements", {"limit": "1"})
        except LrsUnanswered as error:
            return bool(error.status) and error.status not in _FAULTS
        return True

    def _knows_parts(self) -> bool:
        """Asked by no statement and a content of all bytes: as JSON, Ralph refuses an ASCII one and falls over this."""
        content = bytes(range(256))
        try:
            self._in_parts(b"[]", [(sha256(content).hexdigest(), "application/octet-stream", content)])
        except LrsUnanswered as error:
            return error.status not in _STUMBLES
        return True

    def get(
        self,
        statement_id: str,
        *,
        voided: bool = False,
        mine: str | None = None,
        within: Within = EVERYTHING,
    ) -> Found | None:
        _whole(within)
        raw = self.remote.one(statement_id, voided=voided)
        if raw is None or (mine is not None and identity.key(exact.loads(raw)["authority"]) != mine):
            return None
        return Found(raw.decode(), micros(formats.moment(exact.loads(raw)["stored"])))

    def query(self, query: Query, *, mine: str | None = None, within: Within = EVERYTHING) -> Page:
        """A page of the parameters as they were sent. `more` is the store's own, to be given back as the parameter `more`."""
        _whole(within)
        sent = dict(query.sent)
        found, _ = self.remote.page(sent, sent.get("more", ""))
        shown = [
            raw.decode()
            for raw in found.statements
            if mine is None or identity.key(exact.loads(raw).get("authority", {})) == mine
        ]
        return Page(tuple(shown), found.more)


def _single(body: bytes, statement_id: str) -> bytes | None:
    """Some stores answer a page where one statement was asked for (Ralph 5.1), an empty one where there is none."""
    try:
        found = exact.loads(body)
    except ValueError:
        return body
    if not (isinstance(found, dict) and "statements" in found and "actor" not in found):
        return body
    same = [one for one in found["statements"] if str(one.get("id")).lower() == statement_id.lower()]
    return exact.dumps(same[0]) if same else None


def _whole(within: Within) -> None:
    """A limit is a condition on our own tables: no other store can be asked to keep it."""
    if within != EVERYTHING:
        raise Refused(HTTPStatus.FORBIDDEN, "a limited credential is not shown another store")


def says(reply: Reply) -> str:
    """A refusal in one line."""
    text = " ".join(reply.body[:2000].decode(errors="replace").split())
    return f"{reply.status}: {text[:300]}"


def _wait(reply: Reply) -> float:
    """Seconds of Retry-After; its other form, a date, is not worth reading a clock for."""
    text = reply.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0
