"""Learners: who arrives by a launch, what they are called, where they belong."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from lti_tool.people import names, tables
from lti_tool.people.arrivals import arrive, learner_of
from lti_tool.people.naming import described, name_of, set_name
from lti_tool.people.oneness import Mark, canonical, canonicals, members, members_of

__all__ = [
    "Login", "Mark", "arrive", "canonical", "canonicals", "described", "exists", "find", "logins", "members", "members_of", "name_of",
    "search", "set_name", "unit_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Login:
    """One login of a learner, for those who may see it."""

    issuer: str
    sub: str
    email: str | None
    username: str | None
    xapi_actor: str | None
    last_seen: datetime


def unit_of(connection: Connection, learner_id: str) -> str | None:
    """The code of the learner's unit: the commune, else the province, else None. Only the roster knows it (hosts.md)."""
    row = tables.roster
    wanted = select(row.c.commune, row.c.province).where(
        row.c.learner_id.in_(members(connection, learner_id))
    )
    found = connection.execute(wanted.order_by(row.c.code)).first()
    return (found.commune or found.province) if found else None


def logins(connection: Connection, learner_id: str) -> list[Login]:
    """The learner's logins, the latest first."""
    row = tables.login
    wanted = select(row.c.issuer, row.c.sub, row.c.email, row.c.username, row.c.xapi_actor, row.c.last_seen)
    mine = wanted.where(row.c.learner_id.in_(members(connection, learner_id)))
    return [
        Login(*values)
        for values in connection.execute(mine.order_by(row.c.last_seen.desc(), row.c.issuer, row.c.sub))
    ]


def exists(connection: Connection, learner_id: str) -> bool:
    """Whether this is a learner's id: what is written into addresses and logs must be no name."""
    row = tables.learner
    return connection.execute(select(row.c.id).where(row.c.id == learner_id)).first() is not None


def find(connection: Connection, issuer: str, sub: str) -> str | None:
    """The learner of a login."""
    found = learner_of(connection, issuer, sub)
    return canonical(connection, found) if found else None


def search(connection: Connection, text: str, limit: int = 20) -> list[str]:
    """Learners by id, roster code, sub, username, e-mail or a part of the name; for staff."""
    text = names.tidy(text) or ""
    part = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    row, listed = tables.login, tables.roster
    by_login = select(row.c.learner_id).where(
        or_(
            row.c.learner_id == text, row.c.sub == text, row.c.username == text, row.c.email.ilike(part, escape="\\"),
            row.c.name.ilike(part, escape="\\"), row.c.family_name.ilike(part, escape="\\"),
            row.c.given_name.ilike(part, escape="\\"),
        )
    )  # fmt: skip
    by_roster = select(listed.c.learner_id).where(
        or_(
            listed.c.code == text,
            listed.c.family_name.ilike(part, escape="\\"),
            listed.c.given_name.ilike(part, escape="\\"),
        )
    )
    by_id = select(tables.learner.c.id).where(tables.learner.c.id == text)
    found = [connection.execute(query.limit(limit)).scalars().all() for query in (by_id, by_roster, by_login)]
    ids = dict.fromkeys(item for group in found for item in group if item) if text else {}
    return list(dict.fromkeys(canonicals(connection, list(ids)).values()))[:limit]
