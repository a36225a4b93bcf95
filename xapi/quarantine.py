"""What a platform sent and no store may take: kept whole with its reason, listed, tried again, or dropped by a person."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, select, update

from xapi import identity, sql
from xapi.faults import Fault
from xapi.formats import from_micros, micros
from xapi.lrs import Sender
from xapi.tables import quarantine

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Bad:
    """`place` in the batch, None for a whole body; `field` path, `reason` and its kind; the JSON or bytes as they came."""

    place: int | None
    field: str
    reason: str
    raw: bytes
    fault: Fault = Fault.OTHER


@dataclass(frozen=True, slots=True)
class Quarantined:
    """`fault`: see `faults`, "other" for what was kept before there were kinds."""

    id: int
    source: str
    credential_key: str
    received: datetime
    place: int | None
    field: str
    reason: str
    tries: int
    raw: bytes
    actor_key: str | None = None
    fault: str = Fault.OTHER


def keep(connection: Connection, found: Sequence[Bad], sender: Sender, received: datetime) -> frozenset[str]:
    """Keep them; the same fault in the same request sent again is kept once. Gives the keys of the actors they name."""
    if not found:
        return frozenset()
    source = sender.source or ""
    seen: Counter[bytes] = Counter()
    rows = []
    for bad in found:
        nth = seen[bad.raw]
        seen[bad.raw] += 1
        rows.append(
            {
                "digest": sha256(b"%s|%d|%s" % (source.encode(), nth, bad.raw)).hexdigest(),
                "source": source,
                "credential_key": sender.credential_key,
                "received": micros(received),
                "position": bad.place,
                **_why(bad),
                "raw": bad.raw,
                "actor_key": actor_key(bad.raw),
            }
        )
    rows.sort(key=lambda row: str(row["digest"]))
    connection.execute(
        sql.insert(connection, quarantine).on_conflict_do_nothing(index_elements=["digest"]), rows
    )
    return frozenset(str(row["actor_key"]) for row in rows if row["actor_key"])


def _why(bad: Bad) -> dict[str, str]:
    """A key of the sender's may hold what PostgreSQL cannot."""
    field, reason = (text.replace("\x00", "�") for text in (bad.field, bad.reason))
    return {"field": field, "reason": reason, "fault": bad.fault.value}


def actor_key(raw: bytes) -> str | None:
    """Whom it names, as far as it can be read."""
    try:
        return identity.key(orjson.loads(raw)["actor"])
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError, UnicodeEncodeError):
        return None


def named(connection: Connection, actor_keys: Collection[str]) -> set[tuple[str, str]]:
    """Those (source, actor key) of whom something waits here."""
    keys, columns = sorted(actor_keys), (quarantine.c.source, quarantine.c.actor_key)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(keys), _AT_ONCE):
        query = select(*columns).where(quarantine.c.actor_key.in_(keys[start : start + _AT_ONCE])).distinct()
        found |= {(row.source, row.actor_key) for row in connection.execute(query)}
    return found


def list_(
    connection: Connection, *, source: str | None = None, after: int = 0, limit: int = 100
) -> list[Quarantined]:
    """Oldest first; `after`: the last id of the page before."""
    query = select(quarantine).where(quarantine.c.id > after).order_by(quarantine.c.id).limit(limit)
    if source is not None:
        query = query.where(quarantine.c.source == source)
    return [_quarantined(row) for row in connection.execute(query)]


def find(connection: Connection, quarantine_id: int) -> Quarantined | None:
    row = connection.execute(select(quarantine).where(quarantine.c.id == quarantine_id)).one_or_none()
    return _quarantined(row) if row else None


def count(connection: Connection) -> dict[str, int]:
    """How many wait, by source."""
    rows = connection.execute(select(quarantine.c.source, func.count()).group_by(quarantine.c.source))
    return {row[0]: row[1] for row in rows}


def still_bad(connection: Connection, quarantine_id: int, bad: Bad) -> None:
    """Tried again in vain: the new reason stands."""
    connection.execute(
        update(quarantine)
        .where(quarantine.c.id == quarantine_id)
        .values(**_why(bad), tries=quarantine.c.tries + 1)
    )


def replace_raw(connection: Connection, quarantine_id: int, raw: bytes) -> None:
    """A person was taken out of the body; its digest stays, so that the same request sent again is known."""
    connection.execute(update(quarantine).where(quarantine.c.id == quarantine_id).values(raw=raw))


def drop(connection: Connection, quarantine_id: int) -> bool:
    """Give it up for good; a decision of a person. False when it was not there."""
    return connection.execute(delete(quarantine).where(quarantine.c.id == quarantine_id)).rowcount == 1


def _quarantined(row: Row[*tuple[Any, ...]]) -> Quarantined:
    return Quarantined(
        row.id,
        row.source,
        row.credential_key,
        from_micros(row.received),
        row.position,
        row.field,
        row.reason,
        row.tries,
        bytes(row.raw),
        row.actor_key,
        row.fault or Fault.OTHER,
    )
