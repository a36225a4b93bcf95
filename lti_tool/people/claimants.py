"""To whom a waiting actor may belong: those who claim its key, or the e-mail it names itself by, on its own platform."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, Select, exists, select

from lti_tool.people import tables
from lti_tool.people.oneness import canonicals


def of(connection: Connection, pending_ids: Collection[int]) -> dict[int, set[str]]:
    """The learners (canonical ids) who claim each of these waiting actors; nobody claims one who has not arrived."""
    found: dict[int, set[str]] = {pending_id: set() for pending_id in pending_ids}
    if not found:
        return found
    claim, actor, waits = tables.claim, tables.actor, tables.pending
    mine = select(waits.c.id, claim.c.learner_id).where(waits.c.id.in_(sorted(found)))
    heard = (actor.c.source == waits.c.source) & (actor.c.actor_key == waits.c.actor_key)
    by_key = mine.join(claim, (claim.c.source == waits.c.source) & (claim.c.actor_key == waits.c.actor_key))
    by_mail = mine.join(actor, heard).join(
        claim, (claim.c.source == actor.c.source) & (claim.c.mail == actor.c.mail)
    )
    rows = [*connection.execute(by_key), *connection.execute(by_mail)]
    one = canonicals(connection, {row.learner_id for row in rows})
    for row in rows:
        found[row.id].add(one[row.learner_id])
    return found


def claimed_by(learners: Select[str]) -> ColumnElement[bool]:
    """The same as a condition on waiting actors: one of these learners claims it."""
    claim, actor, waits = tables.claim.c, tables.actor.c, tables.pending.c
    by_key = exists().where(
        claim.source == waits.source, claim.actor_key == waits.actor_key, claim.learner_id.in_(learners)
    )
    heard = (actor.source == waits.source) & (actor.actor_key == waits.actor_key)
    same = (claim.source == actor.source) & (claim.mail == actor.mail)
    return by_key | exists().where(heard, same, claim.learner_id.in_(learners))
