"""Who sits where: which learner launched which resource link, and what that link is for."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from lti_tool.base.database import insert
from lti_tool.ledger.delivery_tables import link, seat
from lti_tool.lti.launch import ValidLaunch
from lti_tool.lti.tables import platform
from lti_tool.people.tables import login

CERTIFICATE = "certificate"
PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Place:
    """A resource link. `programme_key` "": the link serves whatever programme; `lineitem`: None while the platform gave none."""

    platform_id: int
    resource_link_id: str
    context_id: str | None
    lineitem: str | None
    purpose: str
    programme_key: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """One learner at one line item, under the platform's own id of the person."""

    platform_id: int
    lineitem: str
    sub: str
    learner_id: str
    purpose: str


def place_of(launch: ValidLaunch) -> Place | None:
    """The place a launch came from, None where it names none. A link without the custom parameter `purpose` is the certificate's."""
    if launch.link is None:
        return None
    purpose = PROGRESS if launch.custom.get("purpose") == PROGRESS else CERTIFICATE
    context = launch.context.id if launch.context else None
    programme_key = launch.custom.get("programme", "")
    return Place(launch.platform.id, launch.link.id, context, launch.lineitem, purpose, programme_key)


def take(connection: Connection, place: Place, sub: str, learner_id: str, now: datetime) -> None:
    """Note that a learner launched from a place. Said again, it renews line item and learner (identities may be joined)."""
    values = {
        "platform_id": place.platform_id,
        "resource_link_id": place.resource_link_id,
        "purpose": place.purpose,
        "programme_key": place.programme_key,
    }
    known = {"context_id": place.context_id, "lineitem": place.lineitem, "seen_at": now}
    found = {key: value for key, value in known.items() if value is not None}
    connection.execute(
        insert(connection, link)
        .values(values | known)
        .on_conflict_do_update(index_elements=list(values), set_=found)
    )
    same = [link.c[name] == value for name, value in values.items()]
    link_id = connection.execute(select(link.c.id).where(*same)).scalar_one()
    connection.execute(
        insert(connection, seat)
        .values(link_id=link_id, sub=sub, learner_id=learner_id, seen_at=now)
        .on_conflict_do_update(
            index_elements=["link_id", "sub"], set_={"learner_id": learner_id, "seen_at": now}
        )
    )


def of(connection: Connection, learner_ids: list[str], programme_key: str, purpose: str) -> list[Seat]:
    """The seats of one person (under all their learner ids) at line items of one purpose, each line item and sub once.

    Whose a seat is, its login says: the roster may join logins and part them again long after the launch, and nobody may get the
    score of another's award.
    """
    places = (
        select(link.c.platform_id, link.c.lineitem, seat.c.sub, link.c.purpose)
        .join(seat, seat.c.link_id == link.c.id)
        .where(link.c.lineitem.is_not(None), link.c.purpose == purpose)
        .where(link.c.programme_key.in_(["", programme_key]))
        .order_by(link.c.id, seat.c.sub)
    )
    named = (login.c.issuer == platform.c.issuer) & (login.c.sub == seat.c.sub)
    by_login = places.join(platform, platform.c.id == link.c.platform_id).join(login, named)
    # A registration may be gone by now: then what was known at the launch stands.
    gone = places.where(link.c.platform_id.not_in(select(platform.c.id)))
    rows = [
        *connection.execute(
            by_login.add_columns(login.c.learner_id).where(login.c.learner_id.in_(learner_ids))
        ),
        *connection.execute(gone.add_columns(seat.c.learner_id).where(seat.c.learner_id.in_(learner_ids))),
    ]
    found: dict[tuple[str, str], Seat] = {}
    for row in rows:
        held = Seat(row.platform_id, row.lineitem, row.sub, row.learner_id, row.purpose)
        found.setdefault((row.lineitem, row.sub), held)
    return list(found.values())


def learners_in(connection: Connection, platform_id: int, context_id: str) -> list[str]:
    """Everyone who launched from one course."""
    query = select(seat.c.learner_id).join(link, seat.c.link_id == link.c.id)
    query = query.where(link.c.platform_id == platform_id, link.c.context_id == context_id).distinct()
    return list(connection.execute(query.order_by(seat.c.learner_id)).scalars())


def is_certificates(connection: Connection, lineitem: str) -> bool:
    """Whether a line item belongs to any certificate link: no progress may ever go there."""
    query = select(link.c.id).where(link.c.lineitem == lineitem, link.c.purpose == CERTIFICATE).limit(1)
    return connection.execute(query).first() is not None
