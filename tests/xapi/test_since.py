"""Whoever follows by `since`, `more` and Consistent-Through, as the standard means it, misses no statement of sixteen writers."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from lti_tool.base.database import Database
from tests.conftest import NOW
from tests.xapi.support import Desk, Heard, Json, routes
from xapi.embedded import EmbeddedLrs
from xapi.lrs import Sender

WRITERS, EACH = 16, 12
LONG_AGO = "2020-01-01T00:00:00Z"


def now() -> datetime:
    """Twenty times as fast as it is: an open writer holds the moment back to its whole second."""
    return NOW + timedelta(seconds=20 * time.monotonic())


class Follower:
    """Asks over HTTP for what was stored since the moment up to which the last answer knew everything."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.through = LONG_AGO
        self.stored: dict[str, str] = {}  # by id, what it saw
        self.promises: list[tuple[str, int]] = []

    def round(self) -> None:
        query = {"since": self.through, "ascending": "true", "limit": "60"}
        answer = self._desk.get("reader", **query)
        through = answer.headers["X-Experience-API-Consistent-Through"]
        self._see(answer.json)
        while answer.json["more"]:
            answer = self._desk.send("GET", "reader", answer.json["more"])
            self._see(answer.json)
        self.through = through
        self.promises.append((through, len(self._until(through))))

    def _see(self, page: Json) -> None:
        self.stored |= {one["id"]: one["stored"] for one in page["statements"]}

    def _until(self, moment: str) -> list[str]:
        at = datetime.fromisoformat(moment)
        return [name for name, stored in self.stored.items() if datetime.fromisoformat(stored) < at]

    def kept_every_promise(self) -> bool:
        """What was known at each moment was all there would ever be of the time before it."""
        return all(count == len(self._until(through)) for through, count in self.promises)


def test_sixteen_writers_at_once_and_a_follower_by_since_that_misses_none(
    desk: Desk, database: Database, heard: Heard, sender: Sender, statement: Callable[..., Json]
):
    def write(_: int) -> None:
        # A store of its own each, as in as many processes: one alone commits its writers together.
        mine = EmbeddedLrs(database.transaction, database.reading, now, heard)
        for number in range(EACH):
            mine.save([statement() for _ in range(1 + number % 3)], sender)

    def follow() -> None:
        last = False
        while not last:
            last = done.is_set()
            follower.round()

    own, done = EmbeddedLrs(database.transaction, database.reading, now, heard), threading.Event()
    follower = Follower(Desk(routes(own, database, now), desk.keys))
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        following, *writing = [pool.submit(follow), *(pool.submit(write, one) for one in range(WRITERS))]
        wait(writing)
        done.set()
    assert [one.exception() for one in (following, *writing)] == [None] * (1 + WRITERS)
    assert {one["id"] for one in desk.all_()} == set(follower.stored)
    assert len(follower.stored) == WRITERS * (EACH // 3) * 6
    assert follower.kept_every_promise()
    assert len(follower.promises) > 2
