"""Which learner an actor is. Every join is scoped to the source (the platform's issuer) that sent the actor, carries its reason and can be undone.

hosts.md and the issue: exact joins by (issuer, sub) and `xapi_actor`; e-mail only within one platform and only when unique on both sides;
across platforms only through the roster. Anything else waits in the queue for a person. `unknown@example.com` is nobody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, update

from lti_tool.base import audit
from lti_tool.base.database import insert
from lti_tool.people import claims, mailboxes, tables
from lti_tool.people.oneness import Mark, canonicals, keys_of, members, review_key
from xapi.many import one_of

PERSON = "person"
Identifier = tuple[str, str]  # source, actor_key


@dataclass(frozen=True, slots=True)
class Pending:
    """An actor nobody can be told for. `reason`: two_learners, two_actors, refused, no_learner or not_arrived (the last two may only be early)."""

    id: int
    source: str
    actor_key: str
    reason: str
    since: datetime

    @property
    def needs_a_person(self) -> bool:
        return self.reason not in {mailboxes.NOT_ARRIVED, mailboxes.NO_LEARNER}


@dataclass(frozen=True, slots=True)
class Join:
    """An identifier given to a learner by the e-mail rule or by a person, and perhaps taken back."""

    id: int
    source: str
    actor_key: str
    learner_id: str
    how: str
    reason: str
    who: str
    at: datetime
    undone_at: datetime | None
    undone_by: str | None
    undone_reason: str | None


def owners(connection: Connection, actor_keys: Collection[str]) -> dict[Identifier, str]:
    """The learner of each identifier under these keys that is known by now, e-mail and persons' joins included."""
    if not actor_keys:  # here and below: SQLAlchemy takes as long to ask about nobody as about a hundred
        return {}
    found, _ = exact(connection, actor_keys)
    for identifier, (learner_id, how) in joined(connection, actor_keys).items():
        if how == PERSON or identifier not in found:
            found[identifier] = learner_id
    return found


def joined(connection: Connection, actor_keys: Collection[str]) -> dict[Identifier, tuple[str, str]]:
    """Whose each identifier under these keys is by a join that stands, and how it was made."""
    if not actor_keys:
        return {}
    row = tables.join
    wanted = select(row.c.source, row.c.actor_key, row.c.learner_id, row.c.how)
    rows = connection.execute(
        wanted.where(one_of(row.c.actor_key, actor_keys), row.c.undone_at.is_(None))
    ).all()
    one = canonicals(connection, {found.learner_id for found in rows})
    return {(found.source, found.actor_key): (one[found.learner_id], found.how) for found in rows}


def exact(
    connection: Connection, actor_keys: Collection[str]
) -> tuple[dict[Identifier, str], dict[Identifier, set[str]]]:
    """Owners by (issuer, sub) or `xapi_actor`, and those identifiers that several learners claim as theirs."""
    if not actor_keys:
        return {}, {}
    row = tables.claim
    wanted = select(row.c.source, row.c.actor_key, row.c.learner_id, row.c.how)
    rows = connection.execute(
        wanted.where(one_of(row.c.actor_key, actor_keys), row.c.how != claims.MAIL)
    ).all()
    one = canonicals(connection, {claim.learner_id for claim in rows})
    by: dict[Identifier, dict[str, set[str]]] = {}
    for claim in rows:
        by.setdefault((claim.source, claim.actor_key), {}).setdefault(claim.how, set()).add(
            one[claim.learner_id]
        )
    # The platform itself says who `sub` is; `xapi_actor` passes through a custom parameter, so it never takes another's account.
    strongest = {
        identifier: hows.get(claims.SUB) or hows[claims.XAPI_ACTOR] for identifier, hows in by.items()
    }
    sole = {identifier: next(iter(found)) for identifier, found in strongest.items() if len(found) == 1}
    return sole, {identifier: found for identifier, found in strongest.items() if len(found) > 1}


def identifiers(connection: Connection, learner_id: str) -> list[Identifier]:
    """Every identifier that is this learner's, of all logins and joins."""
    return identifiers_of(connection, [learner_id])[learner_id]


def identifiers_of(connection: Connection, learner_ids: Collection[str]) -> dict[str, list[Identifier]]:
    """`identifiers` for many learners, given by their canonical ids."""
    if not learner_ids:
        return {}
    row, join = tables.learner, tables.join
    merged = select(row.c.id).where(one_of(row.c.merged_into, learner_ids))
    ids = sorted({*learner_ids, *connection.execute(merged).scalars()})
    claimed = select(tables.claim.c.actor_key).where(
        tables.claim.c.learner_id.in_(ids), tables.claim.c.how != claims.MAIL
    )
    joined = select(join.c.actor_key).where(join.c.learner_id.in_(ids), join.c.undone_at.is_(None))
    keys = {*connection.execute(claimed).scalars(), *connection.execute(joined).scalars()}
    found: dict[str, list[Identifier]] = {learner_id: [] for learner_id in learner_ids}
    for identifier, owner in sorted(owners(connection, keys).items()):
        if owner in found:
            found[owner].append(identifier)
    return found


def learners_of(connection: Connection, actor_key: str) -> set[str]:
    """The learners known under this key, on whatever platform."""
    return set(owners(connection, [actor_key]).values())


def uncertain(connection: Connection, learner_ids: Collection[str]) -> set[str]:
    """Those of these learners to whom an unresolved actor may belong: one with their e-mail, or one that several claim."""
    if not learner_ids:
        return set()
    claim, actor, waits = tables.claim, tables.actor, tables.pending
    merged = select(tables.learner.c.id).where(one_of(tables.learner.c.merged_into, learner_ids))
    mine = one_of(claim.c.learner_id, learner_ids) | claim.c.learner_id.in_(merged)
    open_ = waits.c.reason != mailboxes.REFUSED
    same = (waits.c.source == claim.c.source) & (waits.c.actor_key == claim.c.actor_key)
    by_key = select(claim.c.learner_id).join(waits, same).where(mine, open_)
    by_mail = (
        select(claim.c.learner_id)
        .join(actor, (actor.c.source == claim.c.source) & (actor.c.mail == claim.c.mail))
        .join(waits, (waits.c.source == actor.c.source) & (waits.c.actor_key == actor.c.actor_key))
        .where(mine, open_)
    )
    found = {*connection.execute(by_key).scalars(), *connection.execute(by_mail).scalars()}
    return set(canonicals(connection, found).values())


def pending(connection: Connection, *, early: bool = False, limit: int = 500) -> list[Pending]:
    """What waits for a person, oldest first; with `early` also actors whose learner has merely not arrived yet."""
    row = tables.pending
    wanted = _waiting().order_by(row.c.since, row.c.id)
    if not early:
        wanted = wanted.where(row.c.reason.not_in([mailboxes.NOT_ARRIVED, mailboxes.NO_LEARNER]))
    return [Pending(*found) for found in connection.execute(wanted.limit(limit))]


def find_pending(connection: Connection, pending_id: int) -> Pending | None:
    """A waiting actor by its id."""
    found = connection.execute(_waiting().where(tables.pending.c.id == pending_id)).first()
    return Pending(*found) if found else None


def _waiting() -> Select[Any]:
    row = tables.pending
    return select(row.c.id, row.c.source, row.c.actor_key, row.c.reason, row.c.since)


def joins(connection: Connection, learner_id: str) -> list[Join]:
    """The learner's joins, those taken back included, in the order they were made."""
    wanted = select(tables.join).where(tables.join.c.learner_id.in_(members(connection, learner_id)))
    return [Join(**found) for found in connection.execute(wanted.order_by(tables.join.c.id)).mappings()]


def find_join(connection: Connection, join_id: int) -> Join | None:
    """A join by its id, taken back or not."""
    found = connection.execute(select(tables.join).where(tables.join.c.id == join_id)).mappings().first()
    return Join(**found) if found else None


def join(
    connection: Connection,
    pending_id: int,
    learner_id: str,
    *,
    who: str,
    reason: str,
    now: datetime,
    mark: Mark,
) -> int | None:
    """A person says whose a waiting actor is. Gives the join's id, or None when it waits no longer or the learner is unknown."""
    row = tables.pending
    waits = connection.execute(select(row.c.source, row.c.actor_key).where(row.c.id == pending_id)).first()
    known = connection.execute(select(tables.learner.c.id).where(tables.learner.c.id == learner_id)).scalar()
    if waits is None or known is None:
        return None
    mark(
        connection,
        {waits.actor_key, review_key(learner_id), *keys_of(connection, members(connection, learner_id))},
    )
    values = {"source": waits.source, "actor_key": waits.actor_key, "learner_id": learner_id, "how": PERSON}
    adding = insert(connection, tables.join).values(**values, reason=reason, who=who, at=now)
    made: int = connection.execute(adding.returning(tables.join.c.id)).scalar_one()
    mailboxes.resolved(connection, waits.source, waits.actor_key)
    details = {"learner": learner_id, "source": waits.source, "actor": waits.actor_key, "reason": reason}
    audit.record(connection, who=who, act="identity.join", subject=f"join:{made}", details=details, at=now)
    return made


def undo(connection: Connection, join_id: int, *, who: str, reason: str, now: datetime, mark: Mark) -> bool:
    """A person takes a join back; no rule makes it again. False when there is no such join any more."""
    row = tables.join
    found = (
        connection.execute(select(row).where(row.c.id == join_id, row.c.undone_at.is_(None)))
        .mappings()
        .first()
    )
    if found is None:
        return False
    mark(
        connection,
        {
            found["actor_key"],
            review_key(found["learner_id"]),
            *keys_of(connection, members(connection, found["learner_id"])),
        },
    )
    values = {"undone_at": now, "undone_by": who, "undone_reason": reason}
    connection.execute(update(row).where(row.c.id == join_id, row.c.undone_at.is_(None)).values(**values))
    mailboxes.wait(connection, found["source"], found["actor_key"], mailboxes.REFUSED, now)
    details = {
        "learner": found["learner_id"],
        "source": found["source"],
        "actor": found["actor_key"],
        "reason": reason,
    }
    audit.record(connection, who=who, act="identity.undo", subject=f"join:{join_id}", details=details, at=now)
    return True
