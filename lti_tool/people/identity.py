"""Which learner an actor is. Every join is scoped to the source (the platform's issuer) that sent the actor, carries its reason and can be undone.

hosts.md and the issue: exact joins by (issuer, sub) and `xapi_actor`; e-mail only within one platform and only when unique on both sides;
across platforms only through the roster. Anything else waits in the queue for a person. `unknown@example.com` is nobody.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from lti_tool.base import audit
from lti_tool.base.database import insert
from lti_tool.people import claims, mailboxes, tables
from lti_tool.people.oneness import Mark, canonicals, keys_of, members, review_key

NOT_ARRIVED = "not_arrived"
PERSON = "person"
Identifier = tuple[str, str]  # source, actor_key

Agent = Mapping[str, Any]

# What was heard of actor keys: each source that sent one, with the agent behind it; keys never heard of are left out.
Heard = Callable[[Collection[str]], Mapping[str, Iterable[tuple[str, Agent]]]]


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
        return self.reason not in {NOT_ARRIVED, mailboxes.NO_LEARNER}


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
    found, _ = _exact(connection, actor_keys)
    row = tables.join
    wanted = select(row.c.source, row.c.actor_key, row.c.learner_id, row.c.how)
    joined = connection.execute(
        wanted.where(row.c.actor_key.in_(sorted(actor_keys)), row.c.undone_at.is_(None))
    ).all()
    one = canonicals(connection, {join.learner_id for join in joined})
    for join in joined:
        identifier = (join.source, join.actor_key)
        if join.how == PERSON or identifier not in found:
            found[identifier] = one[join.learner_id]
    return found


def _exact(
    connection: Connection, actor_keys: Collection[str]
) -> tuple[dict[Identifier, str], dict[Identifier, set[str]]]:
    """Owners by (issuer, sub) or `xapi_actor`, and those identifiers that several learners claim as theirs."""
    if not actor_keys:
        return {}, {}
    row = tables.claim
    wanted = select(row.c.source, row.c.actor_key, row.c.learner_id, row.c.how)
    rows = connection.execute(
        wanted.where(row.c.actor_key.in_(sorted(actor_keys)), row.c.how != claims.MAIL)
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
    merged = select(row.c.id).where(row.c.merged_into.in_(sorted(learner_ids)))
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


def sort_out(connection: Connection, actor_keys: Collection[str], heard: Heard, now: datetime) -> set[str]:
    """Decide whose these actors are, as far as can be known now, and give every learner whose evidence that may change.

    The caller holds the marks of these keys. `heard` is asked only for keys that are no learner's by (issuer, sub) or `xapi_actor`.
    """
    sole, contested = _exact(connection, actor_keys)
    exact = {actor_key for _, actor_key in (*sole, *contested)}
    concerned = {*sole.values(), *(learner for rivals in contested.values() for learner in rivals)}
    for source, actor_key in sorted(contested.keys() - owners(connection, exact).keys() if contested else ()):
        mailboxes.wait(connection, source, actor_key, mailboxes.TWO_LEARNERS, now)
    for source, actor_key in sorted(_waiting(connection, exact) & set(sole)):
        mailboxes.resolved(connection, source, actor_key)
    loose = sorted(set(actor_keys) - exact - claims.nobody_keys())
    boxes = _listen(connection, heard(loose), now) | _boxes(connection, loose) if loose else set()
    concerned |= mailboxes.settle(connection, boxes, now)
    return concerned | set(owners(connection, {*loose, *(key for _, key in contested)}).values())


def _listen(
    connection: Connection, heard: Mapping[str, Iterable[tuple[str, Agent]]], now: datetime
) -> set[mailboxes.Box]:
    """Note actors heard of; gives the mailboxes they name."""
    boxes: set[mailboxes.Box] = set()
    waiting = _waiting(connection, heard.keys()) if heard else set()
    for actor_key, said in heard.items():
        for source, agent in said:
            mail = claims.mail_of(agent.get("mbox"))
            if mail or "mbox_sha1sum" in agent:
                _note(connection, source, actor_key, mail, now)
            if mail:
                boxes.add((source, mail))
            elif (source, actor_key) not in waiting:
                early = mailboxes.NO_LEARNER if "mbox_sha1sum" in agent else NOT_ARRIVED
                mailboxes.wait_early(connection, source, actor_key, early, now)
    return boxes


def _note(connection: Connection, source: str, actor_key: str, mail: str | None, now: datetime) -> None:
    row = {"source": source, "actor_key": actor_key, "mail": mail, "heard_at": now}
    adding = insert(connection, tables.actor).values(**row)
    connection.execute(adding.on_conflict_do_nothing(index_elements=["source", "actor_key"]))


def _boxes(connection: Connection, actor_keys: Collection[str]) -> set[tuple[str, str]]:
    """The mailboxes whose forms these keys are: a launch marks them all when it brings an e-mail."""
    if not actor_keys:
        return set()
    row = tables.claim
    wanted = select(row.c.source, row.c.mail).where(
        row.c.actor_key.in_(sorted(actor_keys)), row.c.how == claims.MAIL
    )
    return {(found.source, found.mail) for found in connection.execute(wanted.distinct())}


def _waiting(connection: Connection, actor_keys: Collection[str]) -> set[Identifier]:
    if not actor_keys:
        return set()
    row = tables.pending
    wanted = select(row.c.source, row.c.actor_key).where(row.c.actor_key.in_(sorted(actor_keys)))
    return {(found.source, found.actor_key) for found in connection.execute(wanted)}


def resolve(connection: Connection, source: str, actor_key: str, agent: Agent, now: datetime) -> str | None:
    """The learner this actor is on this platform, joined now if a rule allows it; None when it is nobody or waits in the queue."""
    sort_out(connection, [actor_key], lambda keys: {key: [(source, agent)] for key in keys}, now)
    return owners(connection, [actor_key]).get((source, actor_key))


def uncertain(connection: Connection, learner_ids: Collection[str]) -> set[str]:
    """Those of these learners to whom an unresolved actor may belong: one with their e-mail, or one that several claim."""
    if not learner_ids:
        return set()
    claim, actor, waits = tables.claim, tables.actor, tables.pending
    merged = select(tables.learner.c.id).where(tables.learner.c.merged_into.in_(sorted(learner_ids)))
    mine = claim.c.learner_id.in_(sorted(learner_ids)) | claim.c.learner_id.in_(merged)
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
    wanted = select(row.c.id, row.c.source, row.c.actor_key, row.c.reason, row.c.since).order_by(
        row.c.since, row.c.id
    )
    if not early:
        wanted = wanted.where(row.c.reason.not_in([NOT_ARRIVED, mailboxes.NO_LEARNER]))
    return [Pending(*found) for found in connection.execute(wanted.limit(limit))]


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
