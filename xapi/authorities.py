"""Who vouches for the statements of an external store, and which of them an administrator tied to a platform.

There a statement's authority is all that tells who sent it ("The asserting authority represents the authentication used to
store", part 2, 2.4.9): only what an authority tied to a platform said is evidence, so that no learner's own client counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select, update

from xapi import exact, identity, sql
from xapi.formats import from_micros
from xapi.outside_tables import authority

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Authority:
    """`source`: the platform whose statements it brings, None: of nobody's; `keeper`: it may take evidence of others back."""

    key: str
    value: Json
    source: str | None
    keeper: bool
    first_stored: datetime
    last_stored: datetime


def key_of(value: Any) -> str | None:
    """32 hexadecimal digits, as every statement with this authority is kept with; None for no authority."""
    return identity.authority_key(value)


def note(connection: Connection, seen: Iterable[tuple[Json, int]]) -> None:
    """Remember whose statements these moments of storing belong to."""
    rows: dict[str, dict[str, Any]] = {}
    for value, stored in seen:
        key = key_of(value)
        if key is None:
            continue
        row = rows.setdefault(
            key,
            {
                "key": key,
                "authority": exact.dumps(value).decode(),
                "keeper": False,
                "first_stored": stored,
                "last_stored": stored,
            },
        )
        row["first_stored"] = min(row["first_stored"], stored)
        row["last_stored"] = max(row["last_stored"], stored)
    if rows:
        _upsert(connection, [rows[key] for key in sorted(rows)])


def _upsert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    known = {
        row.key: row
        for row in connection.execute(
            select(authority).where(authority.c.key.in_([one["key"] for one in rows]))
        )
    }
    for row in rows:
        held = known.get(row["key"])
        if held is None:
            connection.execute(sql.insert(connection, authority).values(row).on_conflict_do_nothing())
        elif row["first_stored"] < held.first_stored or row["last_stored"] > held.last_stored:
            change = update(authority).where(authority.c.key == row["key"])
            connection.execute(
                change.values(
                    first_stored=min(row["first_stored"], held.first_stored),
                    last_stored=max(row["last_stored"], held.last_stored),
                )
            )


def list_(connection: Connection) -> list[Authority]:
    """All that were ever seen, those tied to a platform first."""
    order = (func.coalesce(authority.c.source, "~"), authority.c.first_stored, authority.c.key)
    return [_authority(row) for row in connection.execute(select(authority).order_by(*order))]


def find(connection: Connection, key: str) -> Authority | None:
    row = connection.execute(select(authority).where(authority.c.key == key)).one_or_none()
    return _authority(row) if row else None


def trusted(connection: Connection) -> dict[str, Authority]:
    """Those tied to a platform and the keepers, by key."""
    rows = connection.execute(select(authority).where(authority.c.source.is_not(None) | authority.c.keeper))
    return {row.key: _authority(row) for row in rows}


def tie(connection: Connection, key: str, source: str | None, *, keeper: bool = False) -> bool:
    """Take this authority's word for a platform's (None: no longer; what was taken in stays). False for an unknown one.

    What it said before is not read again by this: see `following.rewind`.
    """
    change = update(authority).where(authority.c.key == key).values(source=source, keeper=keeper)
    return connection.execute(change).rowcount == 1


def _authority(row: Row[*tuple[Any, ...]]) -> Authority:
    return Authority(
        row.key,
        orjson.loads(row.authority),
        row.source,
        row.keeper,
        from_micros(row.first_stored),
        from_micros(row.last_stored),
    )
