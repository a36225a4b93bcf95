"""What a learner is called, from what is stored."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from lti_tool.people import names, tables
from lti_tool.people.names import Name
from lti_tool.people.oneness import members


def name_of(connection: Connection, learner_id: str) -> str | None:
    """The learner's name as it is to be printed, NFC, or None: then it is asked for."""
    found = described(connection, learner_id)
    return found.text if found else None


def described(connection: Connection, learner_id: str) -> Name | None:
    """The name and where it comes from."""
    ids = members(connection, learner_id)
    platform = _platform_name(connection, ids)
    said = select(tables.learner.c.said_name, tables.learner.c.said_instead_of).where(
        tables.learner.c.id.in_(ids), tables.learner.c.said_name.is_not(None)
    )
    told = connection.execute(said.order_by(tables.learner.c.said_at.desc()).limit(1)).first()
    return names.chosen(
        _roster_name(connection, ids), platform, told[0] if told else None, told[1] if told else None
    )


def _roster_name(connection: Connection, ids: list[str]) -> str | None:
    row = tables.roster
    wanted = select(row.c.family_name, row.c.given_name).where(row.c.learner_id.in_(ids)).order_by(row.c.code)
    found = (names.built(family, given, None) for family, given in connection.execute(wanted))
    return next((name for name in found if name), None)


def _platform_name(connection: Connection, ids: list[str]) -> str | None:
    row = tables.login
    wanted = select(row.c.family_name, row.c.given_name, row.c.name).where(row.c.learner_id.in_(ids))
    found = (
        names.built(*values)
        for values in connection.execute(wanted.order_by(row.c.last_seen.desc(), row.c.issuer))
    )
    return next((name for name in found if name), None)


def set_name(connection: Connection, learner_id: str, name: str, now: datetime) -> str | None:
    """The learner says the name, when there is none or it cannot be printed. Gives it back NFC, or None when it is empty."""
    said = names.tidy(name)
    if said is None:
        return None
    ids = members(connection, learner_id)
    values = {"said_name": said, "said_instead_of": _platform_name(connection, ids) or "", "said_at": now}
    connection.execute(update(tables.learner).where(tables.learner.c.id == ids[0]).values(**values))
    return said
