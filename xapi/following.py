"""Where the following of an external store stands: kept so that its move and what was taken in are one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from xapi import cursor, sql
from xapi.cursor import Cursor
from xapi.formats import from_micros, micros
from xapi.outside_tables import collect


class Overtaken(Exception):
    """Somebody else moved the cursor meanwhile: what this one read is theirs to take in."""


@dataclass(frozen=True, slots=True)
class Following:
    """`failures`: in a row, for `reason`; `answered`: when the store answered last; `abilities`: what a probe found."""

    endpoint: str
    cursor: Cursor
    version: int
    failures: int = 0
    reason: str | None = None
    answered: datetime | None = None
    abilities: dict[str, Any] | None = None


def load(connection: Connection, endpoint: str) -> Following:
    """What is known; a store never asked before starts at its first statement."""
    row = connection.execute(select(collect).where(collect.c.endpoint == endpoint)).one_or_none()
    if row is None:
        return Following(endpoint, Cursor(), 0)
    return Following(
        endpoint,
        cursor.read(orjson.loads(row.state)),
        row.version,
        row.failures,
        row.reason,
        None if row.answered is None else from_micros(row.answered),
        None if row.abilities is None else orjson.loads(row.abilities),
    )


def move(connection: Connection, held: Following, to: Cursor, now: datetime) -> None:
    """Move the cursor on, and hold it until the transaction ends. Raises Overtaken."""
    _write(connection, held, {"state": _text(to), "failures": 0, "reason": None, "answered": micros(now)})


def failed(connection: Connection, held: Following, reason: str, to: Cursor) -> None:
    """It gave no usable answer. Raises Overtaken."""
    _write(connection, held, {"state": _text(to), "failures": held.failures + 1, "reason": reason})


def probed(connection: Connection, held: Following, abilities: dict[str, Any], to: Cursor) -> None:
    """Keep what a probe found. Raises Overtaken."""
    _write(connection, held, {"state": _text(to), "abilities": orjson.dumps(abilities).decode()})


def rewind(connection: Connection, endpoint: str, moment: datetime) -> None:
    """Read again what was stored from `moment` on: an authority was tied, and what it said before counts too."""
    held = load(connection, endpoint)
    if held.version:
        _write(connection, held, {"state": _text(cursor.rewound(held.cursor, micros(moment) - 1))})


def _write(connection: Connection, held: Following, values: dict[str, Any]) -> None:
    if held.version == 0:
        first = {"endpoint": held.endpoint, "state": "", "version": 0, "failures": 0}
        connection.execute(sql.insert(connection, collect).values(first).on_conflict_do_nothing())
    mine = (collect.c.endpoint == held.endpoint) & (collect.c.version == held.version)
    change = update(collect).where(mine).values(version=held.version + 1, **values)
    if connection.execute(change).rowcount != 1:
        raise Overtaken


def _text(value: Cursor) -> str:
    return orjson.dumps(value.plain()).decode()
