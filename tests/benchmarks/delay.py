"""From the statement's 200 to its learner's saved outcome, at 200 statements a second."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson
from sqlalchemy import bindparam, text

from tests.benchmarks import moodle
from tests.benchmarks.figures import Figure, milliseconds, percentile, rounded
from tests.benchmarks.house import House, Setting, open_house
from tests.benchmarks.load import beside

SINGLES, BATCH, BATCHES = 50, 50, 3  # a second: 50 singly and 3 × 50
SENDERS = 4
TOPICS_EACH = 9  # a probed learner stays below the ten topics that complete
_LOOK = 0.02
_OUTCOMES = text("SELECT topics FROM ledger_outcome WHERE learner_id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)


def run(setting: Setting) -> Iterator[Figure]:
    """Ten statements a second complete a topic for the first time; of each it is looked when the outcome's proof names it."""
    for kind in setting.databases:
        seconds = 15 if setting.quick else 60
        probed = range(-(-12 * seconds // TOPICS_EACH))
        crowd = range(len(probed), len(probed) + (100 if setting.quick else 500))
        with open_house(setting, kind) as house:
            house.launch_all(range(crowd.stop))
            spent = house.cpu()
            with beside(house.memory, 1.0) as memory:
                probes = _send(house, probed, crowd, seconds)
            spent = {name: after - spent[name] for name, after in house.cpu().items()}
            certificates = _certificates(house)
        yield _figure(kind, probes, spent, memory, certificates)


@dataclass
class Probes:
    """What was sent and when its outcome was seen."""

    owners: dict[str, str]  # sub → learner's id
    waiting: dict[str, tuple[str, float]] = field(
        default_factory=dict
    )  # statement's id → learner's id, moment of the 200
    delays: list[float] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)  # how late the driver itself was
    answers: list[float] = field(default_factory=list)
    planned: int = 0
    took: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sent(self, statement_id: str, sub: str, at: float) -> None:
        with self.lock:
            self.waiting[statement_id] = (self.owners[sub], at)

    def look(self, house: House) -> None:
        with self.lock:
            asked = dict(self.waiting)
        if not asked:
            return
        with house.database.reading() as connection:
            seen = "".join(
                connection.execute(
                    _OUTCOMES, {"ids": sorted({owner for owner, _ in asked.values()})}
                ).scalars()
            )
        now = time.perf_counter()
        with self.lock:
            for statement_id, (_, at) in asked.items():
                if statement_id in seen:
                    self.delays.append(now - at)
                    del self.waiting[statement_id]


@dataclass(frozen=True)
class _Request:
    at: float
    body: bytes
    probes: tuple[tuple[int, str], ...]  # place in the batch, sub


def _send(house: House, probed: range, crowd: range, seconds: int) -> Probes:
    plan = _plan(house.platform.url, probed, crowd, seconds)
    probes, lock, begun = Probes(_owners(house)), threading.Lock(), time.perf_counter()

    def work() -> None:
        connection = house.connection()
        while True:
            with lock:
                request = next(plan, None)
            if request is None:
                return
            time.sleep(max(0.0, begun + request.at - time.perf_counter()))
            start = time.perf_counter()
            ids = orjson.loads(house.send(connection, request.body))
            done = time.perf_counter()
            probes.lag.append(start - begun - request.at)
            probes.answers.append(done - start)
            for place, sub in request.probes:
                probes.sent(ids[place], sub, done)

    probes.planned = seconds * (SINGLES + BATCH * BATCHES)
    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        probes.look(house)
        time.sleep(_LOOK)
    probes.took = time.perf_counter() - begun
    _wait_for_rest(probes, house)
    return probes


def _wait_for_rest(probes: Probes, house: House) -> None:
    end = time.perf_counter() + 60
    while probes.waiting and time.perf_counter() < end:
        probes.look(house)
        time.sleep(_LOOK)
    assert not probes.waiting, f"{len(probes.waiting)} statements reached no outcome in a minute"


def _plan(issuer: str, probed: range, crowd: range, seconds: int) -> Iterator[_Request]:
    chance = random.Random(7)
    fresh = ((str(sub), topic) for topic in moodle.TOPICS[:TOPICS_EACH] for sub in probed)
    for second in range(seconds):
        for place in range(SINGLES):
            at = second + place / SINGLES
            if place % (SINGLES // BATCHES + 1) == 0:
                yield _request(issuer, at, crowd, chance, BATCH, next(fresh))
            yield _request(issuer, at, crowd, chance, 1, next(fresh) if place % 7 == 5 else None)


def _request(
    issuer: str, at: float, crowd: range, chance: random.Random, size: int, probe: tuple[str, str] | None
) -> _Request:
    found = [moodle.anything(issuer, crowd, chance) for _ in range(size)]
    for number, one in enumerate(found):
        one["context"]["extensions"]["urn:bench:number"] = f"{at:.3f}.{size}.{number}"
    if probe is None:
        return _Request(at, orjson.dumps(found), ())
    found[-1] = moodle.completed(issuer, *probe)
    return _Request(at, orjson.dumps(found), ((size - 1, probe[0]),))


def _owners(house: House) -> dict[str, str]:
    with house.database.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(text("SELECT sub, learner_id FROM base_launch"))}


def _certificates(house: House) -> int:
    return house.count("certificate_certificate")


def _figure(
    kind: str, probes: Probes, spent: dict[str, float], memory: list[dict[str, float]], certificates: int
) -> Figure:
    times = milliseconds(probes.delays)
    rate = round(probes.planned / probes.took)  # 200, unless the senders were held up
    third = memory[len(memory) // 3]
    cpu = {name: rounded(1000 * one / probes.planned) for name, one in spent.items()}
    values = {
        "database": kind,
        "seconds": round(probes.took, 1),
        "cpu_ms_per_statement": cpu,
        "statements_per_s_wanted": SINGLES + BATCH * BATCHES,
        "statements_per_s": rate,
        "probes": len(probes.delays),
        **times,
        "answer": milliseconds(probes.answers),
        "driver_late_p95_ms": round(percentile(probes.lag, 0.95) * 1000, 1),
        "certificates_made": certificates,
        "memory_mb_start": memory[0],
        "memory_mb_third": third,
        "memory_mb_end": memory[-1],
    }
    line = (
        f"p50 {times['p50_ms'] / 1000:.2f}, p95 {times['p95_ms'] / 1000:.2f}, max {times['max_ms'] / 1000:.2f} s from 200 to saved outcome at {rate}"
        f" statements/s for {probes.took:.0f} s ({len(probes.delays)} probes, {certificates} certificates made meanwhile); driver late by {values['driver_late_p95_ms']} ms (p95);"
        f" processor ms a statement: web {cpu['web']}, worker {cpu['worker']};"
        f" web {memory[0]['web']:.0f} → {third['web']:.0f} → {memory[-1]['web']:.0f} MB, worker {memory[0]['worker']:.0f} → {third['worker']:.0f} → {memory[-1]['worker']:.0f} MB"
    )
    return Figure(f"delay.{kind}", line, values)
