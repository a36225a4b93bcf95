"""Invitations to register: a one-time, expiring link an administrator gives to a platform's own administrator.

A visit first claims the invitation for a short while, registers with the platform, and only then uses it up: two visits at
once cannot both register, and a platform that could not be reached does not cost the invitation.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from lti_tool.hosts import KINDS, MOODLE
from lti_tool.lti import tables
from lti_tool.lti.refusal import INVITATION, Refused

LIFETIME = timedelta(days=7)
_CLAIM = timedelta(minutes=2)


def invite(
    connection: Connection, now: datetime, *, kind: str = MOODLE.kind, lifetime: timedelta = LIFETIME
) -> str:
    """Make an invitation, for the host that registers itself unless another is said; gives its token, stored nowhere.

    ValueError for an unknown kind of host.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of host: {kind!r}")
    token = secrets.token_urlsafe(24)
    connection.execute(delete(tables.invitation).where(tables.invitation.c.expires_at <= now - LIFETIME))
    connection.execute(
        tables.invitation.insert().values(
            token_hash=_hash(token), kind=kind, created_at=now, expires_at=now + lifetime
        )
    )
    return token


def address(base_url: str, token: str) -> str:
    """The link to paste into the platform's registration form."""
    return f"{base_url}/lti/register?invite={token}"


def check(connection: Connection, token: str, now: datetime) -> None:
    """Refused for a token `claim` would refuse anyway, without writing: strangers' visits must not queue up before statements."""
    if connection.execute(select(tables.invitation.c.kind).where(*_open(token, now))).first() is None:
        raise _unknown()


def claim(connection: Connection, token: str, now: datetime) -> str:
    """Claim an invitation for this visit; gives the kind of host invited. Refused when it is unknown, over, used or claimed."""
    table = tables.invitation
    claimed = connection.execute(update(table).where(*_open(token, now)).values(claimed_until=now + _CLAIM))
    if claimed.rowcount != 1:
        raise _unknown()
    kind = connection.execute(select(table.c.kind).where(table.c.token_hash == _hash(token))).scalar_one()
    return str(kind)


def release(connection: Connection, token: str) -> None:
    """Give a claimed invitation back, because nothing was registered with it."""
    table = tables.invitation
    connection.execute(
        update(table)
        .where(table.c.token_hash == _hash(token), table.c.used_at.is_(None))
        .values(claimed_until=None)
    )


def use(connection: Connection, token: str, now: datetime) -> None:
    """Use a claimed invitation up, in the transaction that stores the registration. Refused when it was used meanwhile."""
    table = tables.invitation
    used = connection.execute(
        update(table).where(table.c.token_hash == _hash(token), table.c.used_at.is_(None)).values(used_at=now)
    )
    if used.rowcount != 1:
        raise Refused(INVITATION, "the invitation was used meanwhile")


def _open(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    row = tables.invitation.c
    free = or_(row.claimed_until.is_(None), row.claimed_until <= now)
    return row.token_hash == _hash(token), row.used_at.is_(None), row.expires_at > now, free


def _unknown() -> Refused:
    return Refused(INVITATION, "the invitation is unknown, over, used, or being used right now")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
