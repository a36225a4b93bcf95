"""Whoever follows the numbers never passes one that may still come, and no transaction but a writer's holds it up."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from xapi import sql
from xapi.embedded import EmbeddedLrs
from xapi.lrs import Sender
from xapi.settled import settled
from xapi.tables import statement as table

WRITERS, EACH = 16, 12


def test_nothing_stored_is_settled_at_nothing(database):
    assert settled(database.reading) == 0


def test_sixteen_writers_at_once_and_a_follower_that_misses_none(
    database, xapi_clock, heard, sender, statement
):
    done = threading.Event()
    seen: list[int] = []

    def write(_: int) -> None:
        # A store of its own each, as in as many processes: one alone commits its writers together.
        mine = EmbeddedLrs(database.transaction, database.reading, xapi_clock, heard)
        for number in range(EACH):
            mine.save([statement() for _ in range(1 + number % 3)], sender)

    def follow() -> None:
        while True:
            last = done.is_set()
            bound = settled(database.reading)
            if bound is not None:
                start = seen[-1] if seen else 0
                with database.reading() as connection:
                    rows = select(table.c.seq).where(table.c.seq > start, table.c.seq <= bound)
                    seen.extend(connection.execute(rows.order_by(table.c.seq)).scalars())
            if last and bound is not None:
                return

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    done.set()
    follower.join()
    with database.reading() as connection:
        everything = list(connection.execute(select(table.c.seq).order_by(table.c.seq)).scalars())
    assert len(everything) == WRITERS * (EACH // 3) * 6
    assert seen == everything


def test_a_writer_that_is_not_finished_stops_the_follower_before_its_gap(database, lrs, sender, statement):
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    with database.transaction() as slow:
        sql.numbers(slow, 1, second=1_765_000_000, alone=False)
        threading.Thread(target=lambda: lrs.save([statement()], sender)).start()
        assert settled(database.reading, looks=3) is None
    assert settled(database.reading) is not None


def test_another_long_transaction_holds_nobody_up(database, lrs, sender, statement):
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    with database.engine.begin() as other:
        other.execute(text("SELECT txid_current()"))
        lrs.save([statement()], sender)
        assert settled(database.reading, looks=3) == 1


def test_statements_of_a_sender_count_whoever_it_is(database, lrs, statement):
    lrs.save([statement()], Sender("b" * 32, {"mbox": "mailto:b@example.vn"}))
    assert settled(database.reading) == 1
