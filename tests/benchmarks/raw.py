"""The limits a figure is held against: the database alone, the server with an empty view, one core's signatures."""

import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import URL, BigInteger, Boolean, Table, make_url, text
from sqlalchemy import Connection as SqlConnection

from lti_tool.base.database import Database
from tests.benchmarks.house import ROOT, Setting, fresh_database, tidy
from tests.benchmarks.http import Connection
from tests.benchmarks.load import Taken, together
from tests.journeys.running import free_port, until
from xapi import tables

_TABLES = (tables.statement, tables.payload, tables.activity_link, tables.agent_link)
Rows = dict[
    int, list[tuple[str, tuple[Any, ...]]]
]  # statement's number → its rows, each with its table's name

_SERVE = (
    "from granian.constants import Interfaces; from granian.server import Server; import sys; "
    "Server('tests.benchmarks.empty:application', address='127.0.0.1', port=int(sys.argv[1]), interface=Interfaces.WSGI,"
    " workers=int(sys.argv[2]), blocking_threads=8, factory=True, log_enabled=False).serve()"
)


def signatures(key: RSAPrivateKey, seconds: float = 1.0) -> float:
    """RS256: how often in a second one core signs and verifies."""
    text_, public, done, begun = b"x" * 2000, key.public_key(), 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        public.verify(key.sign(text_, PKCS1v15(), SHA256()), text_, PKCS1v15(), SHA256())
        done += 1
    return done / (time.perf_counter() - begun)


@contextmanager
def empty_server(workers: int = 1) -> Iterator[Callable[[int, float], Taken]]:
    """Gives `ask(connections, seconds)`: GETs of an empty view on the same server."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(port), str(workers)], cwd=ROOT, start_new_session=True
    )

    def up() -> bool:
        try:
            Connection("127.0.0.1", port).close()
        except OSError:
            return False
        return True

    def ask(connections: int, seconds: float) -> Taken:
        opened = [Connection("127.0.0.1", port) for _ in range(connections)]
        return together([lambda one=one: one.ask("GET", "/").status == 200 for one in opened], seconds)

    try:
        until(up, "the empty server")
        yield ask
    finally:
        process.terminate()
        process.wait()


def stored_rows(connection: SqlConnection, most: int) -> Rows:
    """What the product stored for its last statements, by table."""
    newest = connection.execute(text("SELECT max(seq) FROM xapi_statement")).scalar_one()
    found: Rows = {}
    for table in _TABLES:
        wanted = table.select().where(table.c.seq > newest - most)
        for row in connection.execute(wanted):
            found.setdefault(row.seq, []).append((table.name, tuple(row)))
    return found


@contextmanager
def database_alone(setting: Setting, kind: str, product: Database) -> Iterator["Alone"]:
    """A database beside the product's, of the same schema and holding the same statements: an index costs by what it holds."""
    with (
        tempfile.TemporaryDirectory(prefix="donghanh-raw-") as folder,
        fresh_database(setting, kind, Path(folder)) as url,
    ):
        database = Database(url)
        tables.metadata.create_all(database.engine)
        copy = _copied_sqlite if kind == "sqlite" else _copied_postgresql
        copy(_address(product.engine.url), _address(make_url(url)))
        tidy(database)
        database.close()
        yield Alone(kind, _address(make_url(url)))


@dataclass(frozen=True)
class Alone:
    """A database without the product; `address` as its driver wants it."""

    kind: str
    address: str

    def rate(self, rows: Rows, batch: int, seconds: float) -> float:
        """Statements a second that the driver alone stores: the same rows, tables and indexes, transaction size and durability."""
        if self.kind == "sqlite":
            return _rate([_sqlite(self.address)], rows, batch, seconds)
        return _rate([_postgresql(self.address) for _ in range(4)], rows, batch, seconds)


def _address(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _copied_sqlite(source: str, target: str) -> None:
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS product", (source,))
        for table in _TABLES:
            names = _names(table)
            connection.execute(
                f"INSERT INTO main.{table.name} ({names}) SELECT {names} FROM product.{table.name}"
            )


def _copied_postgresql(source: str, target: str) -> None:
    with psycopg.connect(source) as product, psycopg.connect(target) as connection:
        for table in _TABLES:
            names = _names(table)
            with (
                product.cursor().copy(f"COPY (SELECT {names} FROM {table.name}) TO STDOUT") as read,
                connection.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as written,
            ):
                for part in read:
                    written.write(part)


Store = Callable[[list[tuple[str, list[tuple[Any, ...]]]]], None]


def _rate(stores: list[Store], rows: Rows, batch: int, seconds: float) -> float:
    transactions = iter(_transactions(rows, batch))
    lock = threading.Lock()

    def act(store: Store) -> int:
        with lock:
            found = next(transactions, None)
        if found is None:
            return 0
        store(found)
        return batch

    begun, done = time.perf_counter(), 0
    ended = [begun]

    def counted(store: Store) -> int:
        stored = act(store)
        if stored:
            ended[0] = time.perf_counter()
        else:
            time.sleep(0.01)
        return stored

    done = together([lambda store=store: counted(store) for store in stores], seconds).done
    return done / (ended[0] - begun)


def _transactions(rows: Rows, batch: int) -> Iterator[list[tuple[str, list[tuple[Any, ...]]]]]:
    numbers = sorted(rows)
    for start in count(0, batch):
        part = numbers[start : start + batch]
        if len(part) < batch:
            return
        found = {
            table.name: [row for number in part for name, row in rows[number] if name == table.name]
            for table in _TABLES
        }
        yield [(name, each) for name, each in found.items() if each]


def _names(table: Table) -> str:
    return ", ".join(f'"{one.name}"' for one in table.columns)


def _insert(table: Table) -> str:
    return f"INSERT INTO {table.name} ({_names(table)}) VALUES ({', '.join('?' for _ in table.columns)})"


def _sqlite(file: str) -> Store:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    inserts = {table.name: _insert(table) for table in _TABLES}

    def store(transaction: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for table, found in transaction:
            connection.executemany(inserts[table], found)
        connection.execute("COMMIT")

    return store


def _postgresql(url: str) -> Store:
    """One statement a table, its rows as binary arrays: the quickest way in that keeps a transaction as it is."""
    connection = psycopg.connect(url)
    inserts = {table.name: _unnest(table) for table in _TABLES}

    def store(transaction: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            for table, found in transaction:
                cursor.execute(inserts[table], [list(column) for column in zip(*found, strict=True)])

    return store


def _unnest(table: Table) -> str:
    kinds = {BigInteger: "bigint", Boolean: "boolean"}
    arrays = ", ".join(f"%b::{kinds.get(type(one.type), 'text')}[]" for one in table.columns)
    return f"INSERT INTO {table.name} ({_names(table)}) SELECT * FROM unnest({arrays})"
