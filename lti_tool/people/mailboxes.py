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
from xapi import arrays, sql
from xapi.formats import micros

RULE = "rule"
TWO_LEARNERS, TWO_ACTORS, REFUSED, NO_LEARNER = "two_learners", "two_actors", "refused", "no_learner"
NOT_ARRIVED = "not_arrived"
_WAIT = "INSERT INTO people_pending (source, actor_key, reason, since)"
_WAIT_ONE = f"{_WAIT} VALUES (?, ?, ?, ?) ON CONFLICT (source, actor_key) DO NOTHING"
_WAIT_ALL = (
    f"{_WAIT} SELECT source, actor_key, $3::text, $4::bigint FROM unnest($1::text[], $2::text[]) AS early (source, actor_key)"  # noqa: S608 - our own words
    " ON CONFLICT (source, actor_key) DO NOTHING"
)

Box = tuple[str, str]  # source, e-mail in lower case


@dataclass(frozen=True, slots=True)
class _Claims:
    forms: dict[str, str]
    learners: set[str]


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


def settle(connection: Connection, boxes: Collection[Box], now: datetime) -> set[str]:
    """Join, take back or put into the queue what belongs to these mailboxes. Gives the learners this may concern.

    Whoever decides on one of them next waits until this transaction ends.
    """
    if not boxes:
        return set()
    _lock(connection, boxes)
    claimed = _claimed(connection, boxes)
    heard = _heard(connection, boxes, claimed)
    # Of a box whose actors were given by a person nothing is decided here; its learners no longer wait for that.
    concerned = {learner_id for claims in claimed.values() for learner_id in claims.learners}
    for box, actors in sorted(heard.items()):
        claims = claimed.get(box, _Claims({}, set()))
        hashes = [claims.forms[actor_key] for actor_key, is_hash in actors.items() if is_hash]
        decision = decide(claims.learners, hashes)
        for actor_key in sorted(actors):
            concerned |= _apply(connection, box[0], actor_key, decision, now)
    return concerned


def _lock(connection: Connection, boxes: Collection[Box]) -> None:
    table = tables.mailbox
    turn = insert(connection, table).on_conflict_do_update(
        index_elements=["source", "mail"], set_={"turn": table.c.turn + 1}
    )
    connection.execute(turn, [{"source": source, "mail": mail, "turn": 1} for source, mail in sorted(boxes)])


def _claimed(connection: Connection, boxes: Collection[Box]) -> dict[Box, _Claims]:
    """Who claims each mailbox, and the forms its address may take with the spelling each was made of."""
    row = tables.claim
    wanted = select(row.c.source, row.c.mail, row.c.actor_key, row.c.spelled, row.c.learner_id).where(
        row.c.source.in_({source for source, _ in boxes}), row.c.mail.in_({mail for _, mail in boxes})
    )
    rows = [
        found
        for found in connection.execute(wanted.order_by(row.c.spelled))
        if (found.source, found.mail) in boxes
    ]
    one = canonicals(connection, {found.learner_id for found in rows})
    claimed: dict[Box, _Claims] = {}
    for found in rows:
        claims = claimed.setdefault((found.source, found.mail), _Claims({}, set()))
        claims.forms[found.actor_key] = found.spelled
        claims.learners.add(one[found.learner_id])
    return claimed


def _heard(
    connection: Connection, boxes: Collection[Box], claimed: dict[Box, _Claims]
) -> dict[Box, dict[str, bool]]:
    """Actors that name themselves by each address, and whether as a hash; those a person decided on are settled."""
    row = tables.actor
    by_form = {(box[0], form): box for box, claims in claimed.items() for form in claims.forms}
    wanted = select(row.c.source, row.c.actor_key, row.c.mail).where(
        row.c.source.in_({source for source, _ in boxes}),
        or_(row.c.mail.in_({mail for _, mail in boxes}), row.c.actor_key.in_({form for _, form in by_form})),
    )
    found = connection.execute(wanted).all()
    by_person = _by_person(connection, {actor.actor_key for actor in found}) if found else set()
    heard: dict[Box, dict[str, bool]] = {}
    for actor in found:
        box = (actor.source, actor.mail) if actor.mail else by_form.get((actor.source, actor.actor_key))
        if box is not None and box in boxes and (actor.source, actor.actor_key) not in by_person:
            heard.setdefault(box, {})[actor.actor_key] = actor.mail is None
    return heard


def _by_person(connection: Connection, actor_keys: Collection[str]) -> set[tuple[str, str]]:
    row = tables.join
    active = (row.c.how == "person") & row.c.undone_at.is_(None) & row.c.actor_key.in_(sorted(actor_keys))
    return {
        (found.source, found.actor_key)
        for found in connection.execute(select(row.c.source, row.c.actor_key).where(active))
    }


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


def wait_all_early(connection: Connection, identifiers: Collection[tuple[str, str]], now: datetime) -> None:
    """Into the queue, unless they are there, as actors whose learner has not arrived; nobody has joined them yet."""
    if not identifiers:
        return
    ordered = sorted(identifiers)
    if sql.is_sqlite(connection):
        rows = [(*one, NOT_ARRIVED, micros(now)) for one in ordered]
        sql.many(connection, _WAIT_ONE, rows)
    else:
        sources, keys = zip(*ordered, strict=True)
        values = (arrays.texts(sources), arrays.texts(keys), NOT_ARRIVED, micros(now))
        sql.rows(connection, _WAIT_ALL, values)


def resolved(connection: Connection, source: str, actor_key: str) -> None:
    """Out of the queue."""
    row = tables.pending
    connection.execute(delete(row).where(row.c.source == source, row.c.actor_key == actor_key))
