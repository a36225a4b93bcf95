"""Of two reviews of one learner, one waits for the other at the learner's row."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from lti_tool.ledger import outcomes
from lti_tool.people import oneness
from lti_tool.people import tables as people
from xapi.many import one_of


def held(connection: Connection, concerned: Collection[str]) -> list[str]:
    """Lock the learners in one order, so that of two reviews of one learner the later sees all that the earlier saw.

    Ids that were joined to another meanwhile give way to it, and what was stored under them is forgotten.
    """
    row = people.learner
    lock(connection, concerned)
    roots = set(oneness.canonicals(connection, concerned).values())
    lock(connection, roots - set(concerned))
    merged = select(row.c.id).where(one_of(row.c.merged_into, roots))
    outcomes.forget(connection, list(connection.execute(merged).scalars()))
    return sorted(roots)


def lock(connection: Connection, learner_ids: Collection[str]) -> None:
    """Hold these until the transaction ends; arrivals may still refer to them."""
    row = people.learner
    if learner_ids:
        wanted = select(row.c.id).where(one_of(row.c.id, learner_ids)).order_by(row.c.id)
        connection.execute(wanted.with_for_update(key_share=True)).all()
