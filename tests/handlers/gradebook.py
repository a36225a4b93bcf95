"""A platform's grade service over real HTTP on loopback, behaving as the hosts were measured to, and faults to inject."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lti_tool.base import jobs
from lti_tool.base.database import Database
from lti_tool.base.outbound import Outbound
from lti_tool.handlers.deliver import KIND, Deliver
from lti_tool.ledger import deliveries, seats
from lti_tool.lti import platforms
from lti_tool.lti.ags import RESULTS_TYPE, SCORE_TYPE, Ags
from lti_tool.lti.keys import ToolKeys
from tests.loopback import Answering, listening

START = datetime(2025, 12, 9, 13, 30, 0, 250_000, tzinfo=UTC)
LEARNER = {"moodle": "41", "openedx": "a5c8e0e2-0000-4000-8000-000000000041"}


@dataclass
class Gradebook:
    """What the platform holds, and everything that ever happened to it."""

    face: str
    people: set[str] = field(default_factory=lambda: {*LEARNER.values(), "42"})
    maximum: float = 10.0
    results: dict[str, float | None] = field(default_factory=dict)
    timestamps: dict[str, datetime] = field(default_factory=dict)
    overridden: set[str] = field(default_factory=set)
    suspended: set[str] = field(default_factory=set)
    effects: list[tuple[str, float | None]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=lambda: {"token": [], "scores": [], "results": []})
    tokens: dict[str, str] = field(default_factory=dict)
    gone: bool = False

    def take(self, body: dict[str, Any]) -> tuple[int, Any]:
        sub, at = str(body["userId"]), datetime.fromisoformat(body["timestamp"]).replace(microsecond=0)
        if sub not in self.people:
            return (
                (400, f"Incorrect score received{json.dumps(body)}") if self.face == "moodle" else (500, "")
            )
        if sub in self.timestamps and at <= self.timestamps[sub]:
            if self.face == "moodle":
                return 409, f"Refusing score with an earlier timestamp for item 15 and user {sub}"
            return 400, {"timestamp": ["Score already exists for the provided timestamp."]}
        self.timestamps[sub] = at
        if sub not in self.overridden | self.suspended:
            complete = "scoreGiven" in body and body["gradingProgress"] == "FullyGraded"
            share = body["scoreGiven"] / body["scoreMaximum"] if complete else None
            self.results[sub] = None if share is None else min(share, 1.0) * self.maximum
            self.effects.append((sub, self.results[sub]))
        return (200, None) if self.face == "moodle" else (201, body)

    def read(self, sub: str | None) -> list[dict[str, Any]]:
        found = [one for one in self.results.items() if sub in {None, one[0]} and one[1] is not None]
        return [{"userId": who, "resultScore": score, "resultMaximum": self.maximum} for who, score in found]


class Service(Answering):
    protocol_version = "HTTP/1.1"
    book: Gradebook

    def answer(self) -> None:
        self._posted() if self.command == "POST" else self._read()

    def _posted(self) -> None:
        body = self.asked()
        path = urlsplit(self.path).path
        if path == "/token":
            self._token(parse_qs(body.decode()))
        elif path.endswith("/scores"):
            given = self.headers["Content-Type"]
            self._guarded("scores", SCORE_TYPE, given, lambda: self._score(json.loads(body)))
        else:
            self._answer(404, "no")

    def _read(self) -> None:
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query)
        accept = self.headers["Accept"]
        if "limit" in asked:
            self._answer(404, "<html>")
        elif self.book.face == "moodle" and parts.path.endswith("/results"):
            sub = asked.get("user_id", [None])[0]
            self._guarded("results", RESULTS_TYPE, accept, lambda: (200, self.book.read(sub)))
        elif self.book.face == "openedx" and "/results/" in parts.path:
            sub = parts.path.rpartition("/")[2]
            self._guarded("results", RESULTS_TYPE, accept, lambda: (200, self.book.read(sub)))
        else:
            self._answer(404, "no")

    def _token(self, form: dict[str, list[str]]) -> None:
        self.book.requests.append(("token", form["scope"][0]))
        if self._fault("token", None):
            return
        token = f"token-{len(self.book.requests)}"
        self.book.tokens[token] = form["scope"][0]
        self._answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _guarded(self, name: str, wanted: str, given: str, act: Callable[[], tuple[int, Any]]) -> None:
        authorization = self.headers.get("Authorization", "")
        self.book.requests.append((name, authorization))
        scope = self.book.tokens.get(authorization.removeprefix("Bearer "), "")
        if self.book.gone:
            self._answer(404, "no")
        elif not scope.endswith({"scores": "/score", "results": "/result.readonly"}[name]):
            self._answer(401, {"status": 401})
        elif given != wanted:
            self._answer(406 if self.book.face == "openedx" else 400, "content type")
        elif not self._fault(name, act):
            self._answer(*act())

    def _score(self, body: dict[str, Any]) -> tuple[int, Any]:
        self.book.bodies.append(body)
        return self.book.take(body)

    def _fault(self, name: str, act: Callable[[], tuple[int, Any]] | None) -> bool:
        """Faults: "503", "429:120" before the act; "500!" after it; "cut" before it and "cut!" after it, without an answer."""
        if not self.book.faults[name]:
            return False
        fault = self.book.faults[name].pop(0)
        if fault.endswith("!") and act:
            act()
        if fault.startswith("cut"):
            self.close_connection = True
            self.connection.shutdown(2)
            return True
        status, _, wait = fault.rstrip("!").partition(":")
        self._answer(int(status), "fault", {"Retry-After": wait} if wait else {})
        return True

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        self.say(status, content, headers or {})


@dataclass
class World:
    """One delivery service against one platform, and a clock that moves only when told."""

    database: Database
    book: Gradebook
    address: str
    platform_id: int
    time: datetime = START
    ags: Any = None

    @property
    def lineitem(self) -> str:
        query = "?type_id=1" if self.book.face == "moodle" else ""
        return f"{self.address}/7/lineitems/15/lineitem{query}"

    def seat(self, sub: str | None = None, lineitem: str | None = None) -> seats.Seat:
        who = sub or LEARNER[self.book.face]
        return seats.Seat(self.platform_id, lineitem or self.lineitem, who, "learner-1", "certificate")

    def intend(self, given: float = 100, maximum: float = 100, **seat: Any) -> int:
        with self.database.transaction() as connection:
            desired = deliveries.Desired(given, maximum, "Đã được cấp giấy chứng nhận")
            return deliveries.intend(connection, self.seat(**seat), desired, self.time)

    def found(self, delivery_id: int) -> deliveries.Delivery:
        with self.database.reading() as connection:
            held = deliveries.find(connection, delivery_id)
        assert held is not None
        return held

    def handler(self, database: Any = None, ags: Any = None) -> Deliver:
        return Deliver(database or self.database, ags or self.ags, lambda: self.time)

    def step(self, handler: Deliver | None = None) -> jobs.Outcome | None:
        """Do the job that is due, if any."""
        job = jobs.claim(self.database, now=self.time, lease=timedelta(minutes=2), kinds=[KIND])
        if job is None:
            return None
        outcome = (handler or self.handler())(job)
        with self.database.transaction() as connection:
            jobs.settle(connection, job, outcome, self.time)
        return outcome

    def work(self, *, at_most: int = 200) -> list[jobs.Outcome]:
        """Work until nothing is left to do, letting time pass to whatever is due next."""
        done: list[jobs.Outcome] = []
        for _ in range(at_most):
            outcome = self.step()
            if outcome is not None:
                done.append(outcome)
                continue
            with self.database.reading() as connection:
                left = [one.run_at for one in jobs.listed(connection) if one.state in {"waiting", "running"}]
            if not left:
                return done
            self.time = max(self.time + timedelta(seconds=130), *(at for at in left if at))
        raise AssertionError("the work never ends")


@contextmanager
def opened(database: Database, keys: ToolKeys, face: str) -> Iterator[World]:
    """A world whose platform listens on a free port."""
    book = Gradebook(face)
    with listening(type("Bound", (Service,), {"book": book})) as port:
        yield from _world(database, keys, book, f"http://127.0.0.1:{port}")


def _world(database: Database, keys: ToolKeys, book: Gradebook, address: str) -> Iterator[World]:
    with database.transaction() as connection:
        draft = platforms.Draft(
            "LMS", address, "client", f"{address}/auth", f"{address}/token", f"{address}/jwks", book.face
        )
        platform = platforms.add(connection, draft, START)
    world = World(database, book, address, platform.id)
    with Outbound(loopback=True).session() as session:
        world.ags = Ags(keys=keys.signing, session=lambda: session, clock=lambda: world.time)
        yield world
