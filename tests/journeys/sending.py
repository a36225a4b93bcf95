"""Who sends statements to a store that dies, and who reads it meanwhile. Both come again until they are answered."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import requests

from lti_tool.base import migrate
from lti_tool.base.database import Database
from tests.fuzzing import basic
from xapi import access

Json = dict[str, Any]
ISSUER = "https://hoc.example.vn"
MARK = "https://example.vn/xapi/mark"  # an extension: which statement it is, though it came without an id
LONG_AGO = "2020-01-01T00:00:00Z"
_PATIENCE = 60.0  # seconds until somebody who comes again and again says that the store does not come back


def add_credentials(database_url: str) -> list[str]:
    """The tables, and headers of an ordinary sender, of a platform's and of a reader."""
    database, made = Database(database_url), []
    migrate.upgrade(database)
    write, now = ["statements/write"], datetime.now(UTC)
    with database.transaction() as connection:
        made.append(access.add(connection, label="sender", scopes=write, now=now))
        made.append(
            access.add(connection, label="moodle", scopes=write, source=ISSUER, host_intake=True, now=now)
        )
        made.append(access.add(connection, label="reader", scopes=["statements/read"], now=now))
    database.close()
    return [basic(*one) for one in made]


@dataclass(slots=True)
class Batch:
    """`marks`: of its statements, in order, one as often as the same statement stands there; `ids`: the answer's, none before it."""

    marks: tuple[str, ...]
    ids: tuple[str, ...] = ()


class _Client(threading.Thread):
    def __init__(self, url: str, authorization: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.chance = Random(seed)
        self.stopped = threading.Event()
        self.wrong: list[str] = []
        self.turned_away = 0
        self._url = url
        self._session = requests.Session()
        self._session.headers.update({"Authorization": authorization, "X-Experience-API-Version": "1.0.3"})

    def _answered(
        self, method: str, path: str, *, gives_up: bool = False, **more: Any
    ) -> requests.Response | None:
        """The first answer that is not "come again". None when `gives_up` and the connection broke."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                answer = self._session.request(method, self._url + path, timeout=self._patience(), **more)
            except requests.ConnectionError:
                if gives_up:
                    return None
            except requests.RequestException:
                continue  # it did not wait long enough: at once again
            else:
                if answer.status_code != 503:
                    return answer
                self._told(answer)
            time.sleep(0.05)
        raise AssertionError(f"{method} {path}: no answer in {_PATIENCE:.0f} s")

    def _patience(self) -> float:
        return 20.0

    def _told(self, answer: requests.Response) -> None:
        self.turned_away += 1
        if answer.headers.get("Retry-After") != "5":
            self.wrong.append(f"503 without Retry-After: {answer.text[:200]}")


class Sender(_Client):
    """Posts batches of every size one after the other. Without `ids` as a platform does: its store has to know a resend by its content.

    Some answers it does not wait for, and sends again what is being stored at that moment; some broken batches it gives up.
    """

    def __init__(self, url: str, authorization: str, seed: int, *, ids: bool) -> None:
        super().__init__(url, authorization, seed)
        self.batches: list[Batch] = []
        self.acknowledged: list[str] = []
        self._ids = ids

    def run(self) -> None:
        while not self.stopped.is_set():
            self._deliver([self._statement() for _ in range(self.chance.choice((1, 1, 1, 5, 50)))])

    def _deliver(self, statements: list[Json]) -> None:
        if not self._ids and self.chance.random() < 0.3:
            statements.append(statements[0])  # "equal statements within one request are all kept"
        batch = Batch(tuple(mark(one) for one in statements))
        self.batches.append(batch)
        gives_up = self.chance.random() < 0.3
        answer = self._answered("POST", "/xapi/statements", json=statements, gives_up=gives_up)
        if answer is None:
            return
        if answer.status_code != 200:
            self.wrong.append(f"{answer.status_code} {answer.text[:200]}")
            return
        batch.ids = tuple(answer.json())
        self.acknowledged += batch.ids

    def _patience(self) -> float:
        return self.chance.choice((20.0,) * 9 + (0.02,))

    def _statement(self) -> Json:
        name = str(UUID(int=self.chance.getrandbits(128), version=4))
        return {
            **({"id": name} if self._ids else {}),
            "actor": {"account": {"homePage": ISSUER, "name": str(self.chance.randrange(200))}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
            "object": {"id": f"{ISSUER}/chuyen-de/{self.chance.randrange(19)}"},
            "timestamp": "2025-12-04T09:15:00Z",
            "context": {
                "contextActivities": {"grouping": [{"id": f"{ISSUER}/khoa"}]},
                "extensions": {MARK: name},
            },
        }


class Reader(_Client):
    """Follows by `since`, `more` and Consistent-Through, the same page again when the store died over it; meanwhile asks by id for
    what a sender was just told is stored.
    """

    def __init__(self, url: str, authorization: str, seed: int, senders: Sequence[Sender]) -> None:
        super().__init__(url, authorization, seed)
        self.seen: dict[str, str] = {}  # by id, its mark
        self.asked = self.rounds = 0
        self._senders = senders
        self._through = LONG_AGO

    def run(self) -> None:
        while not self.stopped.wait(0.1):
            self.round()

    def round(self) -> None:
        answer = self._page("/xapi/statements", since=self._through, ascending="true", limit="200")
        through = answer.headers["X-Experience-API-Consistent-Through"]
        while answer.json()["more"]:
            answer = self._page(answer.json()["more"])
        self._through = through
        self.rounds += 1
        for name in self._acknowledged():
            self._page("/xapi/statements", statementId=name)
            self.asked += 1

    def _page(self, path: str, **query: str) -> requests.Response:
        answer = self._answered("GET", path, params=query)
        assert answer is not None
        if answer.status_code != 200:
            self.wrong.append(f"{answer.status_code} {path} {query} {answer.text[:200]}")
        for one in answer.json().get("statements", ()):
            self.seen[one["id"]] = mark(one)
        return answer

    def _acknowledged(self) -> Iterator[str]:
        for sender in self._senders:
            if sender.acknowledged:
                yield sender.acknowledged[-1]
                yield self.chance.choice(sender.acknowledged)


def mark(statement: Json) -> str:
    found: str = statement["context"]["extensions"][MARK]
    return found
