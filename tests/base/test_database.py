"""The database: one writer at a time, nothing half done, moments kept exactly."""

import select as waiting
import threading
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import OperationalError

from lti_tool.base.columns import UtcDateTime
from lti_tool.base.database import Database, insert, normalised
from lti_tool.base.tables import heartbeat
from tests.only import on_postgresql


def test_a_transaction_that_raises_leaves_nothing(database: Database, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        connection.execute(insert(connection, heartbeat).values(name="a", at=now))
        raise ZeroDivisionError
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(heartbeat)) == 0


@pytest.mark.parametrize("how", ["reading", "copying"])
def test_a_connection_that_only_read_writes_whole_transactions_afterwards(
    database: Database, now: datetime, how: str
) -> None:
    """One connection of the pool: each statement of a reader stands alone, those of a writer stand and fall together."""
    with getattr(database, how)() as connection:
        connection.scalar(select(func.count()).select_from(heartbeat))
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        connection.execute(insert(connection, heartbeat).values(name="a", at=now))
        connection.execute(insert(connection, heartbeat).values(name="b", at=now))
        raise ZeroDivisionError
    assert database.engine.pool.checkedin() == 1
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(heartbeat)) == 0


@on_postgresql
def test_a_reader_holds_no_transaction_open_between_two_statements(database: Database) -> None:
    """It would keep the oldest rows from being cleaned away, and cost two round trips."""
    with database.reading() as connection:
        connection.execute(text("SELECT 1"))
        line: Any = connection.connection.dbapi_connection
        assert line.info.transaction_status == TransactionStatus.IDLE


def test_a_second_transaction_inside_the_first_is_refused_instead_of_waiting_for_ever(
    database: Database,
) -> None:
    with database.transaction(), pytest.raises(RuntimeError, match="already open"), database.transaction():
        pass


def test_writers_in_many_threads_lose_nothing(database: Database, now: datetime) -> None:
    def write(number: int) -> None:
        for turn in range(5):
            with database.transaction() as connection:
                connection.execute(insert(connection, heartbeat).values(name=f"{number}-{turn}", at=now))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(heartbeat)) == 40


def test_writers_of_two_processes_wait_for_each_other(database: Database, now: datetime) -> None:
    other = Database(database.engine.url.render_as_string(hide_password=False))

    def write(mine: Database, name: str) -> None:
        for turn in range(10):
            with mine.transaction() as connection:
                connection.execute(insert(connection, heartbeat).values(name=f"{name}-{turn}", at=now))

    threads = [
        threading.Thread(target=write, args=pair)
        for pair in ((database, "a"), (other, "b"), (database, "c"), (other, "d"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(heartbeat)) == 40


@on_postgresql
def test_who_stands_still_inside_a_transaction_loses_it_and_the_others_go_on(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen machine holds its rows' locks: whoever wants the same rows would wait as long as it stands."""
    monkeypatch.setattr("lti_tool.base.database._STANDS_STILL", "50ms")
    frozen = Database(database.engine.url.render_as_string(hide_password=False))

    def beat(connection: Connection) -> None:
        adding = insert(connection, heartbeat).values(name="worker", at=now)
        connection.execute(adding.on_conflict_do_update(index_elements=["name"], set_={"at": now}))

    with pytest.raises(OperationalError, match="idle-in-transaction"), frozen.transaction() as connection:
        beat(connection)
        wire = connection.connection.dbapi_connection
        assert wire is not None
        assert waiting.select([wire.fileno()], [], [], 10)[0], "the server said nothing"
        with database.transaction() as other:
            other.execute(text("SET LOCAL lock_timeout = '5s'"))
            beat(other)
        beat(connection)
    with frozen.transaction() as connection:
        beat(connection)
    frozen.close()


@on_postgresql
@pytest.mark.parametrize(("server", "ours"), [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")])
def test_what_is_acknowledged_is_on_the_disk_whatever_the_server_was_set_to(
    database: Database, server: str, ours: str
) -> None:
    """Issue 3: "durable commit (PostgreSQL `synchronous_commit=on` ...)"."""
    url = database.engine.url.update_query_dict({"options": f"-c synchronous_commit={server}"})
    found = Database(url.render_as_string(hide_password=False))
    with found.reading() as connection:
        assert connection.scalar(text("SHOW synchronous_commit")) == ours
    found.close()


def test_an_upsert_keeps_one_row(database: Database, now: datetime) -> None:
    later = now + timedelta(seconds=1)
    for moment in (now, later):
        with database.transaction() as connection:
            row = insert(connection, heartbeat).values(name="worker", at=moment)
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": moment}))
    with database.reading() as connection:
        assert connection.execute(select(heartbeat.c.at)).scalars().all() == [later]


def test_postgresql_urls_use_the_driver_this_project_ships() -> None:
    assert normalised("postgres://a@b/c").drivername == "postgresql+psycopg"
    assert normalised("postgresql://a@b/c").drivername == "postgresql+psycopg"
    assert normalised("sqlite:///x.db").drivername == "sqlite"


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone(timedelta(hours=7))))
)
def test_a_moment_comes_back_exactly_as_it_went_in(moment: datetime) -> None:
    column = UtcDateTime()
    stored = column.process_bind_param(moment, None)
    back = column.process_result_value(stored, None)
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        UtcDateTime().process_bind_param(datetime(2025, 12, 1), None)


def test_what_was_closed_opens_again_when_it_is_needed(database: Database, now: datetime) -> None:
    for name in "ab":
        with database.transaction() as connection:
            connection.execute(insert(connection, heartbeat).values(name=name, at=now))
        database.close()
    with database.reading() as connection:
        assert set(connection.scalars(select(heartbeat.c.name))) == {"a", "b"}


def test_a_writer_keeps_its_connection_until_something_fails(database: Database, now: datetime) -> None:
    """To get one and give it back costs as much as what a statement writes; what failed may have left it in any state."""
    used = []
    for name in "abc":
        with suppress(ZeroDivisionError), database.transaction() as connection:
            used.append(connection)
            connection.execute(insert(connection, heartbeat).values(name=name, at=now))
            if name == "b":
                raise ZeroDivisionError
    assert [one is used[0] for one in used] == [True, True, False]
    with database.reading() as connection:
        assert set(connection.scalars(select(heartbeat.c.name))) == {"a", "c"}


@on_postgresql
@pytest.mark.parametrize("rested", [True, False])
def test_writers_whose_connections_died_get_others(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch, rested: bool
) -> None:
    """After a rest the next writer notices nothing; without one it fails once, and its neighbours' connections go with its own."""
    monkeypatch.setattr("lti_tool.base.database._REST_SECONDS", 0.0 if rested else 3600.0)
    found = Database(database.engine.url.render_as_string(hide_password=False))
    pids = _written_at_once(found, now, "ab")
    with database.transaction() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid, 5000) FROM unnest(:pids) AS pid"), {"pids": pids}
        )
    if not rested:
        with pytest.raises(OperationalError):
            _written_at_once(found, now, "c")
    others = _written_at_once(found, now, "de")
    assert len({*pids, *others}) == 4
    with database.reading() as connection:
        assert set(connection.scalars(select(heartbeat.c.name))) == set("abde")
    found.close()


def _written_at_once(database: Database, now: datetime, names: str) -> list[int]:
    """By as many writers as there are names, all open together; their connections' processes in the database."""
    pids, all_open = [], threading.Barrier(len(names))

    def write(name: str) -> None:
        with database.transaction() as connection:
            connection.execute(insert(connection, heartbeat).values(name=name, at=now))
            all_open.wait(10)
            pids.append(connection.scalar(text("SELECT pg_backend_pid()")))

    *others, last = names
    threads = [threading.Thread(target=write, args=(name,)) for name in others]
    for thread in threads:
        thread.start()
    write(last)
    for thread in threads:
        thread.join(10)
    return pids


@on_postgresql
def test_more_writers_than_connections_wait_and_leave_room_for_readers(
    database: Database, now: datetime
) -> None:
    """What writers kept, nobody who waits for the pool would see."""
    names = [f"writer {number}" for number in range(30)]
    threads = [threading.Thread(target=_write_slowly, args=(database, now, name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with ExitStack() as readers:
        open_now = [readers.enter_context(database.reading()) for _ in range(12)]
        assert set(open_now[-1].scalars(select(heartbeat.c.name))) == set(names)


def _write_slowly(database: Database, now: datetime, name: str) -> None:
    with database.transaction() as connection:
        connection.execute(insert(connection, heartbeat).values(name=name, at=now))
        connection.execute(text("SELECT pg_sleep(0.05)"))


def test_a_file_where_sqlite_has_no_write_ahead_log_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network's file system, for which SQLite's locks by files stand here."""
    monkeypatch.chdir(tmp_path)
    found = Database("sqlite:///file:here.db?vfs=unix-dotfile&uri=true")
    with pytest.raises(OperationalError, match="a disk of this machine"), found.reading():
        pass
    found.close()
