"""What waits for review: one row an actor key, however often it was marked.

Statements, launches, joins, new rules and new mappings all mark the same keys in their own transactions, so that a statement and the
learner's arrival cannot miss each other.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, func, select

from lti_tool.ledger.tables import review_due
from lti_tool.people import tables as people
from lti_tool.people.claims import SUB
from lti_tool.people.identity import PERSON
from lti_tool.people.oneness import review_key
from xapi import arrays, sql
from xapi.lrs import Saved
from xapi.many import one_of

_MARK_ONE = (
    "INSERT INTO ledger_review_due (actor_key, seq) VALUES (?, 1)"
    " ON CONFLICT (actor_key) DO UPDATE SET seq = ledger_review_due.seq + 1"
)
_MARK_ALL = _MARK_ONE.replace("VALUES (?, 1)", "SELECT key, 1 FROM unnest($1::text[]) AS key")
_FORGET_ONE = "DELETE FROM ledger_review_due WHERE actor_key = ? AND seq = ?"
_FORGET_ALL = (
    "DELETE FROM ledger_review_due AS due USING unnest($1::text[], $2::bigint[]) AS done (key, seq)"
    " WHERE due.actor_key = done.key AND due.seq = done.seq"
)


@dataclass(frozen=True, slots=True)
class Due:
    actor_key: str
    seq: int


def mark(connection: Connection, actor_keys: Collection[str]) -> None:
    """Have these keys reviewed. Sorted: two transactions marking the same keys wait for each other instead of locking up."""
    keys = sorted(set(actor_keys))
    if not keys:
        return
    if sql.is_sqlite(connection):
        sql.many(connection, _MARK_ONE, [(key,) for key in keys])
    else:  # every statement comes by here: one round trip, however many they are
        sql.rows(connection, _MARK_ALL, (arrays.texts(keys),))


def on_saved(connection: Connection, saved: Saved) -> None:
    """The record store's callback: only marks, looks nothing up."""
    mark(connection, saved.actor_keys)


def mark_learner(connection: Connection, learner_id: str) -> None:
    """Have one learner reviewed."""
    mark(connection, [review_key(learner_id)])


def mark_all(connection: Connection) -> None:
    """Have every learner reviewed: a rule or a mapping changed.

    Whoever came is found by a login; a roster row's learner who never did may still own what a person joined.
    """
    row, join = people.claim, people.join
    first = select(func.min(row.c.actor_key)).where(row.c.how == SUB).group_by(row.c.learner_id)
    joined = select(join.c.learner_id).where(join.c.how == PERSON, join.c.undone_at.is_(None)).distinct()
    others = map(review_key, connection.execute(joined).scalars())
    mark(connection, [*connection.execute(first).scalars(), *others])


def look(connection: Connection, limit: int, start: str = "") -> list[Due]:
    """Up to `limit` keys as they are now, held by nobody; see `claim` for `start` and `unchanged` for what comes after."""
    found = _listed(connection, limit, review_due.c.actor_key >= start)
    if start and len(found) < limit:
        found += _listed(connection, limit - len(found), review_due.c.actor_key < start)
    return found


def unchanged(connection: Connection, seen: Collection[Due]) -> set[Due]:
    """Those of these that nobody marked again or reviewed since, and no other reviewer holds; held until this transaction ends."""
    row = review_due.c
    mine = select(row.actor_key, row.seq).where(one_of(row.actor_key, [one.actor_key for one in seen]))
    held = connection.execute(mine.order_by(row.actor_key).with_for_update(skip_locked=True))
    return {Due(*found) for found in held} & set(seen)


def claim_these(connection: Connection, actor_keys: Collection[str]) -> list[Due]:
    """Those of these keys that are due and no other reviewer holds; held until this transaction ends."""
    return _claim(connection, len(actor_keys), one_of(review_due.c.actor_key, actor_keys))


def claim(connection: Connection, limit: int, start: str = "") -> list[Due]:
    """Up to `limit` keys that no other reviewer holds; they are held until this transaction ends.

    Keys from `start` on come first: a caller that starts anywhere lets no key wait behind those marked again and again.
    """
    found = _claim(connection, limit, review_due.c.actor_key >= start)
    if start and len(found) < limit:
        found += _claim(connection, limit - len(found), review_due.c.actor_key < start)
    return found


def _claim(connection: Connection, limit: int, where: ColumnElement[bool]) -> list[Due]:
    wanted = _wanted(limit, where).with_for_update(skip_locked=True)
    return [Due(*row) for row in connection.execute(wanted)]


def _listed(connection: Connection, limit: int, where: ColumnElement[bool]) -> list[Due]:
    return [Due(*row) for row in connection.execute(_wanted(limit, where))]


def _wanted(limit: int, where: ColumnElement[bool]) -> Select[str, int]:
    found = select(review_due.c.actor_key, review_due.c.seq).where(where)
    return found.order_by(review_due.c.actor_key).limit(limit)


def claim_one(connection: Connection, actor_key: str) -> list[Due]:
    """This key alone, when it is due and no other reviewer holds it."""
    return _claim(connection, 1, review_due.c.actor_key == actor_key)


def are_waiting(connection: Connection, actor_keys: Collection[str]) -> bool:
    """Whether any of these keys is due."""
    found = select(review_due.c.actor_key).where(one_of(review_due.c.actor_key, actor_keys)).limit(1)
    return connection.execute(found).first() is not None


def reviewed(connection: Connection, done: Collection[Due]) -> None:
    """Forget keys that were reviewed, except those marked again since they were claimed."""
    rows = sorted((due.actor_key, due.seq) for due in done)
    if not rows:
        return
    if sql.is_sqlite(connection):
        sql.many(connection, _FORGET_ONE, rows)
    else:
        keys, numbers = zip(*rows, strict=True)
        sql.rows(connection, _FORGET_ALL, (arrays.texts(keys), arrays.numbers(numbers)))


def is_empty(connection: Connection) -> bool:
    """Whether nothing waits."""
    return connection.execute(select(review_due.c.actor_key).limit(1)).first() is None


def waiting(connection: Connection) -> int:
    """How many keys wait."""
    return connection.execute(select(func.count()).select_from(review_due)).scalar_one()
