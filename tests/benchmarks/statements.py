"""Writes a second through HTTP, authentication, validation, intake and callback, with the worker at work; beside the database alone."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import orjson

from tests.benchmarks import moodle, raw
from tests.benchmarks.figures import Figure, milliseconds, rounded
from tests.benchmarks.house import House, Setting, open_house, tidy
from tests.benchmarks.http import Connection
from tests.benchmarks.load import Taken, together

KNOWN, ALL = 200, 18_000  # learners who launched; people in the statements
CONNECTIONS = 4
BATCHES = (1, 50, 500)
ROUNDS = 5
_AHEAD_A_SECOND = {1: 1_500, 50: 8_000, 500: 12_000}  # statements by batch: more than either side takes


@dataclass(frozen=True)
class _Round:
    """`taken` by the product; `alone`: statements a second of the database alone just after; `spent`: seconds of the web's processor."""

    taken: Taken
    alone: float
    spent: float

    @property
    def share(self) -> float:
        return self.taken.rate / self.alone


def run(setting: Setting) -> Iterator[Figure]:
    """Singly, by 50 and by 500, on each database; product and database alone in turns, for a machine is never the same for long."""
    for kind in setting.databases:
        with open_house(setting, kind) as house:
            house.launch_all(range(50 if setting.quick else KNOWN))
            fill(house, setting.stored)
            with raw.database_alone(setting, kind, house.database) as alone:
                for batch in BATCHES:
                    house.settle()
                    rounds = [_round(setting, house, alone, batch, number) for number in range(ROUNDS)]
                    yield _figure(setting, house, kind, batch, rounds)


def _round(setting: Setting, house: House, alone: raw.Alone, batch: int, number: int) -> _Round:
    seconds = setting.seconds(5)
    bodies = Bodies(house.platform.url, batch, f"{batch}.{number}", seconds)
    before, spent = house.count("xapi_statement"), house.cpu()["web"]
    opened = house.connections(CONNECTIONS)
    taken = write(house.send, opened, bodies, seconds)
    spent = (house.cpu()["web"] - spent) / taken.done
    after = house.count("xapi_statement")
    assert after - before == taken.done, f"{taken.done} acknowledged, {after - before} stored"
    missing = set(bodies.acknowledged) - house.kept(bodies.acknowledged)
    assert not missing, f"acknowledged and not to be read: {sorted(missing)[:5]}"
    with house.database.reading() as connection:
        rows = raw.stored_rows(connection, min(taken.done, 20_000))
    with house.without_worker():
        rate = alone.rate(rows, batch, setting.seconds(3))
    return _Round(taken, rate, spent)


def _figure(setting: Setting, house: House, kind: str, batch: int, rounds: list[_Round]) -> Figure:
    times = milliseconds([one for each in rounds for one in each.taken.seconds])
    share, rate = median(one.share for one in rounds), median(one.taken.rate for one in rounds)
    alone = median(one.alone for one in rounds)
    values = {
        "database": kind,
        "web_processes": house.web_processes,
        "connections": CONNECTIONS,
        "batch": batch,
        "statements": sum(one.taken.done for one in rounds),
        "statements_per_s": rounded(rate),
        "database_alone_per_s": rounded(alone),
        "share_of_database": rounded(share),
        "shares": [rounded(one.share) for one in rounds],
        **times,
        "web_cpu_ms_per_statement": rounded(1000 * median(one.spent for one in rounds)),
        "reviews_waiting_at_end": house.count("ledger_review_due"),
        "memory_mb": house.memory(),
        "stored_before": setting.stored,
        **house.durability(),
    }
    line = f"{rate:.0f} statements/s by {batch}, {share:.0%} of the database alone ({alone:.0f}/s); p50 {times['p50_ms']:.0f}, p99 {times['p99_ms']:.0f} ms; {values['web_cpu_ms_per_statement']} ms of processor each"
    return Figure(f"statements.{kind}.{batch}", line, values)


def write(
    send: Callable[[Connection, bytes], bytes], opened: list[Connection], bodies: "Bodies", seconds: float
) -> Taken:
    """Send bodies over each of these connections for so long; every statement is acknowledged by its id."""

    def act(connection: Connection) -> int:
        ids = orjson.loads(send(connection, bodies.next()))
        assert len(ids) == bodies.batch
        bodies.acknowledged += ids
        return bodies.batch

    return together([lambda one=one: act(one) for one in opened], seconds)


class Bodies:
    """Requests' bodies, those of so many seconds made ahead so that the driver's own work counts little. No statement is like another."""

    def __init__(self, issuer: str, batch: int, name: str, seconds: float = 0) -> None:
        self._issuer, self.batch, self._name = issuer, batch, name
        self._chance, self._lock, self._number = random.Random(name), threading.Lock(), 0
        self._people = range(ALL)
        self.acknowledged: list[str] = []
        statements = seconds * _AHEAD_A_SECOND.get(batch, 0)
        self._ahead = [self._make() for _ in range(int(statements) // batch)]

    def next(self) -> bytes:
        with self._lock:
            return self._ahead.pop() if self._ahead else self._make()

    def _make(self) -> bytes:
        return orjson.dumps([self._one() for _ in range(self.batch)])

    def _one(self) -> dict[str, object]:
        self._number += 1
        found = moodle.anything(self._issuer, self._people, self._chance)
        # A host sends no ids: without a difference, equal statements of two requests would be recognised as sent again.
        found["context"]["extensions"]["urn:bench:number"] = f"{self._name}.{self._number}"
        return found


def fill(house: House, wanted: int) -> None:
    """The store as it is after some weeks, by the ordinary way in."""
    if wanted:
        bodies, connection = Bodies(house.platform.url, 1000, "fill"), house.connection()
        for _ in range(-(-wanted // 1000)):
            house.send(connection, bodies.next())
        connection.close()
        tidy(house.database)
