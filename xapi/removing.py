"""Old statements out of the store, with their links, contents and the agents nobody mentions any more."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, delete, exists, func, or_, select, tuple_

from xapi import exact, sql
from xapi.holding import Holding, of_ids
from xapi.links import Links, links
from xapi.outside_tables import forward
from xapi.statement import VOIDED
from xapi.tables import (
    activity_link,
    agent,
    agent_link,
    attachment,
    attachment_use,
    payload,
    statement,
    whole,
)

Kind = Literal["evidence", "other", "own"]
PAGE = 500


def last_before(connection: Connection, before: int) -> int:
    """The number up to which statements may go: stored before, dealt with by every forwarding, and never the last of all.

    The last one stays, because new numbers are counted from it.
    """
    row = statement.c
    newest = select(func.max(row.seq)).where(row.stored < before)
    waiting = connection.execute(select(func.min(forward.c.position))).scalar()
    found = connection.execute(newest).scalar() or 0
    return min(found, sql.last_number(connection) - 1, found if waiting is None else waiting)


def page(
    connection: Connection, kind: Kind, own: str, *, before: int, after: int, upto: int
) -> list[Holding]:
    """The next of this kind stored before a moment, by number. `own`: the key our own statements are sent with."""
    row = statement.c
    # A number whose payload was dropped keeps its id known, for ever.
    wanted = select(row.id).select_from(whole)
    wanted = wanted.where(row.seq > after, row.seq <= upto, row.stored < before, _of_kind(kind, own))
    # An old statement that was sent again last holds the highest number: on SQLite it would be given anew.
    wanted = wanted.where(row.last_seq < sql.last_number(connection))
    ids = list(connection.execute(wanted.order_by(row.seq).limit(PAGE)).scalars())
    return sorted(of_ids(connection, ids).values(), key=lambda one: one.seq)


def _of_kind(kind: Kind, own: str) -> ColumnElement[bool]:
    row = statement.c
    if kind == "own":
        return row.credential_key == own
    if kind == "evidence":
        return row.source.is_not(None) & row.flag.is_(None)
    return (row.source.is_(None) & (row.credential_key != own)) | (
        row.source.is_not(None) & row.flag.is_not(None)
    )


def removable(connection: Connection, found: Sequence[Holding]) -> list[Holding]:
    """Without voiding statements whose target stays: without them it would come to light again."""
    row, target = statement.c, statement.alias("target")
    ids = [one.id for one in found]
    voids = (
        select(row.id)
        .where(row.id.in_(ids), row.verb == VOIDED)
        .where(exists().where(target.c.id == row.ref_id, target.c.id.not_in(ids)))
    )
    kept = set(connection.execute(voids).scalars())
    return [one for one in found if one.id not in kept]


def remove(connection: Connection, found: Sequence[Holding]) -> None:
    """Remove these. Keeps writers out until the transaction ends: one of them may be about to mention an agent that goes."""
    if not found:
        return
    sql.alone(connection)
    numbers = [one.seq for one in found]
    linked = {one.seq: links(exact.loads(one.payload.encode())) for one in found}
    _unlink(
        connection,
        activity_link,
        "activity_key",
        [(key, seq) for seq, one in linked.items() for key in one.activities],
    )
    _unlink(
        connection, agent_link, "actor_key", [(key, seq) for seq, one in linked.items() for key in one.agents]
    )
    _drop_contents(connection, numbers)
    for table in (payload, statement):
        connection.execute(delete(table).where(table.c.seq.in_(numbers)))
    _drop_agents(connection, linked)


def _unlink(connection: Connection, table: Any, key: str, pairs: Sequence[tuple[str, int]]) -> None:
    for start in range(0, len(pairs), PAGE):
        part = tuple_(table.c[key], table.c.seq).in_(pairs[start : start + PAGE])
        connection.execute(delete(table).where(part))


def _drop_contents(connection: Connection, numbers: Sequence[int]) -> None:
    use = attachment_use.c
    gone = sorted(set(connection.execute(select(use.sha2).where(use.seq.in_(numbers))).scalars()))
    if gone:
        connection.execute(delete(attachment_use).where(use.seq.in_(numbers)))
        connection.execute(
            delete(attachment).where(attachment.c.sha2.in_(gone), attachment.c.sha2.not_in(select(use.sha2)))
        )


def _drop_agents(connection: Connection, linked: dict[int, Links]) -> None:
    keys = sorted({key for one in linked.values() for key in one.identifiers})
    named = or_(
        exists().where(agent_link.c.actor_key == agent.c.actor_key),
        exists().where(statement.c.actor_key == agent.c.actor_key),
    )
    for start in range(0, len(keys), PAGE):
        connection.execute(delete(agent).where(agent.c.actor_key.in_(keys[start : start + PAGE]), ~named))
