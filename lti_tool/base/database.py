"""The one place that opens a database: SQLite on one machine, PostgreSQL past it."""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DisconnectionError, OperationalError

from xapi import libpq
from xapi.sql import insert

__all__ = ["Database", "insert", "normalised"]  # the record store's insert is ours too

_WRITING = "donghanh_writing"
_RESTS = "rests_since"  # among what is noted of a connection
_BUSY_SECONDS = 30
_PATIENT, _IMPATIENT = f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}", "PRAGMA busy_timeout=0"
_KEPT = 8  # writers' connections of a process: as many as write at once, of the 20 that the pool has
_LOOK_SECONDS = 0.0003
_REST_SECONDS = 1.0
_STANDS_STILL = "60s"  # in a transaction, between two statements: we only compute there
_SOON = {  # libpq's: seconds to connect; milliseconds until what was sent is confirmed; seconds of silence, between looks, looks
    "connect_timeout": "2",
    "tcp_user_timeout": "5000",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
}


class Database:
    """Transactions on one database.

    `url`: an SQLAlchemy URL; `postgres://` and `postgresql://` mean psycopg 3; `copy_url`: of a replica of it. Raises
    sqlalchemy.exc.ArgumentError for nonsense.
    """

    def __init__(self, url: str, copy_url: str | None = None) -> None:
        parsed = normalised(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(parsed) if self.is_sqlite else _postgresql_engine(parsed)
        self.copy = None if copy_url is None else _copy_engine(normalised(copy_url))
        self._writers = self.engine.execution_options(**{_WRITING: True})
        self._writer = threading.Lock()
        self._kept: deque[Connection] = deque()  # the writers', each in nobody's hands
        self._inside = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One writing transaction: committed when the block ends, rolled back when it raises."""
        if getattr(self._inside, "writing", False):
            raise RuntimeError("a writing transaction is already open in this thread: pass its connection on")
        self._inside.writing = True
        try:
            with self._writing() as connection, connection.begin():
                yield connection
        finally:
            self._inside.writing = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """What is committed, never written through.

        On PostgreSQL each statement sees what is committed when it begins, as inside READ COMMITTED, but without the two round
        trips of a transaction that would protect nothing.
        """
        with _read(self.engine) as connection:
            yield connection

    @contextmanager
    def copying(self) -> Iterator[Connection]:
        """What the replica has by now; the database itself where there is none."""
        with _read(self.engine if self.copy is None else self.copy) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        # SQLite has one writer: threads of this process queue here instead of polling the file lock.
        with self._writer if self.is_sqlite else nullcontext():
            connection = self._taken()
            try:
                yield connection
            except BaseException:
                if connection.invalidated:  # the database went away, from the others too
                    self._let_go()
                self._give_back(connection)  # who knows what it is in: the next one gets another
                raise
            self._keep(connection)

    def _taken(self) -> Connection:
        """A writer's connection, kept from the last one: to get one and give it back costs as much as what a statement writes."""
        connection = self._longest_kept()
        if connection is None:
            connection = self._writers.connect()
            if self.is_sqlite:
                _line(connection).execute(_IMPATIENT)  # see `_took_turn`
        elif not self.is_sqlite and not _is_well(_line(connection), connection.info):
            connection.invalidate()  # takes another when it is used
        return connection

    def _longest_kept(self) -> Connection | None:
        """In turn: one that never comes to its turn would be forgotten by what stands between us and the database."""
        try:
            return self._kept.popleft()
        except IndexError:
            return None

    def _keep(self, connection: Connection) -> None:
        if len(self._kept) >= _KEPT:  # who waits for the pool looks nowhere else
            self._give_back(connection)
            return
        connection.info[_RESTS] = time.monotonic()
        self._kept.append(connection)

    def _give_back(self, connection: Connection) -> None:
        if self.is_sqlite and not connection.invalidated:
            _line(connection).execute(_PATIENT)
        connection.close()

    def _let_go(self) -> None:
        while (connection := self._longest_kept()) is not None:
            connection.invalidate()  # to the pool it would look as if it had just been used
            connection.close()

    def close(self) -> None:
        with self._writer:
            self._let_go()
        for engine in (self.engine, self.copy):
            if engine is not None:
                engine.dispose()


@contextmanager
def _read(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        line = _line(connection)
        if isinstance(line, _Line):
            line.each_alone(True)
        try:
            yield connection
        finally:
            connection.rollback()


def _line(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def normalised(url: str) -> URL:
    """The URL with the driver this project ships: psycopg 3 for PostgreSQL, the standard library's for SQLite."""
    parsed = make_url(url)
    if parsed.get_backend_name() in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _copy_engine(url: URL) -> Engine:
    """Gives up soon: the database itself answers instead."""
    given = {**_SOON, **url.query}
    return _postgresql_engine(url.set(query=given))


def _postgresql_engine(url: URL) -> Engine:
    # psycopg would forget what we prepared (see `xapi.libpq`) together with what it prepared itself. And a plan made while a table
    # was all but empty would be kept: a review read every waiting actor for each portion of a hundred, 40 ms of it.
    given = {"prepare_threshold": None}
    # Without it psycopg's count of an INSERT's rows is lost, and "did I come first?" cannot be asked of ON CONFLICT DO NOTHING.
    counting = {"preserve_rowcount": True}
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        execution_options=counting,
        connect_args=given,
    )
    event.listen(engine, "do_connect", _open_line)
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "handle_error", _name_what_went)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _give_out)
    return engine


class _Line(psycopg.Connection[Any]):
    """Ends its transactions in one call: psycopg waits in Python, where other threads of the process come between each of its steps."""

    keeps_plans = False  # see `xapi.sql.rows`

    def commit(self) -> None:
        """Raises psycopg.Error when nothing was committed, after a statement that failed too."""
        if self.pgconn.transaction_status == TransactionStatus.IDLE:
            return
        if libpq.run(self.pgconn, b"COMMIT") != b"COMMIT":
            raise psycopg.errors.InFailedSqlTransaction("rolled back: a statement of the transaction failed")

    def each_alone(self, value: bool) -> None:
        """Whether each statement is a transaction of its own; said between transactions only.

        SQLAlchemy's way to say so costs as much as the statement.
        """
        self._autocommit = value

    def rollback(self) -> None:
        """Keeps what is prepared, which psycopg would throw away for fear of a table that is gone with the transaction."""
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            libpq.run(self.pgconn, b"ROLLBACK")


def _open_line(_dialect: Any, _record: Any, places: Any, given: Any) -> _Line:
    return _Line.connect(*places, **given)


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # A page of an old course is fifty rows by an index. PostgreSQL, which cannot know that all of them are old, took a merge join
    # and read every newer statement first: half a second at 300,000 statements, and growing with the store.
    connection.execute("SET enable_mergejoin = off")
    # Its own guess is a disk that turns. With it a review of a hundred people read every statement there is instead of theirs by an index.
    connection.execute("SET random_page_cost = 1.1")
    # "Durable commit": a server or role with it off would have statements acknowledged that a power cut takes away.
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    # A machine that freezes in a transaction keeps its locks: everybody who has to do with the same people would wait for it.
    connection.execute(f"SET idle_in_transaction_session_timeout = '{_STANDS_STILL}'")
    connection.commit()


def _name_what_went(context: ExceptionContext) -> None:
    """A session that the server ended for standing still is a database that is away, though its code says that the program is at fault."""
    if isinstance(context.original_exception, psycopg.errors.IdleInTransactionSessionTimeout):
        context.is_disconnect = True
        raise OperationalError(
            context.statement, None, context.original_exception, connection_invalidated=True
        )


def _note_rest(_connection: Any, record: Any) -> None:
    record.info[_RESTS] = time.monotonic()


def _give_out(connection: _Line, record: Any, _proxy: Any) -> None:
    if not _is_well(connection, record.info):
        raise DisconnectionError  # the pool throws it away and takes another


def _is_well(connection: _Line, info: Mapping[str, Any]) -> bool:
    """As new for the next one. A connection that rested may have died with its server; one just used costs no question more."""
    connection.each_alone(False)  # whoever had it last only read
    connection.keeps_plans = False
    since = info.get(_RESTS)
    if since is None or time.monotonic() - since < _REST_SECONDS:
        return True
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error:
        return False
    return True


def _sqlite_engine(url: URL) -> Engine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)  # the first start finds no folder
    engine = create_engine(
        url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}, pool_size=16
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, and which
    (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":  # SQLite says so and goes on without; there readers and writers stop each other
        raise sqlite3.OperationalError(
            "SQLite has no write-ahead log here: the file must lie on a disk of this machine"
        )
    for pragma in ("PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", _PATIENT):
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can fail half-way with SQLITE_BUSY; IMMEDIATE takes the lock at once.
    if not connection.get_execution_options().get(_WRITING):
        connection.exec_driver_sql("BEGIN")
    elif not _took_turn(connection.connection.dbapi_connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # what is wrong is raised here, as SQLAlchemy's error


def _took_turn(connection: Any) -> bool:
    """Wait for the other processes' writers, looking often, on a connection that does not wait by itself.

    SQLite's own waiting looks every 100 ms in the end: beside a worker that writes again and again, statements waited for seconds.
    """
    try:
        end = time.monotonic() + _BUSY_SECONDS
        while not _begun(connection):
            if time.monotonic() > end:
                return False
            time.sleep(_LOOK_SECONDS)
    except sqlite3.OperationalError:
        return False
    return True


def _begun(connection: Any) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True
