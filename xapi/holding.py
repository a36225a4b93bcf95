"""What the store keeps about a statement beside its payload: for administrators, never for clients."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from xapi import exact
from xapi.evidence import CAME
from xapi.formats import from_micros
from xapi.tables import credential, payload, statement, whole

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Holding:
    """`label`: of the credential, None for our own; `original_id`: as sent, when it is kept under another; `arrived`: first of all.

    `flag`, `voided_by`, `retracted_by`, `source`, `order` as in the table.
    """

    id: str
    seq: int
    original_id: str | None
    source: str | None
    credential_key: str
    label: str | None
    actor_key: str | None
    flag: str | None
    voided_by: str | None
    retracted_by: str | None
    timestamp: datetime
    stored: datetime
    arrived: datetime
    order: int
    payload: str


_COLUMNS = (
    *(
        statement.c[name]
        for name in (
            "id", "seq", "original_id", "source", "credential_key", "actor_key", "flag", "voided_by", "retracted_by",
            "timestamp", "stored", "last_seq",
        )
    ),
    payload.c.payload,
    CAME.label("came"),
    credential.c.label,
)  # fmt: skip


_NAMED = (
    select(*_COLUMNS).select_from(whole).outerjoin(credential, credential.c.key == statement.c.credential_key)
)


def of_ids(connection: Connection, ids: Collection[str]) -> dict[str, Holding]:
    """By statement id, voided ones too; not those whose payload was dropped."""
    found: dict[str, Holding] = {}
    names = sorted({one.lower() for one in ids})
    for start in range(0, len(names), _AT_ONCE):
        part = _NAMED.where(statement.c.id.in_(names[start : start + _AT_ONCE]))
        found |= {row.id: _holding(row) for row in connection.execute(part)}
    return found


def evidence(connection: Connection, after: int, last: int) -> list[Holding]:
    """The next that may be evidence, by number, up to number `last`."""
    row = statement.c
    wanted = _NAMED.where(row.seq > after, row.seq <= last, row.source.is_not(None), row.flag.is_(None))
    return [_holding(one) for one in connection.execute(wanted.order_by(row.seq).limit(_AT_ONCE))]


def of_payloads(connection: Connection, payloads: Sequence[str]) -> list[Holding]:
    """Of the statements of a page, in its order."""
    ids = [exact.loads(one.encode())["id"] for one in payloads]
    found = of_ids(connection, ids)
    return [found[one] for one in ids if one in found]


def _holding(row: Row[*tuple[Any, ...]]) -> Holding:
    return Holding(
        id=row.id,
        seq=row.seq,
        original_id=row.original_id,
        source=row.source,
        credential_key=row.credential_key,
        label=row.label,
        actor_key=row.actor_key,
        flag=row.flag,
        voided_by=row.voided_by,
        retracted_by=row.retracted_by,
        timestamp=from_micros(row.timestamp),
        stored=from_micros(row.stored),
        arrived=from_micros(row.came),
        order=row.last_seq,
        payload=row.payload,
    )
