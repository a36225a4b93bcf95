"""A learning record store of our own making that does what stores in the world were seen to do, faults included."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lti_tool.base.outbound import Outbound
from tests.loopback import Answering, listening
from xapi import multipart
from xapi.attachments import Contents
from xapi.external import ExternalLrs
from xapi.formats import micros, moment

KEY, SECRET = "khóa", "bí mật"
Json = dict[str, Any]


@dataclass
class Store:
    """`held`: JSON texts in the order they are given out. What it does wrong is set by a test."""

    port: int = 0
    held: list[bytes] = field(default_factory=list)
    voided: dict[str, bytes] = field(default_factory=dict)
    page: int = 100
    away: bool = False
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    by_time_of_event: bool = False
    descending: bool = False
    forgets_more: bool = False
    falls_over: str = ""  # a parameter
    refuses: Callable[[Json], tuple[int, str] | None] = lambda _: None
    asked: list[tuple[str, str]] = field(default_factory=list)
    posts: list[list[Json]] = field(default_factory=list)
    enclosed: list[Contents] = field(default_factory=list)  # with each POST
    no_parts: int = 0  # what it answers to multipart/mixed, if it knows none
    stumbles: int = 0  # how many more requests with contents it answers with 500, though it knows parts

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/xapi"

    def put(self, *statements: Json | bytes) -> None:
        self.held += [one if isinstance(one, bytes) else json.dumps(one).encode() for one in statements]

    def external(self) -> ExternalLrs:
        return ExternalLrs(Outbound(loopback=True).session, self.url, KEY, SECRET)

    def answer(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self.asked.append((method, target))
        if self.away:
            return self.status, b"away"
        if self.falls_over and f"{self.falls_over}=" in target:
            return 500, b"a bug"
        if headers.get("Authorization") != "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode():
            return 401, b"who?"
        if method == "POST":
            return self._posted(body, headers.get("Content-Type", ""))
        return self._get(dict(parse_qsl(urlsplit(target).query)))

    def _posted(self, body: bytes, kind: str) -> tuple[int, bytes]:
        came: Contents = {}
        if kind.startswith("multipart/mixed; boundary="):
            if self.no_parts:
                return self.no_parts, b"what is this?"
            body, came = multipart.read(body, kind.partition("=")[2].strip('"'))
        if body != b"[]" and came and self.stumbles:
            self.stumbles -= 1
            return 500, b"a deadlock"
        self.enclosed.append(came)
        return self._save(json.loads(body))

    def _save(self, statements: list[Json]) -> tuple[int, bytes]:
        self.posts.append(statements)
        known = {json.loads(one)["id"]: one for one in self.held}
        for one in statements:
            if (refused := self.refuses(one)) is not None:
                return refused[0], refused[1].encode()
            if one["id"] in known:
                return 409, b"there already"
        self.put(*({**one, "stored": "2025-12-09T13:30:00Z"} for one in statements))
        return 200, json.dumps([one["id"] for one in statements]).encode()

    def _get(self, query: dict[str, str]) -> tuple[int, bytes]:
        if "statementId" in query:
            found = [one for one in self.held if json.loads(one)["id"] == query["statementId"]]
            return (200, found[0]) if found else (404, b"")
        if "voidedStatementId" in query:
            if len(query["voidedStatementId"]) != 36:
                return 400, b"a UUID is wanted"
            found = self.voided.get(query["voidedStatementId"])
            return (200, found) if found else (404, b"")
        if "token" in query and self.forgets_more:
            return 400, b"expired"
        start, since = (int(query.get("token", 0)), query.get("since", ""))
        chosen = [one for one in self.held if not since or self._moment(one) > micros(moment(since))]
        if self.descending:
            chosen.reverse()
        shown = chosen[start : start + self.page]
        rest = start + self.page < len(chosen)
        more = f"/xapi/statements?token={start + self.page}&since={since.replace('+', '%2B')}" if rest else ""
        return 200, b'{"statements": [%s], "more": %s}' % (b", ".join(shown), json.dumps(more).encode())

    def _moment(self, raw: bytes) -> int:
        name = "timestamp" if self.by_time_of_event else "stored"
        found = raw.partition(f'"{name}": "'.encode())[2].partition(b'"')[0].decode()
        return micros(moment(found)) if found else 2**62


@contextmanager
def storing() -> Iterator[Store]:
    store = Store()

    class Handler(Answering):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.say(*store.answer(self.command, self.path, self.asked(), self.headers), store.headers)

    with listening(Handler) as store.port:
        yield store
