"""Writes a second through HTTP, authentication, validation, intake and callback, with the worker at work; beside the database alone."""

import random
import threading
from collections.abc import Callable, Iterator

import orjson

from tests.benchmarks import moodle, raw
from tests.benchmarks.figures import Figure, milliseconds, rounded
from tests.benchmarks.house import House, Setting, open_house
from tests.benchmarks.http import Connection
from tests.benchmarks.load import Taken, together

KNOWN, ALL = 200, 18_000  # learners who launched; people in the statements
CONNECTIONS = 4
BATCHES = (1, 50, 500)
_AHEAD = 64


def run(setting: Setting) -> Iterator[Figure]:
    """Singly, by 50 and by 500, on each database."""
    for kind in setting.databases:
        with open_house(setting, kind) as house:
            house.launch_all(range(50 if setting.quick else KNOWN))
            fill(house, setting.stored)
            found = []
            for batch in BATCHES:
                before = house.count("xapi_statement")
                spent = house.cpu()["web"]
                opened = [house.connection() for _ in range(CONNECTIONS)]
                taken = write(house.send, opened, Bodies(house.platform.url, batch), setting.seconds(12))
                spent = (house.cpu()["web"] - spent) / taken.done
                after = house.count("xapi_statement")
                assert after - before == taken.done, f"{taken.done} acknowledged, {after - before} stored"
                with house.database.reading() as connection:
                    rows = raw.stored_rows(connection, min(taken.done, 30_000))
                found.append((batch, taken, spent, rows))
            waiting, memory = house.count("ledger_review_due"), house.memory()
        for batch, taken, spent, rows in found:
            alone = raw.database_rate(setting, kind, rows, batch, setting.seconds(8))
            yield _figure(
                kind,
                house,
                batch,
                taken,
                alone,
                {
                    "web_cpu_ms_per_statement": rounded(1000 * spent),
                    "reviews_waiting_at_end": waiting,
                    "memory_mb": memory,
                    "stored_before": setting.stored,
                },
            )


def _figure(
    kind: str, house: House, batch: int, taken: Taken, alone: float, more: dict[str, object]
) -> Figure:
    times = milliseconds(taken.seconds)
    values = {
        "database": kind,
        "web_processes": house.web_processes,
        "connections": CONNECTIONS,
        "batch": batch,
        "statements": taken.done,
        "statements_per_s": rounded(taken.rate),
        "database_alone_per_s": rounded(alone),
        "share_of_database": rounded(taken.rate / alone),
        **times,
        **more,
    }
    line = f"{taken.rate:.0f} statements/s by {batch}, {taken.rate / alone:.0%} of the database alone ({alone:.0f}/s); p50 {times['p50_ms']:.0f}, p99 {times['p99_ms']:.0f} ms; {more['web_cpu_ms_per_statement']} ms of processor each"
    return Figure(f"statements.{kind}.{batch}", line, values)


def write(
    send: Callable[[Connection, bytes], bytes], opened: list[Connection], bodies: "Bodies", seconds: float
) -> Taken:
    """Statements acknowledged in so many seconds, each connection sending again once it is answered."""

    def act(connection: Connection) -> int:
        assert len(orjson.loads(send(connection, bodies.next()))) == bodies.batch
        return bodies.batch

    return together([lambda one=one: act(one) for one in opened], seconds)


class Bodies:
    """Requests' bodies, the first made ahead so that the driver's own work counts little. Each statement differs by its actor's session."""

    def __init__(self, issuer: str, batch: int, run: str = "") -> None:
        self.batch, self._issuer, self._run = batch, issuer, run
        self._chance, self._lock, self._number = random.Random(batch), threading.Lock(), 0
        self._people = range(ALL)
        self._ahead = [self._make() for _ in range(_AHEAD)]

    def next(self) -> bytes:
        with self._lock:
            return self._ahead.pop() if self._ahead else self._make()

    def _make(self) -> bytes:
        return orjson.dumps([self._one() for _ in range(self.batch)])

    def _one(self) -> dict[str, object]:
        self._number += 1
        found = moodle.anything(self._issuer, self._people, self._chance)
        # A host sends no ids: without a difference, equal statements of two requests would be recognised as sent again.
        found["context"]["extensions"]["urn:bench:number"] = f"{self._run}{self.batch}.{self._number}"
        return found


def fill(house: House, wanted: int) -> None:
    """The store as it is after some weeks, by the ordinary way in."""
    if wanted:
        bodies, connection = Bodies(house.platform.url, 1000), house.connection()
        for _ in range(-(-wanted // 1000)):
            house.send(connection, bodies.next())
        connection.close()
