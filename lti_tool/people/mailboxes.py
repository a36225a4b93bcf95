"""Joins by e-mail: within one platform, only when unique on both sides, taken back when that ends.

The decision is made anew from everything known of one mailbox, so the order in which launches and statements came cannot matter.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, or_, select, update

from lti_tool.base.database import insert
from lti_tool.people import tables
from lti_tool.people.claims import MAIL
from lti_tool.people.oneness import canonicals

RULE = "rule"
TWO_LEARNERS, TWO_ACTORS, REFUSED, NO_LEARNER = "two_learners", "two_actors", "refused", "no_learner"


@dataclass(frozen=True, slots=True)
class Decision:
    """The learner this mailbox belongs to, or the reason why nobody can say."""

    learner_id: str | None
    reason: str


def decide(claimants: Collection[str], spellings: Collection[str]) -> Decision:
    """`claimants`: learners of the platform with this e-mail; `spellings`: those its hashed actors were made of.

    An address in the open is compared case-insensitively; hashes of two spellings are two actors and may be two people.
    """
    if not claimants:
        return Decision(None, NO_LEARNER)
    if len(set(claimants)) > 1:
        return Decision(None, TWO_LEARNERS)
    if len(set(spellings)) > 1:
        return Decision(None, TWO_ACTORS)
    return Decision(
        next(iter(claimants)), "the only learner and the only actor of this platform with this e-mail"
    )


def lock(connection: Connection, source: str, mail: str) -> None:
    """Whoever decides on this mailbox next waits until this transaction ends. Take several in sorted order."""
    box = tables.mailbox
    turn = insert(connection, box).values(source=source, mail=mail, turn=1)
    connection.execute(
        turn.on_conflict_do_update(index_elements=["source", "mail"], set_={"turn": box.c.turn + 1})
    )


def settle(connection: Connection, source: str, mail: str, now: datetime) -> set[str]:
    """Join, take back or put into the queue what belongs to one locked mailbox. Gives the learners this may concern."""
    forms, claimants = _claimed(connection, source, mail)
    heard = _heard(connection, source, mail, forms)
    concerned = set(claimants)
    decision = decide(claimants, [forms[key] for key, mail in heard.items() if mail is None])
    for actor_key in sorted(heard):
        concerned |= _apply(connection, source, actor_key, decision, now)
    return concerned


def _claimed(connection: Connection, source: str, mail: str) -> tuple[dict[str, str], set[str]]:
    row = tables.claim
    wanted = select(row.c.actor_key, row.c.spelled, row.c.learner_id).where(
        row.c.source == source, row.c.mail == mail
    )
    found = connection.execute(wanted.order_by(row.c.spelled)).all()
    one = canonicals(connection, {claim.learner_id for claim in found})
    return {claim.actor_key: claim.spelled for claim in found}, set(one.values())


def _heard(connection: Connection, source: str, mail: str, forms: Collection[str]) -> dict[str, str | None]:
    """Actors that name themselves by this e-mail; those a person decided on are settled."""
    row, join = tables.actor, tables.join
    by_person = select(join.c.actor_key).where(
        join.c.source == source, join.c.how == "person", join.c.undone_at.is_(None)
    )
    wanted = select(row.c.actor_key, row.c.mail).where(
        row.c.source == source,
        or_(row.c.mail == mail, row.c.actor_key.in_(sorted(forms))),
        row.c.actor_key.not_in(by_person),
    )
    return {found.actor_key: found.mail for found in connection.execute(wanted)}


def _apply(
    connection: Connection, source: str, actor_key: str, decision: Decision, now: datetime
) -> set[str]:
    """Make the stored join say what was decided."""
    row = tables.join
    mine = and_(row.c.source == source, row.c.actor_key == actor_key)
    active = connection.execute(
        select(row.c.id, row.c.learner_id).where(mine, row.c.undone_at.is_(None))
    ).first()
    owner = canonicals(connection, [active.learner_id])[active.learner_id] if active else None
    if decision.learner_id is not None and owner == decision.learner_id:
        return {owner}
    if active:
        undo = {"undone_at": now, "undone_by": RULE, "undone_reason": decision.reason}
        connection.execute(update(row).where(row.c.id == active.id).values(**undo))
    concerned = {owner} if owner else set()
    if decision.learner_id is None:
        wait(connection, source, actor_key, decision.reason, now)
        return concerned
    return concerned | _join(connection, source, actor_key, decision, now)


def _join(connection: Connection, source: str, actor_key: str, decision: Decision, now: datetime) -> set[str]:
    learner_id = decision.learner_id or ""
    if learner_id in _refused(connection, source, actor_key):
        wait(connection, source, actor_key, REFUSED, now)
        return set()
    values = {
        "source": source,
        "actor_key": actor_key,
        "learner_id": learner_id,
        "how": MAIL,
        "reason": decision.reason,
    }
    connection.execute(insert(connection, tables.join).values(**values, who=RULE, at=now))
    resolved(connection, source, actor_key)
    return {learner_id}


def _refused(connection: Connection, source: str, actor_key: str) -> set[str]:
    """Learners of whom a person said that this actor is not theirs: no rule joins them again."""
    row = tables.join
    mine = and_(row.c.source == source, row.c.actor_key == actor_key)
    said = select(row.c.learner_id).where(mine, row.c.undone_at.is_not(None), row.c.undone_by != RULE)
    return set(canonicals(connection, list(connection.execute(said).scalars())).values())


def wait(connection: Connection, source: str, actor_key: str, reason: str, now: datetime) -> None:
    """Into the queue, or a new reason for one already there."""
    values = {"source": source, "actor_key": actor_key, "reason": reason, "since": now}
    adding = insert(connection, tables.pending).values(**values)
    connection.execute(
        adding.on_conflict_do_update(index_elements=["source", "actor_key"], set_={"reason": reason})
    )


def wait_early(connection: Connection, source: str, actor_key: str, reason: str, now: datetime) -> None:
    """Into the queue unless it is there, whatever for, or a person said whose it is."""
    row = tables.join
    joined = select(row.c.id).where(
        row.c.source == source, row.c.actor_key == actor_key, row.c.undone_at.is_(None)
    )
    if connection.execute(joined).first() is None:
        values = {"source": source, "actor_key": actor_key, "reason": reason, "since": now}
        adding = insert(connection, tables.pending).values(**values)
        connection.execute(adding.on_conflict_do_nothing(index_elements=["source", "actor_key"]))


def resolved(connection: Connection, source: str, actor_key: str) -> None:
    """Out of the queue."""
    row = tables.pending
    connection.execute(delete(row).where(row.c.source == source, row.c.actor_key == actor_key))
