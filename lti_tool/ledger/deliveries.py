"""What each platform is to hold, and what it was seen to hold: one row per (line item, person), not one per event.

An intention is a score with its own whole-second timestamp, later than every earlier one of its row and never sent before its time.
Retries repeat the intention; so a platform that compares timestamps takes it once, however often it is sent.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from lti_tool.base import jobs
from lti_tool.base.database import insert
from lti_tool.ledger import seats
from lti_tool.ledger.delivery_tables import delivery
from lti_tool.people.oneness import members
from rules.programme import Programme

KIND = "deliver"
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Desired:
    """A score as it should stand: `given` out of `maximum`. `activity_progress`: AGS 2.0, 3.4.4 ("Completed", "InProgress")."""

    given: float
    maximum: float
    comment: str
    activity_progress: str = "Completed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row. `state`: due, uncertain (sent, not seen to have arrived), delivered, parked (waits for a person, see `reason`)."""

    id: int
    platform_id: int
    lineitem: str
    sub: str
    learner_id: str
    purpose: str
    desired: Desired
    desired_at: datetime
    delivered_given: float | None
    delivered_at: datetime | None
    accepted_for: datetime | None
    state: str
    reason: str | None
    attempts: int
    renewals: int


def intend(connection: Connection, seat: seats.Seat, desired: Desired, now: datetime) -> int:
    """Say what a line item is to hold for a person; return the delivery's id. The same score again changes nothing."""
    values = _first(seat, desired, now)
    made = connection.execute(
        insert(connection, delivery)
        .values(values)
        .on_conflict_do_nothing(index_elements=["lineitem", "sub"])
        .returning(delivery.c.id)
    ).scalar()
    if made is not None:
        _ask(connection, made, values["desired_at"], now)
        return int(made)
    held = _locked(connection, seat.lineitem, seat.sub)
    _adopt(connection, held, seat)
    if held.desired != desired:
        _renew(connection, held, desired, now, renewals=0)
    return held.id


def intend_for(
    connection: Connection,
    learner_id: str,
    programme: Programme,
    *,
    award: bool,
    done: int,
    total: int,
    comment: str,
    now: datetime,
) -> list[int]:
    """Intend what a learner's line items are to hold by the rules of the programme; return the deliveries' ids.

    The certificate's line items get their first score at the award, never progress: where completion is "receive a grade", any
    grade would complete the activity. Progress (`done` of `total` topics) goes to other line items, where the programme wants it.
    """
    everyone = members(connection, learner_id)
    made: list[int] = []
    if award:
        full = Desired(programme.scores.award_maximum, programme.scores.award_maximum, comment)
        held = seats.of(connection, everyone, programme.key, seats.CERTIFICATE)
        made.extend(intend(connection, seat, full, now) for seat in held)
    if programme.scores.progress:
        for seat in seats.of(connection, everyone, programme.key, seats.PROGRESS):
            if not seats.is_certificates(connection, seat.lineitem) and (done or _known(connection, seat)):
                part = Desired(done, total, comment, "Completed" if award else "InProgress")
                made.append(intend(connection, seat, part, now))
    return made


def find(connection: Connection, delivery_id: int) -> Delivery | None:
    row = connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one_or_none()
    return _delivery(row) if row else None


def of_learner(connection: Connection, learner_id: str) -> list[Delivery]:
    """Every delivery of a learner, under all ids the learner was known by."""
    mine = delivery.c.learner_id.in_(members(connection, learner_id))
    return [
        _delivery(row) for row in connection.execute(select(delivery).where(mine).order_by(delivery.c.id))
    ]


def listed(connection: Connection, states: Collection[str] = ("parked",), limit: int = 200) -> list[Delivery]:
    """Deliveries in these states, the one unchanged longest first: for the console and the doctor."""
    query = select(delivery).where(delivery.c.state.in_(sorted(states)))
    rows = connection.execute(query.order_by(delivery.c.changed_at, delivery.c.id).limit(limit))
    return [_delivery(row) for row in rows]


def counts(connection: Connection) -> dict[str, int]:
    """How many deliveries are in each state."""
    query = select(delivery.c.state, func.count()).group_by(delivery.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def resend(connection: Connection, delivery_id: int, now: datetime) -> bool:
    """Send what is parked or uncertain again, as a new intention. False: no such delivery, or it is delivered."""
    held = find(connection, delivery_id)
    if held is None or held.state == "delivered":
        return False
    _renew(connection, held, held.desired, now, renewals=0)
    return True


def sending(connection: Connection, held: Delivery, now: datetime) -> bool:
    """Note before a request that it may arrive. False: a newer intention came meanwhile."""
    return _change(connection, held, {"state": "uncertain", "changed_at": now})


def accepted(connection: Connection, held: Delivery, now: datetime) -> bool:
    """Note that the platform said yes to this intention, which is not yet to say that it holds it."""
    return _change(connection, held, {"accepted_for": held.desired_at, "changed_at": now})


def delivered(connection: Connection, held: Delivery, now: datetime, reason: str | None = None) -> bool:
    """The platform holds the desired score. `reason`: "not-read-back" where it would not tell."""
    changes = {
        "state": "delivered",
        "reason": reason,
        "delivered_given": held.desired.given,
        "delivered_maximum": held.desired.maximum,
        "delivered_at": held.desired_at,
        "attempts": 0,
        "changed_at": now,
    }
    return _change(connection, held, changes)


def waits(connection: Connection, held: Delivery, state: str, reason: str, now: datetime) -> bool:
    """One more attempt left it `due` or `uncertain`, or it now waits for a person (`parked`), for this reason."""
    changes = {"state": state, "reason": reason, "attempts": held.attempts + 1, "changed_at": now}
    return _change(connection, held, changes)


def renew(connection: Connection, held: Delivery, now: datetime) -> None:
    """The platform holds something else: the same score becomes a new, later intention."""
    _renew(connection, held, held.desired, now, renewals=held.renewals + 1)


def _renew(connection: Connection, held: Delivery, desired: Desired, now: datetime, *, renewals: int) -> None:
    at = max(_whole(now), held.desired_at + _SECOND)
    changes = _score(desired) | {
        "desired_at": at,
        "state": "due",
        "reason": None,
        "attempts": 0,
        "renewals": renewals,
        "changed_at": now,
    }
    if _change(connection, held, changes):
        _ask(connection, held.id, at, now)


def _ask(connection: Connection, delivery_id: int, at: datetime, now: datetime) -> None:
    jobs.enqueue(connection, KIND, str(delivery_id), run_at=max(at, now), release=True)


def _adopt(connection: Connection, held: Delivery, seat: seats.Seat) -> None:
    """The seat may have passed to another registration of the platform or to a joined learner."""
    if (held.platform_id, held.learner_id) != (seat.platform_id, seat.learner_id):
        values = {"platform_id": seat.platform_id, "learner_id": seat.learner_id}
        connection.execute(update(delivery).where(delivery.c.id == held.id).values(values))


def _change(connection: Connection, held: Delivery, changes: dict[str, Any]) -> bool:
    """Change the row only while it still holds the intention that was read."""
    same = (delivery.c.id == held.id) & (delivery.c.desired_at == held.desired_at)
    return connection.execute(update(delivery).where(same).values(changes)).rowcount == 1


def _known(connection: Connection, seat: seats.Seat) -> bool:
    same = (delivery.c.lineitem == seat.lineitem) & (delivery.c.sub == seat.sub)
    return connection.execute(select(delivery.c.id).where(same)).first() is not None


def _locked(connection: Connection, lineitem: str, sub: str) -> Delivery:
    same = (delivery.c.lineitem == lineitem) & (delivery.c.sub == sub)
    return _delivery(connection.execute(select(delivery).where(same).with_for_update()).one())


def _first(seat: seats.Seat, desired: Desired, now: datetime) -> dict[str, Any]:
    return _score(desired) | {
        "lineitem": seat.lineitem,
        "sub": seat.sub,
        "platform_id": seat.platform_id,
        "learner_id": seat.learner_id,
        "purpose": seat.purpose,
        "desired_at": _whole(now),
        "state": "due",
        "attempts": 0,
        "renewals": 0,
        "changed_at": now,
    }


def _score(desired: Desired) -> dict[str, Any]:
    return {
        "given": desired.given,
        "maximum": desired.maximum,
        "comment": desired.comment,
        "activity_progress": desired.activity_progress,
    }


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        platform_id=row.platform_id,
        lineitem=row.lineitem,
        sub=row.sub,
        learner_id=row.learner_id,
        purpose=row.purpose,
        desired=Desired(row.given, row.maximum, row.comment, row.activity_progress),
        desired_at=row.desired_at,
        delivered_given=row.delivered_given,
        delivered_at=row.delivered_at,
        accepted_for=row.accepted_for,
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
        renewals=row.renewals,
    )
