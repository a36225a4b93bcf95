"""One person taken out of the ledger: outcomes stay (ids only, the figures rest on them), what names an account elsewhere goes."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, update

from lti_tool.ledger.delivery_tables import delivery, seat
from lti_tool.ledger.tables import attention, review_due


def forget(
    connection: Connection, learner_ids: Collection[str], actor_keys: Collection[str]
) -> dict[str, int]:
    """Seats and deliveries hold the platform's id of the person. Gives how many rows went."""
    ids = sorted(learner_ids)
    connection.execute(delete(review_due).where(review_due.c.actor_key.in_(sorted(actor_keys))))
    settled = attention.c.learner_id.in_(ids) & attention.c.settled_reason.is_not(None)
    connection.execute(update(attention).where(settled).values(settled_reason="erased"))
    return {
        "seats": connection.execute(delete(seat).where(seat.c.learner_id.in_(ids))).rowcount,
        "deliveries": connection.execute(delete(delivery).where(delivery.c.learner_id.in_(ids))).rowcount,
    }
