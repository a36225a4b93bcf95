"""Forwarding of all or chosen statements to other stores: which, how far, and what a receiver would not take.

The cursor follows the numbers of our statements without a gap (see settled.py) and moves in one transaction with what was
parked; what was sent and not noted is sent again, which a receiver recognises by its id.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, case, delete, func, or_, select, update

from xapi import sql
from xapi.formats import from_micros, micros
from xapi.outside_tables import forward, forward_parked
from xapi.tables import payload, statement, whole

_WINDOW = 20_000  # numbers looked at at once, however few of them are chosen
Piece = tuple[int, str, str]  # number, id, payload
_PIECES = select(statement.c.seq, statement.c.id, payload.c.payload).select_from(whole)


class Overtaken(Exception):
    """Somebody else moved this forward's cursor, or stopped it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is empty chooses everything. `activities`: IRIs, or their beginnings with * at the end; `authorities`: keys.

    `left_out`: keys of authorities whose statements never go; `without_names`: the names of people are left out; their identifiers
    stay; `pseudonymous`: neither goes, but a keyed hash of this forward's own.
    """

    sources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    without_names: bool = False
    pseudonymous: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        row = statement.c
        named = ((row.source, self.sources), (row.verb, self.verbs), (row.authority, self.authorities))
        found: list[ColumnElement[bool]] = [column.in_(values) for column, values in named if values]
        if self.left_out:
            found.append(row.authority.not_in(self.left_out))
        if self.activities:
            found.append(or_(*(_about(one) for one in self.activities)))
        return found


def _about(iri: str) -> ColumnElement[bool]:
    if iri.endswith("*"):
        return statement.c.object_id.startswith(iri[:-1], autoescape=True)
    return statement.c.object_id == iri


@dataclass(frozen=True, slots=True)
class Forward:
    """`secret` is sealed; `position`: every statement up to this number was dealt with; `failures`: in a row, for `reason`."""

    id: int
    name: str
    endpoint: str
    key: str
    secret: str
    choice: Choice
    position: int
    paused: bool
    delivered: int
    failures: int
    reason: str | None
    moved: datetime | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A statement its receiver refused. `again`: it is to be sent once more."""

    id: int
    forward_id: int
    seq: int
    statement_id: str
    reason: str
    at: datetime
    tries: int
    again: bool


def add(
    connection: Connection,
    *,
    name: str,
    endpoint: str,
    key: str,
    secret: str,
    choice: Choice,
    position: int = 0,
) -> int:
    """A new forward, from the statement after `position` on; its id. Raises ValueError for a name that is taken."""
    values = {
        "name": name,
        "endpoint": endpoint,
        "key": key,
        "secret": secret,
        "choice": orjson.dumps(asdict(choice)).decode(),
        "position": position,
        "paused": False,
        "delivered": 0,
        "failures": 0,
    }
    new = sql.insert(connection, forward).values(values).on_conflict_do_nothing(index_elements=["name"])
    made = connection.execute(new.returning(forward.c.id)).scalar()
    if made is None:
        raise ValueError(f"there is a forward {name!r} already")
    return int(made)


def list_(connection: Connection) -> list[Forward]:
    return [_forward(row) for row in connection.execute(select(forward).order_by(forward.c.id))]


def find(connection: Connection, forward_id: int) -> Forward | None:
    row = connection.execute(select(forward).where(forward.c.id == forward_id)).one_or_none()
    return _forward(row) if row else None


def by_name(connection: Connection, name: str) -> Forward | None:
    row = connection.execute(select(forward).where(forward.c.name == name)).one_or_none()
    return _forward(row) if row else None


def set_access(connection: Connection, forward_id: int, *, endpoint: str, key: str, secret: str) -> None:
    """Another key, or another address: whatever is there may be another store, which is sent everything from the first on."""
    new: dict[str, Any] = {"endpoint": endpoint, "key": key, "secret": secret}
    new["position"] = case((forward.c.endpoint == endpoint, forward.c.position), else_=0)
    connection.execute(update(forward).where(forward.c.id == forward_id).values(new))


def pause(connection: Connection, forward_id: int, *, paused: bool) -> None:
    """Stop sending, or go on where it stopped."""
    values = {"paused": paused, "failures": 0, "reason": None}
    connection.execute(update(forward).where(forward.c.id == forward_id).values(values))


def remove(connection: Connection, forward_id: int) -> None:
    """Forget it and what it parked."""
    connection.execute(delete(forward_parked).where(forward_parked.c.forward_id == forward_id))
    connection.execute(delete(forward).where(forward.c.id == forward_id))


def window(connection: Connection, held: Forward, bound: int, limit: int) -> tuple[list[Piece], int]:
    """The next chosen statements up to number `bound`, at most `limit`, and up to which number that is everything."""
    row = statement.c
    start = min(held.position, bound)  # a store that was restored from a backup gives numbers anew
    end = min(bound, start + _WINDOW)
    chosen = _PIECES.where(row.seq > start, row.seq <= end, *held.choice.conditions())
    found = [
        (one.seq, one.id, one.payload) for one in connection.execute(chosen.order_by(row.seq).limit(limit))
    ]
    return found, found[-1][0] if len(found) == limit else end


def moved(
    connection: Connection,
    held: Forward,
    to: int,
    sent: Sequence[Piece],
    refused: Sequence[tuple[Piece, str]],
    now: datetime,
) -> None:
    """Note what became of a window. Raises Overtaken."""
    values: dict[str, Any] = {"position": to, "failures": 0, "reason": None}
    if len(sent) > len(refused):
        values |= {"delivered": forward.c.delivered + len(sent) - len(refused), "moved": micros(now)}
    _write(connection, held, values)
    rows = [
        {
            "forward_id": held.id,
            "seq": piece[0],
            "statement_id": piece[1],
            "reason": reason,
            "at": micros(now),
            "tries": 1,
            "again": False,
        }
        for piece, reason in refused
    ]
    if rows:
        connection.execute(sql.insert(connection, forward_parked).on_conflict_do_nothing(), rows)


def failed(connection: Connection, held: Forward, reason: str) -> None:
    """The receiver is away. Raises Overtaken."""
    _write(connection, held, {"failures": held.failures + 1, "reason": reason})


def _write(connection: Connection, held: Forward, values: dict[str, Any]) -> None:
    mine = (forward.c.id == held.id) & (forward.c.position == held.position) & ~forward.c.paused
    if connection.execute(update(forward).where(mine).values(values)).rowcount != 1:
        raise Overtaken


def parked(
    connection: Connection, *, forward_id: int | None = None, after: int = 0, limit: int = 100
) -> list[Parked]:
    """What receivers refused, oldest first."""
    query = select(forward_parked).where(forward_parked.c.id > after)
    if forward_id is not None:
        query = query.where(forward_parked.c.forward_id == forward_id)
    return [_parked(row) for row in connection.execute(query.order_by(forward_parked.c.id).limit(limit))]


def parked_counts(connection: Connection) -> dict[int, int]:
    """How many are parked, by forward."""
    query = select(forward_parked.c.forward_id, func.count()).group_by(forward_parked.c.forward_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def ask_again(connection: Connection, forward_id: int, ids: Collection[int] | None = None) -> int:
    """Have parked statements sent once more, all of them without `ids`; gives how many."""
    change = update(forward_parked).where(forward_parked.c.forward_id == forward_id)
    if ids is not None:
        change = change.where(forward_parked.c.id.in_(sorted(ids)))
    return connection.execute(change.values(again=True)).rowcount


def asked_again(connection: Connection, held: Forward, limit: int) -> list[tuple[Parked, Piece | None]]:
    """Those to be sent once more, each with its statement (None: it is not kept any longer)."""
    mine = (forward_parked.c.forward_id == held.id) & forward_parked.c.again
    waiting = [
        _parked(row)
        for row in connection.execute(
            select(forward_parked).where(mine).order_by(forward_parked.c.id).limit(limit)
        )
    ]
    query = _PIECES.where(statement.c.seq.in_([one.seq for one in waiting]))
    kept = {one.seq: (one.seq, one.id, one.payload) for one in connection.execute(query)}
    return [(one, kept.get(one.seq)) for one in waiting]


def arrived(connection: Connection, one: Parked, now: datetime) -> None:
    """A parked statement was taken."""
    gone = forgotten(connection, one)
    change = update(forward).where(forward.c.id == one.forward_id)
    connection.execute(change.values(delivered=forward.c.delivered + gone, moved=micros(now)))


def forgotten(connection: Connection, one: Parked) -> int:
    """A parked statement is not kept any longer; gives 0 when it is parked no more."""
    return connection.execute(delete(forward_parked).where(forward_parked.c.id == one.id)).rowcount


def refused_again(connection: Connection, one: Parked, reason: str) -> None:
    change = update(forward_parked).where(forward_parked.c.id == one.id)
    connection.execute(change.values(reason=reason, tries=forward_parked.c.tries + 1, again=False))


def _forward(row: Row[*tuple[Any, ...]]) -> Forward:
    plain: dict[str, Any] = orjson.loads(row.choice)
    values: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in plain.items()
    }
    choice = Choice(**values)
    moved_at = None if row.moved is None else from_micros(row.moved)
    return Forward(
        row.id,
        row.name,
        row.endpoint,
        row.key,
        row.secret,
        choice,
        row.position,
        row.paused,
        row.delivered,
        row.failures,
        row.reason,
        moved_at,
    )


def _parked(row: Row[*tuple[Any, ...]]) -> Parked:
    return Parked(
        row.id,
        row.forward_id,
        row.seq,
        row.statement_id,
        row.reason,
        from_micros(row.at),
        row.tries,
        row.again,
    )
