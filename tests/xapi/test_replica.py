"""Who only asks may be answered by a replica: never by what it cannot know, and never with a promise it does not keep."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, make_url, text

from lti_tool.base.database import Database
from tests.journeys.running import until
from tests.xapi.support import Clock, Desk, Json
from xapi import access, drafts, saving
from xapi.embedded import EmbeddedLrs
from xapi.lrs import Sender
from xapi.reading import Copy, Reader
from xapi.replica import Replica
from xapi.saving import Arrival

Make = Callable[..., Json]
pytestmark = pytest.mark.postgresql


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(database: Database, database_url: str, replica_server: str) -> Iterator[Database]:
    """With its replica, which has everything by now."""
    name = make_url(database_url).database
    copy = make_url(replica_server).set(database=name).render_as_string(hide_password=False)
    found = Database(database_url, copy)
    until(lambda: caught_up(found), "the replica")
    yield found
    on_replica(found, "pg_wal_replay_resume()")
    found.close()


@pytest.fixture
def replica(database: Database, xapi_clock: Clock) -> Replica:
    return Replica(database.reading, database.copying, xapi_clock)


@pytest.fixture
def lrs(database: Database, xapi_clock: Clock, replica: Replica) -> EmbeddedLrs:
    return EmbeddedLrs(database.transaction, database.reading, xapi_clock, lambda *_: None, replica=replica)


def on_replica(database: Database, what: str) -> None:
    with database.copying() as connection:
        connection.execute(text(f"SELECT {what}"))


def caught_up(database: Database) -> bool:
    with database.reading() as connection:
        place = connection.execute(text("SELECT pg_current_wal_flush_lsn()")).scalar_one()
    try:
        with database.copying() as connection:
            return bool(connection.execute(text(f"SELECT pg_last_wal_replay_lsn() >= '{place}'")).scalar())
    except Exception:  # noqa: BLE001 - the database itself is not there yet
        return False


def ids(desk: Desk) -> list[str]:
    return [one["id"] for one in desk.get("admin").json["statements"]]


def through(desk: Desk) -> datetime:
    said = desk.get("admin").headers["X-Experience-API-Consistent-Through"]
    return datetime.fromisoformat(said)


def test_a_reader_is_answered_by_the_replica_and_told_until_when_it_knows_everything(
    desk: Desk, database: Database, statement: Make, xapi_clock: Clock
):
    desk.post("writer", one := statement())
    until(lambda: caught_up(database), "the replica")
    xapi_clock.pass_by(seconds=1)
    assert ids(desk) == [one["id"]]
    until(lambda: through(desk) == xapi_clock.at, "the note of that use")
    on_replica(database, "pg_wal_replay_pause()")
    xapi_clock.pass_by(seconds=1)
    stored = xapi_clock.at
    desk.post("writer", two := statement())
    xapi_clock.pass_by(seconds=1)
    assert ids(desk) == [one["id"]]
    assert through(desk) <= stored  # it does not know what was stored then
    on_replica(database, "pg_wal_replay_resume()")
    until(lambda: ids(desk) == [two["id"], one["id"]], "the second statement")
    until(lambda: through(desk) == xapi_clock.at, "the present")


def test_what_a_writer_is_still_writing_is_not_promised(
    database: Database, lrs: EmbeddedLrs, statement: Make, xapi_clock: Clock, sender: Sender
):
    begun = xapi_clock.at
    with database.transaction() as connection:
        saving.save(connection, [Arrival(drafts.ordinary([statement()]), sender)], xapi_clock)
        xapi_clock.pass_by(minutes=1)
        until(lambda: caught_up(database), "the replica")
        assert lrs.consistent_through() <= begun
    until(lambda: lrs.consistent_through() == xapi_clock.at, "the present")


def test_one_that_is_far_behind_or_away_is_not_asked(
    desk: Desk, database: Database, statement: Make, xapi_clock: Clock
):
    on_replica(database, "pg_wal_replay_pause()")
    ids(desk)
    desk.post("writer", one := statement())
    xapi_clock.pass_by(seconds=31)
    assert ids(desk) == [one["id"]]
    until(lambda: through(desk) == xapi_clock.at, "the note of that use")


AWAY = Database("postgresql://x@127.0.0.1:1/x?connect_timeout=1")


def test_one_that_gives_no_answer_is_left_alone_for_a_while(database: Database, xapi_clock: Clock):
    asked = []

    def away() -> AbstractContextManager[Connection]:
        asked.append(xapi_clock.at)
        return AWAY.reading()

    replica = Replica(database.reading, away, xapi_clock)
    lrs = EmbeddedLrs(database.transaction, database.reading, xapi_clock, lambda *_: None, replica=replica)
    for _ in range(3):
        assert lrs.consistent_through() == xapi_clock.at
    assert len(asked) == 1
    xapi_clock.pass_by(seconds=10)
    assert lrs.consistent_through() == xapi_clock.at
    assert len(asked) == 2


def test_one_that_dies_between_two_questions_is_no_reason_to_find_nothing(
    desk: Desk, database: Database, statement: Make
):
    desk.post("writer", one := statement())
    failed = []
    reader = Reader(database.reading, copy=Copy(AWAY.reading, lambda: failed.append(1)))
    assert reader.get(one["id"]) is not None
    assert failed == [1]


def test_who_is_answered_by_the_replica_keeps_no_connection_from_those_who_write(
    lrs: EmbeddedLrs, database: Database
):
    """A replica that hangs would hold them all."""
    until(lambda: caught_up(database), "the replica")
    with lrs.view() as (reader, _):
        assert reader.copy is not None
        assert database.engine.pool.checkedout() == 0


def test_what_is_no_replica_is_not_asked(database: Database, xapi_clock: Clock):
    """It was promoted, or a copy that nobody keeps up."""
    found = Replica(database.reading, database.reading, xapi_clock)
    assert (found.through(), found.behind()) == (None, None)


def test_how_far_behind_it_is_can_be_asked(desk: Desk, database: Database, replica: Replica, statement: Make):
    until(lambda: replica.behind() == 0, "the replica")
    on_replica(database, "pg_wal_replay_pause()")
    desk.post("writer", statement())
    assert (replica.behind() or 0) > 0


def test_a_revoked_credential_is_refused_whatever_the_replica_knows(
    desk: Desk, database: Database, xapi_clock: Clock
):
    assert desk.get("reader").status_code == 200
    on_replica(database, "pg_wal_replay_pause()")
    with database.transaction() as connection:
        access.revoke(connection, desk.keys["reader"][0], xapi_clock())
    assert desk.get("reader").status_code == 401


def test_beside_writers_and_a_replica_that_stumbles_every_promise_is_kept(
    database: Database, statement: Make, sender: Sender
):
    def now() -> datetime:
        return datetime.now(UTC)

    replica = Replica(database.reading, database.copying, now)
    stop, promises = threading.Event(), []

    def write() -> None:
        mine = EmbeddedLrs(database.transaction, database.reading, now, lambda *_: None)
        while not stop.is_set():
            mine.save([statement() for _ in range(5)], sender)

    def stumble() -> None:
        while not stop.wait(0.05):
            on_replica(database, "pg_wal_replay_pause()")
            stop.wait(0.05)
            on_replica(database, "pg_wal_replay_resume()")

    threads = [threading.Thread(target=one) for one in (write, write, stumble)]
    for one in threads:
        one.start()
    lrs = EmbeddedLrs(database.transaction, database.reading, now, lambda *_: None, replica=replica)

    def seen() -> bool:
        with lrs.view() as (reader, promised):
            if reader.copy is not None:
                promises.append((promised, reader.ask(lambda one: before(one, promised))))
        return len({count for _, count in promises}) > 8

    try:
        until(seen, "promises enough")
    finally:
        stop.set()
        for one in threads:
            one.join()
    with database.reading() as connection:
        assert [count for _, count in promises] == [before(connection, promised) for promised, _ in promises]


def before(connection: Connection, moment: datetime) -> int:
    at = int(moment.timestamp() * 1_000_000)
    return int(
        connection.execute(text(f"SELECT count(*) FROM xapi_statement WHERE stored < {at}")).scalar_one()
    )
