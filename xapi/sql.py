"""What SQLite and PostgreSQL say differently."""

import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from xapi import arrays, exact, libpq
from xapi.formats import micros
from xapi.libpq import Value

# Two families of advisory locks of PostgreSQL; the numbers only have to differ from everybody else's.
WRITERS = 0x7861706A
VOIDING = 0x7861706B
_HEXADECIMAL = re.compile("[0-9a-f]{32}")
_ERA = 1_577_836_800  # 2020: seconds since then fit the four bytes of a lock's key until 2088

_NUMBERS = (  # two numbers of our own and no word of anybody's
    f"WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared({VOIDING}, 0)),"  # noqa: S608
    f" mark AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared({WRITERS}, $1::bigint::int) FROM gate)"
    " SELECT string_agg(nextval('xapi_statement_seq_seq')::text, ' ') FROM mark, generate_series(1, $2::bigint)"
)
_OLDEST = (  # a number of our own and no word of anybody's
    f"SELECT min(objid::bigint) FROM pg_locks WHERE locktype = 'advisory' AND classid = {WRITERS} AND objsubid = 2"  # noqa: S608
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
# Every writer holds this lock with others; who gets it alone, for the moment of a statement, knows that there is none. To list all locks
# takes three times as long as a look-up.
_OLDEST_IF_ANY = f"SELECT CASE WHEN pg_try_advisory_xact_lock({VOIDING}, 0) THEN NULL ELSE ({_OLDEST}) END"
_NUMBERS_ALONE = _NUMBERS.replace(f"lock_shared({VOIDING}", f"lock({VOIDING}")


STANDING = (  # how many of some credentials stand
    "SELECT count(*) FROM xapi_credential WHERE key {among} AND revoked IS NULL AND (expires IS NULL OR expires > {now})"
)
# With the numbers: one text, for so it comes back.
_ASKED_FIRST = (
    f"SELECT ({STANDING.format(among='= ANY($3::text[])', now='$4::bigint')}) || ' ' || string_agg("
)
_FIRST, _FIRST_ALONE = (one.replace("SELECT string_agg(", _ASKED_FIRST) for one in (_NUMBERS, _NUMBERS_ALONE))


# To plan anew each time what finds its rows by keys cost a single statement as much as to store it; and a plan from the store's first
# minute, when a table is read through sooner than an index, must not be kept.
_BY_KEYS = b"BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off"


_ONE_STATE = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@dataclass(frozen=True, slots=True)
class Begun:
    """What a transaction asked when it began. `numbers`: see `numbers`; `stand`: how many of the credentials do."""

    numbers: Sequence[int]
    stand: int


def begin_by_keys(connection: Connection) -> None:
    """Begin a transaction of which every statement finds its rows by keys: PostgreSQL keeps their plans. Nothing was asked in it yet."""
    if not is_sqlite(connection):
        line: Any = connection.connection.dbapi_connection
        with _told(connection, "BEGIN"):
            libpq.run(line.pgconn, _BY_KEYS)
        line.keeps_plans = True


def begin_with_numbers(
    connection: Connection, count: int, keys: Collection[str], *, now: datetime, alone: bool
) -> Begun:
    """As `begin_by_keys`, on PostgreSQL, and ask in the same round trip what every batch asks first: `numbers`, and who stands.

    `count`: at least one; `keys`: of credentials, in hexadecimal digits.
    """
    line: Any = connection.connection.dbapi_connection
    statement = _FIRST_ALONE if alone else _FIRST
    listed = ",".join(sorted(key for key in keys if _HEXADECIMAL.fullmatch(key)))
    second = int(now.timestamp()) - _ERA
    values = f"{second}, {count}, '{{{listed}}}', {micros(now)}"
    with _told(connection, statement):
        found = libpq.begin(line, connection.info, _BY_KEYS, statement, values)
    line.keeps_plans = True
    stand, *taken = map(int, found.split())
    return Begun(sorted(taken), stand)


def insert(connection: Connection, table: Table) -> Any:
    """The dialect's INSERT, whose `on_conflict_do_nothing` and `on_conflict_do_update` both databases understand alike."""
    return (sqlite if is_sqlite(connection) else postgresql).insert(table)


def rows(
    connection: Connection, statement: str, parameters: Sequence[Value] = (), *, plan_kept: bool = True
) -> list[Any]:
    """The rows of a statement in the database's own words (`?` on SQLite, `$1` on PostgreSQL), none for one that gives none.

    Past SQLAlchemy's bookkeeping, which on the way of every statement sent costs more than the database itself. Raises its errors.
    `plan_kept`: PostgreSQL prepares the statement once and may keep its plan, for one who only reads and in a transaction that
    began so (`begin_by_keys`); otherwise, and anywhere else, it is planned by its values each time.
    """
    line: Any = connection.connection.dbapi_connection
    with _told(connection, statement):
        if is_sqlite(connection):
            return list(line.execute(statement, parameters))
        kept = plan_kept and (line.autocommit or getattr(line, "keeps_plans", False))
        return libpq.rows(line, connection.info if kept else None, statement, parameters)


def many(connection: Connection, statement: str, each: Sequence[Sequence[Any]]) -> int:
    """SQLite: run a statement for each of these parameters, in the same way; gives how many rows that was."""
    if not each:
        return 0
    line: Any = connection.connection.dbapi_connection
    with _told(connection, statement):
        return int(line.executemany(statement, each).rowcount)


@contextmanager
def _told(connection: Connection, statement: str) -> Iterator[None]:
    driver = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise DBAPIError.instance(statement, None, error, driver.Error, dialect=connection.dialect) from error


@contextmanager
def one_state(connection: Connection) -> Iterator[None]:
    """All that is read inside shows the store as it is at one moment."""
    if is_sqlite(connection):
        if not connection.in_transaction():
            connection.begin()
        yield
        return
    line: Any = connection.connection.dbapi_connection
    if not line.autocommit:  # inside a transaction of somebody's
        yield
        return
    with _told(connection, _ONE_STATE):
        libpq.run(line.pgconn, _ONE_STATE.encode())
    try:
        yield
    finally:
        with _told(connection, "COMMIT"):
            libpq.run(line.pgconn, b"COMMIT")  # of what failed, it is a rollback


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def among(connection: Connection, values: Sequence[str]) -> tuple[str, Value]:
    """A condition "is one of these", however many they are, for `rows`: what follows the column's name, and its first parameter."""
    if is_sqlite(connection):
        return "IN (SELECT value FROM json_each(?))", exact.dumps(values).decode()
    return "= ANY($1::text[])", arrays.texts(values)


def second(connection: Connection) -> str:
    """How the second parameter is written in `rows`."""
    return "?" if is_sqlite(connection) else "$2"


def numbers(connection: Connection, count: int, *, second: int, alone: bool) -> list[int]:
    """`count` increasing numbers, each above every one given before: the order of arrival.

    `second`: when this writer began, in seconds since 1970; it stays readable for others until the transaction ends
    (see `oldest_writer`). `alone`: a batch with voiding statements waits for the others, so that a voiding statement
    and its target, arriving in two transactions at once, cannot miss each other.
    """
    if is_sqlite(connection):  # one writer at a time: nothing to lock
        last = last_number(connection)
        return list(range(last + 1, last + count + 1))
    ((found,),) = rows(connection, _NUMBERS_ALONE if alone else _NUMBERS, (second - _ERA, count))
    return sorted(map(int, found.split()))


def last_number(connection: Connection) -> int:
    """The highest number of any statement that is there, given to it or to a recognised resend of it; 0 for none."""
    greatest = "max" if is_sqlite(connection) else "greatest"
    own = "SELECT coalesce(max(seq), 0) FROM xapi_statement"
    again = (
        "SELECT coalesce(max(last_seq), 0) FROM xapi_statement WHERE last_seq <> seq"  # as the index has it
    )
    ((found,),) = rows(connection, f"SELECT {greatest}(({own}), ({again}))")
    return int(found)


def alone(connection: Connection) -> None:
    """Wait for every writer that began, and keep new ones waiting until this transaction ends."""
    if not is_sqlite(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:voiding, 0)"), {"voiding": VOIDING})


def is_being_written(connection: Connection) -> bool:
    """SQLite: does anybody hold the write lock at this moment? Asked by trying to take it, on a connection that has not read yet."""
    line: Any = connection.connection.dbapi_connection
    (patience,) = line.execute("PRAGMA busy_timeout").fetchone()
    line.execute("PRAGMA busy_timeout=0")
    try:
        line.execute("BEGIN IMMEDIATE")
        line.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        line.execute(f"PRAGMA busy_timeout={patience}")
    return False


def oldest_writer(
    connection: Connection, also: str = "SELECT 0::bigint", parameters: Sequence[Value] = ()
) -> tuple[int | None, Any]:
    """PostgreSQL: the second in which the oldest unfinished writer of this store began; other transactions do not count.

    `also`: a question with one value for an answer, which comes in the same round trip.
    """
    line: Any = connection.connection.dbapi_connection
    # Inside a transaction the lock would be held until its end, and every writer wait for it.
    oldest = _OLDEST_IF_ANY if line.autocommit else _OLDEST
    ((found, answer),) = rows(connection, f"SELECT ({oldest}), ({also})", parameters)
    return None if found is None else int(found) + _ERA, answer
