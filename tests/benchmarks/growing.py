"""The copies of `cloning`, in SQL: a fixed number of statements for each ten thousand."""

import time
from dataclasses import replace

from sqlalchemy import text

from lti_tool.base.database import Database
from tests.benchmarks.cloning import KEPT, LATE, TURN, Store
from tests.benchmarks.house import tidy

_SAID_SECONDS = 10
_MEMORY = (
    512 * 1024
)  # KiB of SQLite's cache while it is filled: ten indexes at once do not go into the usual two megabytes
_TABLES = ("xapi_statement", "xapi_payload", "xapi_activity_link", "xapi_agent_link")


def grown(database: Database, store: Store, total: int, people: int) -> Store:
    """Exactly `total` statements of so many learners instead of those that are there. `total`: a multiple of the templates'."""
    size, begun = len(store.templates), time.perf_counter()
    assert total % size == 0, (total, size)
    store, said = replace(store, total=total, people=people), begun
    with database.transaction() as connection:
        for table in _TABLES:
            connection.execute(text(f"DELETE FROM {table}"))
    for copy in range(total // size):
        _copy(database, store, copy)
        if time.perf_counter() - said > _SAID_SECONDS:
            said = time.perf_counter()
            print(f"  {(copy + 1) * size:,} of {total:,} stored after {said - begun:.0f} s", flush=True)
    _settle(database, total)
    print(f"  {total:,} stored and settled after {time.perf_counter() - begun:.0f} s", flush=True)
    return store


def _copy(database: Database, store: Store, copy: int) -> None:
    values = {
        "shift": copy * len(store.templates),
        "turn": copy * TURN,
        "people": store.people,
        "began": store.began,
        "step": store.step,
        "late": LATE,
    }
    with database.transaction() as connection:
        if database.is_sqlite:
            connection.execute(text(f"PRAGMA cache_size = -{_MEMORY}"))
        for statement in _inserts(sqlite=database.is_sqlite):
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), wanted)


def _inserts(*, sqlite: bool) -> tuple[str, ...]:
    seq = "CAST(place + :shift AS BIGINT)"
    stored = f":began + {seq} * :step"
    fresh = "bench_template t JOIN bench_learner l ON l.learner = (t.learner + :turn) % :people"
    number = f"printf('%012x', {seq})" if sqlite else f"lpad(to_hex({seq}), 12, '0')"
    marks = {
        "id": f"prefix || {number}",
        "learner": "CAST(l.learner AS TEXT)",
        "registration": "l.registration",
        "stored": _written(stored, sqlite=sqlite),
        "timestamp": _written(f"{stored} - :late", sqlite=sqlite),
    }
    payload = "marked"
    for mark, value in marks.items():
        payload = f"replace({payload}, '@{mark}@', {value})"
    rows = (
        f'INSERT INTO xapi_statement (seq, last_seq, stored, "timestamp", id, actor_key, registration, {KEPT})'
        f" SELECT {seq}, {seq}, {stored}, {stored} - :late, {marks['id']}, actor_key, registration, {KEPT} FROM {fresh} ORDER BY 1"
    )
    return (
        rows,
        f"INSERT INTO xapi_payload (seq, payload) SELECT {seq}, {payload} FROM {fresh} ORDER BY 1",
        f"INSERT INTO xapi_activity_link (activity_key, seq) SELECT activity_key, {seq} FROM bench_link ORDER BY 1, 2",
    )


def _written(micros: str, *, sqlite: bool) -> str:
    """As xapi.formats.written says it."""
    whole, rest = f"({micros}) / 1000000", f"({micros}) % 1000000"
    if sqlite:
        return f"strftime('%Y-%m-%dT%H:%M:%S', {whole}, 'unixepoch') || printf('.%06dZ', {rest})"
    day = f"to_char(to_timestamp({whole}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24\\:MI\\:SS')"
    return f"{day} || '.' || lpad(({rest})::text, 6, '0') || 'Z'"


def _settle(database: Database, total: int) -> None:
    if not database.is_sqlite:
        with database.transaction() as connection:
            connection.execute(text(f"SELECT setval('xapi_statement_seq_seq', {total})"))
    tidy(database)
