"""What only a person may decide. Nothing here acts by itself: no award is ever taken back by a computation."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from lti_tool.base import audit
from lti_tool.base.database import insert
from lti_tool.ledger.tables import attention as table
from xapi.many import one_of

PROOF_LOST = "proof_lost"  # awarded, and the evidence no longer proves it
TWO_AWARDS = "two_awards"  # two learners with an award each turned out to be one
IMPLAUSIBLE = "implausible"  # topics done faster than anybody studies them (see `doubts`)
WORKER = "worker"
_COLUMNS = (
    table.c.id,
    table.c.kind,
    table.c.learner_id,
    table.c.programme_key,
    table.c.details,
    table.c.since,
    table.c.settled_by,
)


@dataclass(frozen=True, slots=True)
class Attention:
    """One matter; `details` holds ids and codes, never names."""

    id: int
    kind: str
    learner_id: str
    programme_key: str
    details: dict[str, Any]
    since: datetime
    settled_by: str | None = None


def ask(
    connection: Connection,
    kind: str,
    learner_id: str,
    programme_key: str,
    details: dict[str, Any],
    now: datetime,
    since: datetime | None = None,
) -> bool:
    """Ask for a person, once while the matter is open. The caller holds the learner. True when it was not asked before.

    `since`: when a matter that this one takes the place of was asked.
    """
    if connection.execute(select(table.c.id).where(_open(kind, learner_id, programme_key))).first():
        return False
    values = {"kind": kind, "learner_id": learner_id, "programme_key": programme_key, "since": since or now}
    connection.execute(insert(connection, table).values(**values, details=json.dumps(details)))
    subject = f"learner:{learner_id}"
    audit.record(connection, who=WORKER, act=f"attention.{kind}", subject=subject, details=details, at=now)
    return True


def over(
    connection: Connection, kind: str, learner_id: str, programme_key: str, reason: str, now: datetime
) -> None:
    """The matter ended by itself."""
    _settle(connection, _open(kind, learner_id, programme_key), WORKER, reason, now)


def end(connection: Connection, attention_id: int, reason: str, now: datetime) -> None:
    """This one ended by itself."""
    _settle(connection, table.c.id == attention_id, WORKER, reason, now)


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
    """What waits for a person, oldest first; before the doubts, of which there may be many, what is about an award."""
    by_age = (table.c.kind == IMPLAUSIBLE, table.c.since, table.c.id)
    wanted = select(*_COLUMNS).where(table.c.settled_at.is_(None)).order_by(*by_age).limit(limit)
    return [_matter(row) for row in connection.execute(wanted)]


def of_learners(
    connection: Connection, kind: str, learner_ids: Collection[str]
) -> dict[str, list[Attention]]:
    """Every matter of that kind, settled or not, by the id it was asked under; held, so that nobody settles one meanwhile."""
    wanted = select(*_COLUMNS).where(one_of(table.c.learner_id, learner_ids), table.c.kind == kind)
    found: dict[str, list[Attention]] = {}
    for row in connection.execute(wanted.order_by(table.c.id).with_for_update()):
        found.setdefault(row.learner_id, []).append(_matter(row))
    return found


def learner_of(connection: Connection, attention_id: int) -> str | None:
    """Whom a matter is about, settled or not; None when there is no such matter."""
    found: str | None = connection.execute(
        select(table.c.learner_id).where(table.c.id == attention_id)
    ).scalar()
    return found


def _matter(row: Any) -> Attention:
    about = (row.kind, row.learner_id, row.programme_key, json.loads(row.details))
    return Attention(row.id, *about, row.since, row.settled_by)


def _open(kind: str, learner_id: str, programme_key: str) -> Any:
    same = (
        (table.c.kind == kind) & (table.c.learner_id == learner_id) & (table.c.programme_key == programme_key)
    )
    return same & table.c.settled_at.is_(None)


def _settle(connection: Connection, where: Any, who: str, reason: str, now: datetime) -> bool:
    values = {"settled_at": now, "settled_by": who, "settled_reason": reason}
    return connection.execute(update(table).where(where).values(**values)).rowcount > 0
