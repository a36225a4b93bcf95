"""What only a person may decide. Nothing here acts by itself: no award is ever taken back by a computation."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from lti_tool.base import audit
from lti_tool.base.database import insert
from lti_tool.ledger.tables import attention as table

PROOF_LOST = "proof_lost"  # awarded, and the evidence no longer proves it
TWO_AWARDS = "two_awards"  # two learners with an award each turned out to be one


@dataclass(frozen=True, slots=True)
class Attention:
    """One matter; `details` holds ids and codes, never names."""

    id: int
    kind: str
    learner_id: str
    programme_key: str
    details: dict[str, Any]
    since: datetime


def ask(
    connection: Connection,
    kind: str,
    learner_id: str,
    programme_key: str,
    details: dict[str, Any],
    now: datetime,
) -> bool:
    """Ask for a person, once while the matter is open. The caller holds the learner. True when it was not asked before."""
    if connection.execute(select(table.c.id).where(_open(kind, learner_id, programme_key))).first():
        return False
    values = {"kind": kind, "learner_id": learner_id, "programme_key": programme_key, "since": now}
    connection.execute(insert(connection, table).values(**values, details=json.dumps(details)))
    subject = f"learner:{learner_id}"
    audit.record(connection, who="worker", act=f"attention.{kind}", subject=subject, details=details, at=now)
    return True


def over(
    connection: Connection, kind: str, learner_id: str, programme_key: str, reason: str, now: datetime
) -> None:
    """The matter ended by itself."""
    _settle(connection, _open(kind, learner_id, programme_key), "worker", reason, now)


def settle(connection: Connection, attention_id: int, *, who: str, reason: str, now: datetime) -> bool:
    """A person decided. False when it was settled before."""
    if not _settle(connection, (table.c.id == attention_id) & table.c.settled_at.is_(None), who, reason, now):
        return False
    details = {"reason": reason}
    audit.record(
        connection,
        who=who,
        act="attention.settle",
        subject=f"attention:{attention_id}",
        details=details,
        at=now,
    )
    return True


def open_(connection: Connection, limit: int = 500) -> list[Attention]:
    """What waits for a person, oldest first."""
    columns = (
        table.c.id,
        table.c.kind,
        table.c.learner_id,
        table.c.programme_key,
        table.c.details,
        table.c.since,
    )
    wanted = (
        select(*columns).where(table.c.settled_at.is_(None)).order_by(table.c.since, table.c.id).limit(limit)
    )
    return [
        Attention(row.id, row.kind, row.learner_id, row.programme_key, json.loads(row.details), row.since)
        for row in connection.execute(wanted)
    ]


def learner_of(connection: Connection, attention_id: int) -> str | None:
    """Whom a matter is about, settled or not; None when there is no such matter."""
    found: str | None = connection.execute(
        select(table.c.learner_id).where(table.c.id == attention_id)
    ).scalar()
    return found


def _open(kind: str, learner_id: str, programme_key: str) -> Any:
    same = (
        (table.c.kind == kind) & (table.c.learner_id == learner_id) & (table.c.programme_key == programme_key)
    )
    return same & table.c.settled_at.is_(None)


def _settle(connection: Connection, where: Any, who: str, reason: str, now: datetime) -> bool:
    values = {"settled_at": now, "settled_by": who, "settled_reason": reason}
    return connection.execute(update(table).where(where).values(**values)).rowcount > 0
