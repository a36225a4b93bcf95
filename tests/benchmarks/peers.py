"""Writes a second beside Ralph on ClickHouse's engine: the same statements, the same driver, in turns."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from sqlalchemy import text

from tests.benchmarks.figures import Figure, rounded
from tests.benchmarks.house import House, Setting, open_house, tidy
from tests.benchmarks.http import Connection
from tests.benchmarks.load import Taken
from tests.benchmarks.processes import spent_with_children
from tests.benchmarks.ralph import PROCESSES, Ralph, installed, open_ralph
from tests.benchmarks.statements import BATCHES, CONNECTIONS, KNOWN, Bodies, write
from tests.journeys.running import until

ROUNDS, SECONDS = 5, 8.0
_IDLE = 0.1  # of a core


@dataclass(frozen=True)
class Side:
    """One of the two, as the driver sees it. `cpu`: seconds spent so far, by part."""

    name: str
    connections: Callable[[int], list[Connection]]
    send: Callable[[Connection, bytes], bytes]
    count: Callable[[], int]
    cpu: Callable[[], dict[str, float]]


@dataclass(frozen=True)
class Turn:
    taken: Taken
    cpu: dict[str, float]  # seconds, by part


def run(setting: Setting) -> Iterator[Figure]:
    """Ours on PostgreSQL, Ralph in one process as it ships, Ralph in as many as ours; five times. Singly, by 50 and by 500."""
    if not (installed() and "postgresql" in setting.databases):
        print("peers: left out; `make bench-peers` installs Ralph and ClickHouse's engine", flush=True)
        return
    with open_house(setting, "postgresql") as house, open_ralph() as ralph:
        house.launch_all(range(50 if setting.quick else KNOWN))
        ours, *theirs = sides = [_ours(house), *(_theirs(ralph, number) for number in (1, PROCESSES))]
        for side in (ours, theirs[-1]):
            _fill(side, house.platform.url, setting.stored)
        tidy(house.database)
        for batch in BATCHES:
            turns: dict[str, list[Turn]] = {side.name: [] for side in sides}
            for number in range(1 if setting.quick else ROUNDS):
                for side in sides if number % 2 == 0 else reversed(sides):
                    _rest(sides)
                    seconds = setting.seconds(SECONDS)
                    bodies = Bodies(house.platform.url, batch, f"{batch}.{number}", seconds)
                    turns[side.name].append(_turn(side, bodies, seconds))
            for other in theirs:
                yield _figure(batch, other.name, turns[ours.name], turns[other.name], setting.stored)


def _ours(house: House) -> Side:
    with house.database.reading() as connection:
        first_line = text("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")
        postmaster = int(connection.execute(first_line).scalar_one())

    def cpu() -> dict[str, float]:
        return {**house.cpu(), "postgresql": spent_with_children(postmaster)}

    return Side("ours", house.connections, house.send, lambda: house.count("xapi_statement"), cpu)


def _theirs(ralph: Ralph, processes: int) -> Side:
    def connections(number: int) -> list[Connection]:
        return ralph.connections(number, processes)

    return Side(f"ralph-{processes}", connections, ralph.send, ralph.count, ralph.cpu)


def _fill(side: Side, issuer: str, wanted: int) -> None:
    """By the ordinary way in, before anything is measured; it also lets each check its credential for the first time."""
    opened = side.connections(CONNECTIONS)
    bodies = Bodies(issuer, 500, "before.")

    def some(connection: Connection) -> None:
        for _ in range(-(-max(wanted, 1) // (500 * CONNECTIONS))):
            side.send(connection, bodies.next())

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(some, opened))
    for one in opened:
        one.close()


def _rest(sides: list[Side]) -> None:
    """Until nothing works any more (reviews, merges of parts, vacuum): one shall not take from the other's turn."""

    def spent() -> float:
        return sum(sum(side.cpu().values()) for side in sides)

    def idle() -> bool:
        before = spent()
        time.sleep(0.5)
        return spent() - before < 0.5 * _IDLE

    until(idle, "both to come to rest", seconds=600)


def _turn(side: Side, bodies: Bodies, seconds: float) -> Turn:
    """One run. Every statement acknowledged is counted in the store."""
    stored, cpu, opened = side.count(), side.cpu(), side.connections(CONNECTIONS)
    taken = write(side.send, opened, bodies, seconds)
    spent = {name: after - cpu[name] for name, after in side.cpu().items()}
    for one in opened:
        one.close()
    found = side.count() - stored
    assert found == taken.done, f"{side.name}: {taken.done} acknowledged, {found} stored"
    return Turn(taken, spent)


def _figure(batch: int, name: str, ours: list[Turn], theirs: list[Turn], stored: int) -> Figure:
    """The middle one of the rounds: a shared host changes its pace from one to the next."""
    ratios = [one.taken.rate / other.taken.rate for one, other in zip(ours, theirs, strict=True)]
    ratio, own, other = median(ratios), _each(ours), _each(theirs)
    line = (
        f"{_rate(ours):.0f} statements/s by {batch}, Ralph {_rate(theirs):.0f}: of {len(ratios)} rounds the middle one {ratio:.2f} times;"
        f" {sum(own.values()):.2f} and {sum(other.values()):.2f} ms of processor each"
    )
    values = {
        "batch": batch,
        "connections": CONNECTIONS,
        "stored_before": stored,
        "ratio": rounded(ratio),
        "ratios": [rounded(one) for one in ratios],
        "ours_per_s": [rounded(one.taken.rate) for one in ours],
        "ralph_per_s": [rounded(one.taken.rate) for one in theirs],
        "ours_cpu_ms_each": own,
        "ralph_cpu_ms_each": other,
    }
    return Figure(f"peers.{name}.{batch}", line, values)


def _rate(turns: list[Turn]) -> float:
    return median(one.taken.rate for one in turns)


def _each(turns: list[Turn]) -> dict[str, float]:
    """Milliseconds of processor a statement, by part."""
    done = sum(one.taken.done for one in turns)
    return {name: rounded(1000 * sum(one.cpu[name] for one in turns) / done) for name in turns[0].cpu}
