"""Every loaded version of every programme. The newest of a key is the one in force."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, overload

from sqlalchemy import Connection, RowMapping, func, select

from lti_tool.base import audit
from lti_tool.base.database import insert
from lti_tool.programmes import tables
from lti_tool.programmes.reader import read_plain
from lti_tool.programmes.windows import rehearsed
from rules.plain import Problem
from rules.programme import Programme, Window
from rules.reading import read

MarkAll = Callable[[Connection], object]


class UnreadableVersionError(Exception):
    """A stored version that this release can no longer read: load its file again."""


@dataclass(frozen=True, slots=True)
class Version:
    """One loaded version. `new`: this call made it; else the same content was in force already."""

    key: str
    edition: str
    version: int
    sha256: str
    loaded_at: datetime
    programme: Programme
    new: bool = False

    @property
    def rehearsal(self) -> bool:
        return self.programme.rehearsal


def load(
    connection: Connection,
    text: str,
    filename: str,
    now: datetime,
    rehearsal: bool = False,
    *,
    mark_all: MarkAll,
    who: str = "command",
) -> Version:
    """Put a programme file in force; the version in force stays when it is the same file (a rehearsal: while it is open).

    `mark_all(connection)` must make every learner due for review: it is called, in this transaction, for a new version only.
    Raises ProgrammeError for a bad file.
    """
    plain, programme = read_plain(text, filename)
    if rehearsal:
        programme = replace(programme, window=rehearsed(programme.window, now), rehearsal=True)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    known = in_force(connection, programme.key)
    if known and known.sha256 == sha256 and known.rehearsal is rehearsal and _serves(known, now):
        return known
    made = Version(
        programme.key, programme.edition, _next(connection, programme.key), sha256, now, programme, True
    )
    _insert(connection, made, text, plain)
    details = {"version": made.version, "sha256": sha256, "rehearsal": rehearsal}
    audit.record(
        connection, who=who, act="programme.load", subject=f"programme:{made.key}", details=details, at=now
    )
    mark_all(connection)
    return made


def _serves(known: Version, now: datetime) -> bool:
    """A rehearsal that is over serves nobody: loading it again begins a new one."""
    return not known.rehearsal or now < known.programme.window.closes


def _next(connection: Connection, key: str) -> int:
    newest = select(func.max(tables.version.c.version)).where(tables.version.c.key == key)
    return (connection.scalar(newest) or 0) + 1


def _insert(connection: Connection, made: Version, text: str, plain: Any) -> None:
    row = {
        "key": made.key,
        "version": made.version,
        "edition": made.edition,
        "sha256": made.sha256,
        "text": text,
        "plain": json.dumps(plain, ensure_ascii=False),
        "loaded_at": made.loaded_at,
        "rehearsal": made.rehearsal,
        "opens": made.programme.window.opens,
        "closes": made.programme.window.closes,
    }
    connection.execute(insert(connection, tables.version).values(row))


@overload
def current(connection: Connection, key: str) -> Programme | None: ...
@overload
def current(connection: Connection, key: None = None) -> tuple[Programme, ...]: ...
def current(connection: Connection, key: str | None = None) -> Programme | tuple[Programme, ...] | None:
    """The programme in force under a key, None when there is none; without a key all of them, by key."""
    if key is None:
        return tuple(version.programme for version in all_in_force(connection))
    found = in_force(connection, key)
    return found.programme if found else None


def in_force(connection: Connection, key: str) -> Version | None:
    """The newest version of a programme."""
    newest = (
        select(tables.version).where(tables.version.c.key == key).order_by(tables.version.c.version.desc())
    )
    row = connection.execute(newest.limit(1)).mappings().first()
    return _version(row) if row else None


def all_in_force(connection: Connection) -> tuple[Version, ...]:
    """The newest version of every programme, by key."""
    newest = select(tables.version.c.key, func.max(tables.version.c.version)).group_by(tables.version.c.key)
    found = (in_force(connection, key) for key in sorted(connection.scalars(newest)))
    return tuple(version for version in found if version)


def history(connection: Connection, key: str) -> tuple[Version, ...]:
    """Every version of a programme, newest first."""
    rows = select(tables.version).where(tables.version.c.key == key).order_by(tables.version.c.version.desc())
    return tuple(_version(row) for row in connection.execute(rows).mappings())


@lru_cache(maxsize=16)
def _read(plain: str) -> Programme | tuple[Problem, ...]:
    """Every page asks for its programme, and a stored version never changes."""
    return read(json.loads(plain))


def _version(row: RowMapping) -> Version:
    programme = _read(row["plain"])
    if isinstance(programme, tuple):  # a release that reads more strictly must say so, not decide differently
        raise UnreadableVersionError(f"{row['key']}, version {row['version']}: {programme[0]}")
    zone = programme.window.opens.tzinfo
    window = Window(
        row["opens"].astimezone(zone), row["closes"].astimezone(zone), programme.window.late_arrival
    )
    programme = replace(programme, window=window, rehearsal=row["rehearsal"])
    return Version(row["key"], row["edition"], row["version"], row["sha256"], row["loaded_at"], programme)
