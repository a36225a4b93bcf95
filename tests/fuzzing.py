"""Random requests to the store: recorded statements with something changed, bodies of any bytes, odd headers and parameters.

A plain seeded generator: a hundred thousand requests are to take minutes, and the same number gives the same request again.
"""

import base64
import copy
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import UUID

from tests.evidence.sending import recorded
from xapi.statement import VOIDED

Json = Any
IRI = "http://adlnet.gov/expapi/verbs/completed"
ACTIVITY = "https://hoc.tinh-mau.example.vn/mod/page/view.php?id=31"
AGENT = {"account": {"homePage": "https://hoc.tinh-mau.example.vn", "name": "2041"}}
PATHS = ("/xapi/statements", "/xapi/activities/state", "/xapi/activities/profile", "/xapi/agents/profile", "/xapi/activities",
         "/xapi/agents", "/xapi/about", "/xapi/openapi.json", "/xapi", "/xapi/", "/xapi/x", "/xapi/statements/", "/xapi/statements/more/x")  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X")
PARAMETERS = ("statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "related_activities", "related_agents",
              "since", "until", "limit", "format", "attachments", "ascending", "more", "activityId", "stateId", "profileId", "method", "Agent", "x")  # fmt: skip
TEXTS = ("", "0", "-1", "1", "500", "99999999999999999999", "true", "false", "True", "null", "[]", "{}", "ids", "exact", "canonical", "\x00", "a\x00b",
         "*", "%", "Đồng hành", "\u202e", "٣", "a" * 3000, "x" * 40, IRI, ACTIVITY, "urn:x", "urn:" + "é" * 1500, "http://", "2025-12-04", "2025-12-04T09:15:00Z",
         "2025-12-04T09:15:00.123456789+07:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2025-12-04T09:15:60Z", "2025-02-30T00:00:00Z",
         "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF", "WzEsW11d", "W10", "MQ", "vi", "und", "PT1H", "P1Y2M3DT4H",
         "mailto:a@b", "mailto:", "text/plain", "1.0.3", "2.0.0", VOIDED, "Agent", "Group", "Activity", "StatementRef", "SubStatement", "choice", "\ufffd\ufffe", "🎓")  # fmt: skip
VALUES: tuple[Json, ...] = (None, True, False, 0, -1, 1, 0.5, 1e308, -1e-320, 2**53 + 1, 2**63, 10**30, [], {}, [None], [[]], {"": {}}, "\ud800",
          AGENT, {"objectType": "Group", "member": [AGENT]}, {"id": ACTIVITY}, {"objectType": "StatementRef", "id": "0" * 8}, *TEXTS)  # fmt: skip
HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Type": ("application/json", "application/json; charset=utf-8", "application/json;charset=latin-1", "text/plain", "", "x", "multipart/mixed",
                     "multipart/mixed; boundary=x", 'multipart/mixed; boundary="a b"', "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a/" + "b" * 400),
    "X-Experience-API-Version": ("1.0.3", "1.0", "2.0.0", "2.0", "0.95", "1.0.", "9", "", "x" * 200),
    "Accept-Language": ("vi", "en-US, *;q=0", "vi;q=nan", "*", "é", "x" * 500),
    "If-Match": ("*", '"x"', 'W/"x"', "x", '"'), "If-None-Match": ("*", '"x"', '"a", "b"', ","), "If-Modified-Since": ("Thu, 99 Foo", "0"),
    "Range": ("bytes=0-", "bytes=9-1", "x"), "Content-Encoding": ("gzip", "x"), "Authorization": ("Basic", "Basic !!!", "Basic Og==", "Bearer x", "Bearer dDp4", "x"),
    "X-HTTP-Method-Override": ("DELETE",), "Content-Transfer-Encoding": ("binary",), "X-Forwarded-For": ("1.2.3.4, x",), "Expect": ("100-continue",),
}  # fmt: skip
STATEMENTS = [
    statement
    for name in ("moodle", "openedx", "openedx-aggregator", "openedx-mbox")
    for _, statement in recorded(name)
]


@dataclass(frozen=True)
class Request:
    """`sent`: the ids of its statements, when it is a batch whose fate is to be looked up."""

    number: int
    who: str
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    sent: tuple[str, ...] = ()


def requests(seed: str, count: int, people: tuple[str, ...]) -> Iterator[Request]:
    """`people`: labels of credentials to choose from."""
    for number in range(count):
        yield _Maker(random.Random(f"{seed}/{number}"), number, people).make()


@dataclass
class _Maker:
    rng: random.Random
    number: int
    people: tuple[str, ...]

    def make(self) -> Request:
        kinds: tuple[Callable[[], Request], ...] = (
            self.batch,
            self.batch,
            self.batch,
            self.put,
            self.search,
            self.document,
            self.anything,
        )
        return self.rng.choice(kinds)()  # fmt: skip

    def batch(self) -> Request:
        """Some statements with ids of their own, few of them changed; now and then the text itself is broken."""
        many = [self.statement() for _ in range(self.rng.choice((1, 1, 2, 3, 8)))]
        ids = tuple(one["id"] for one in many)
        for _ in range(self.rng.choice((0, 1, 1, 1, 2))):
            at = self.rng.randrange(len(many))
            many[at] = self.changed(many[at])
        whole = len(ids) == len(many) and all(
            isinstance(one, dict) and one.get("id") == id_ for one, id_ in zip(many, ids, strict=True)
        )
        body = self.text(many[0] if len(many) == 1 and self.rng.random() < 0.5 else many)  # fmt: skip
        headers = {"Content-Type": "application/json", **self.odd(0.1)}
        if self.rng.random() < 0.1:
            body, headers["Content-Type"] = self.multipart(body)
        if self.rng.random() < 0.15:
            body, whole = self.broken(body), False
        return Request(
            self.number, self.who(), "POST", PATHS[0], self.query(0.03), body, headers, ids if whole else ()
        )

    def put(self) -> Request:
        one = self.statement()
        query = f"statementId={one['id']}" if self.rng.random() < 0.9 else self.query(1)
        body = self.text(self.changed(one))
        return Request(
            self.number,
            self.who(),
            "PUT",
            PATHS[0],
            query,
            body,
            {"Content-Type": "application/json", **self.odd(0.1)},
        )

    def search(self) -> Request:
        return Request(
            self.number,
            self.who(),
            self.rng.choice(("GET", "GET", "HEAD")),
            PATHS[0],
            self.query(1),
            headers=self.odd(0.1),
        )

    def document(self) -> Request:
        """Mostly sensible, so that stored documents meet each other."""
        path = self.rng.choice(PATHS[1:4])
        said = {
            "activityId": ACTIVITY,
            "agent": json.dumps(AGENT),
            "stateId": f"s{self.rng.randrange(3)}",
            "profileId": "p",
        }
        wanted = {
            "state": ("activityId", "agent", "stateId"),
            "activities/profile": ("activityId", "profileId"),
        }
        names = next((value for name, value in wanted.items() if path.endswith(name)), ("agent", "profileId"))
        pairs = [
            (name, said[name] if self.rng.random() < 0.9 else self.rng.choice(TEXTS))
            for name in names
            if self.rng.random() < 0.93
        ]
        if self.rng.random() < 0.2:
            pairs.append((self.rng.choice(PARAMETERS), self.rng.choice(TEXTS)))
        body = self.rng.choice(
            (b"", b"{}", b'{"a":1}', b"[", b"\xff\x00", self.text(self.changed(self.statement())))
        )
        headers = {"Content-Type": "application/json", "If-None-Match": "*", **self.odd(0.5)}
        return Request(
            self.number, self.who(), self.rng.choice(METHODS[:5]), path, _encoded(pairs), body, headers
        )

    def anything(self) -> Request:
        body = self.rng.choice(
            (
                b"",
                self.rng.randbytes(self.rng.randrange(200)),
                b"[" * 5000,
                b'{"a":' * 3000,
                b"[" + b"{}," * 2000,
            )
        )
        path = self.rng.choice(PATHS)
        return Request(
            self.number, self.who(), self.rng.choice(METHODS), path, self.query(0.5), body, self.odd(1)
        )

    # parts

    def who(self) -> str:
        return self.rng.choice(self.people)

    def statement(self) -> Json:
        one = copy.deepcopy(self.rng.choice(STATEMENTS))
        return {**one, "id": str(UUID(int=self.rng.getrandbits(128), version=4))}

    def odd(self, chance: float) -> dict[str, str]:
        found = {}
        while self.rng.random() < chance:
            name = self.rng.choice(tuple(HEADERS))
            found[name] = self.rng.choice(HEADERS[name])
            chance /= 2
        return found

    def query(self, chance: float) -> str:
        pairs = []
        while self.rng.random() < chance:
            pairs.append((self.rng.choice(PARAMETERS), self.rng.choice((*TEXTS, json.dumps(AGENT)))))
            chance *= 0.6
        return _encoded(pairs)

    def changed(self, statement: Json) -> Json:
        """One place of it gone, replaced, moved or made deep."""
        places = list(_places(statement))
        path = self.rng.choice(places[1:])
        kind = self.rng.random()
        if kind < 0.15:
            return _put(statement, path, None, gone=True)
        if kind < 0.3:
            return _put(statement, path, _at(statement, self.rng.choice(places)))
        if kind < 0.35:
            return _put(statement, path, _deep(self.rng.choice((10, 200, 260, 600))))
        if kind < 0.45 and isinstance(_at(statement, path[:-1]), dict):
            return _put(statement, (*path[:-1], self.rng.choice(TEXTS)), self.rng.choice(VALUES))
        return _put(statement, path, self.rng.choice(VALUES))

    def text(self, value: Json) -> bytes:
        usual = sys.getrecursionlimit()
        sys.setrecursionlimit(20_000)  # deep places are moved into each other; the store keeps its own limit
        try:
            made = json.dumps(value, ensure_ascii=self.rng.random() < 0.5)
        finally:
            sys.setrecursionlimit(usual)
        return made.encode("utf-8", "surrogatepass")

    def broken(self, body: bytes) -> bytes:
        at = self.rng.randrange(len(body) + 1)
        put = self.rng.choice(
            (
                b"\x00",
                b"\xff",
                b"NaN",
                b'"',
                b"}",
                b',"id":1',
                b"\xef\xbb\xbf",
                b"1e999",
                b"\\ud800",
                self.rng.randbytes(3),
            )
        )
        return self.rng.choice(
            (body[:at], body[:at] + put + body[at:], body[at:], body[:at] + put + body[at + len(put) :])
        )

    def multipart(self, body: bytes) -> tuple[bytes, str]:
        """The statements with some parts behind them that may or may not fit."""
        content = self.rng.randbytes(20)
        digest = sha256(content).hexdigest() if self.rng.random() < 0.5 else "0" * 64
        parts = [b"Content-Type: application/json\r\n\r\n" + body]
        head = f"Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {digest}\r\n\r\n"
        parts += [head.encode() + content] * self.rng.choice((0, 1, 1, 3))
        made = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
        return made, self.rng.choice(
            ("multipart/mixed; boundary=x", "multipart/mixed; boundary=y", "multipart/mixed")
        )


def basic(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)


def _places(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _places(one, (*path, key))


def _at(value: Json, path: tuple[Any, ...]) -> Json:
    for step in path:
        value = value[step]
    return value


def _put(value: Json, path: tuple[Any, ...], new: Json, *, gone: bool = False) -> Json:
    made = copy.copy(value)
    if len(path) > 1:
        made[path[0]] = _put(value[path[0]], path[1:], new, gone=gone)
    elif gone:
        del made[path[0]]
    else:
        made[path[0]] = new
    return made


def _deep(levels: int) -> Json:
    made: Json = {}
    for _ in range(levels):
        made = {"urn:x": made} if levels % 2 else [made]
    return made
