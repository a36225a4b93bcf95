"""When two learners are one: a roster row names both logins. Ids are never rewritten, so it can be taken back.

Elsewhere a learner may be known by an id from before the join: ask `members` for all of them, `canonical` for the one that counts.
"""

from collections.abc import Callable, Collection

from sqlalchemy import Connection, Select, String, bindparam, func, select, update

from lti_tool.people import tables
from xapi.many import one_of

# Marks actors for review: the ledger's `due.mark`, handed in because people come before the ledger.
Mark = Callable[[Connection, Collection[str]], None]

_LEARNER = "learner:"


def _members() -> Select[str]:
    row, known_as = tables.learner, bindparam("known_as", type_=String(32))
    joined = select(row.c.merged_into).where(row.c.id == known_as).scalar_subquery()
    root = func.coalesce(joined, known_as)
    every = select(row.c.id).where((row.c.id == root) | (row.c.merged_into == root))
    return every.order_by(row.c.merged_into.is_not(None), row.c.id)


_MEMBERS = _members()  # built once: every page asks it several times


def merge(connection: Connection, learner_id: str, root: str, mark: Mark) -> None:
    """From now on `learner_id` and all that were one with it are `root`; nothing is moved, so it can be taken back."""
    both = [*members(connection, learner_id), *members(connection, root)]
    mark(connection, keys_of(connection, both))
    moved = members(connection, learner_id)
    connection.execute(update(tables.learner).where(tables.learner.c.id.in_(moved)).values(merged_into=root))


def review_key(learner_id: str) -> str:
    """What is marked to have a learner reviewed who may no longer be found by any actor key."""
    return f"{_LEARNER}{learner_id}"


def learner_ids(keys: Collection[str]) -> set[str]:
    """The learners among marked keys."""
    return {key.removeprefix(_LEARNER) for key in keys if key.startswith(_LEARNER)}


def keys_of(connection: Connection, learner_ids: Collection[str]) -> set[str]:
    """Every actor key these learners claim."""
    found = select(tables.claim.c.actor_key).where(one_of(tables.claim.c.learner_id, learner_ids))
    return set(connection.execute(found).scalars())


def canonical(connection: Connection, learner_id: str) -> str:
    """The one id by which a learner is known after joins."""
    found = connection.execute(
        select(tables.learner.c.merged_into).where(tables.learner.c.id == learner_id)
    ).scalar()
    return found or learner_id


def canonicals(connection: Connection, learner_ids: Collection[str]) -> dict[str, str]:
    """`canonical` for many."""
    if not learner_ids:
        return {}
    wanted = select(tables.learner.c.id, tables.learner.c.merged_into).where(
        one_of(tables.learner.c.id, learner_ids)
    )
    found = {row.id: row.merged_into or row.id for row in connection.execute(wanted)}
    return {learner_id: found.get(learner_id, learner_id) for learner_id in learner_ids}


def members(connection: Connection, learner_id: str) -> list[str]:
    """All ids under which this learner was ever known, the given one's root first."""
    return list(connection.execute(_MEMBERS, {"known_as": learner_id}).scalars()) or [learner_id]


def single(connection: Connection, learner_ids: Collection[str]) -> set[str]:
    """Those of these ids under which alone somebody is known: no id was joined to them, nor they to another."""
    if not learner_ids:
        return set()
    row = tables.learner.c
    mine = one_of(row.id, learner_ids) | one_of(row.merged_into, learner_ids)
    found = connection.execute(select(row.id, row.merged_into).where(mine)).all()
    roots = {one.merged_into for one in found}
    return {one.id for one in found if one.merged_into is None and one.id not in roots} & set(learner_ids)


def members_of(connection: Connection, roots: Collection[str]) -> dict[str, list[str]]:
    """`members` for many, given by their canonical ids."""
    row = tables.learner
    found = {root: [root] for root in roots}
    if not found:
        return found
    merged = select(row.c.id, row.c.merged_into).where(one_of(row.c.merged_into, roots)).order_by(row.c.id)
    for other in connection.execute(merged):
        found[other.merged_into].append(other.id)
    return found
