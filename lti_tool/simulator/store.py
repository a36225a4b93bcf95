"""One face's memory: a small SQLite file that survives a restart."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tool (
  id INTEGER PRIMARY KEY, client_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '',
  domain TEXT NOT NULL DEFAULT '', login_url TEXT NOT NULL, target_url TEXT NOT NULL, deep_link_url TEXT NOT NULL,
  redirect_uris TEXT NOT NULL, jwks_url TEXT NOT NULL, custom TEXT NOT NULL DEFAULT '{}', scopes TEXT NOT NULL,
  claims TEXT NOT NULL DEFAULT '[]', state TEXT NOT NULL, listed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS activity (
  id INTEGER PRIMARY KEY, tool_id INTEGER NOT NULL, cmid INTEGER NOT NULL UNIQUE, title TEXT NOT NULL,
  text TEXT NOT NULL DEFAULT '', custom TEXT NOT NULL DEFAULT '{}', container TEXT NOT NULL DEFAULT 'iframe');
CREATE TABLE IF NOT EXISTS lineitem (
  id INTEGER PRIMARY KEY, tool_id INTEGER NOT NULL, activity_id INTEGER, label TEXT NOT NULL, maximum REAL NOT NULL,
  resource_id TEXT NOT NULL DEFAULT '', tag TEXT NOT NULL DEFAULT '', link_id TEXT, review TEXT, extra TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS score (
  lineitem_id INTEGER NOT NULL, person TEXT NOT NULL, given REAL, maximum REAL, comment TEXT, at REAL NOT NULL,
  timestamp TEXT NOT NULL, activity_progress TEXT NOT NULL, grading_progress TEXT NOT NULL, overridden INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (lineitem_id, person));
CREATE TABLE IF NOT EXISTS score_post (
  seq INTEGER PRIMARY KEY, lineitem_id INTEGER NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS grade (
  activity_id INTEGER NOT NULL, person TEXT NOT NULL, value REAL, maximum REAL NOT NULL, comment TEXT, at REAL NOT NULL,
  PRIMARY KEY (activity_id, person));
CREATE TABLE IF NOT EXISTS completion (
  person TEXT NOT NULL, module TEXT NOT NULL, state INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (person, module));
CREATE TABLE IF NOT EXISTS launch (
  id TEXT PRIMARY KEY, person TEXT NOT NULL, browser TEXT NOT NULL, tool_id INTEGER NOT NULL, activity_id INTEGER,
  message TEXT NOT NULL, container TEXT NOT NULL, item TEXT, created REAL NOT NULL, used REAL);
CREATE TABLE IF NOT EXISTS token (value TEXT PRIMARY KEY, tool_id INTEGER NOT NULL, scopes TEXT NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS registration (client_id TEXT PRIMARY KEY, used INTEGER NOT NULL DEFAULT 0, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS content_item (id INTEGER PRIMARY KEY, type TEXT NOT NULL, attributes TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attempt (id INTEGER PRIMARY KEY, person TEXT NOT NULL, topic TEXT NOT NULL, scaled REAL NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
  seq INTEGER PRIMARY KEY, person TEXT NOT NULL, event TEXT NOT NULL, statements TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
  error TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL DEFAULT 0, created REAL NOT NULL);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (state, seq);
"""


class Store:
    """A face's database. One connection under a lock: a practice LMS is small, and order is worth more than speed."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def run(self, sql: str, *values: object) -> int:
        """Run one statement; answers the last row's id after an INSERT, else the number of rows changed."""
        with self._lock:
            cursor = self._connection.execute(sql, values)
            inserted = sql.lstrip()[:6].upper() == "INSERT" and cursor.lastrowid
            return int(inserted or cursor.rowcount)

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        found = self.all(sql, *values)
        return found[0] if found else None

    def setting(self, name: str) -> Any | None:
        """A value that somebody switched while the practice LMS was running, or None."""
        row = self.one("SELECT value FROM setting WHERE name = ?", name)
        return json.loads(row["value"]) if row else None

    def has_setting(self, name: str) -> bool:
        return self.one("SELECT 1 FROM setting WHERE name = ?", name) is not None

    def set(self, name: str, value: object) -> None:
        self.run(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            json.dumps(value),
        )

    def close(self) -> None:
        with self._lock:
            self._connection.close()
