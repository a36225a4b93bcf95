"""Accounts of the console: who they are, what their role allows, and the one-time links that let them in first.

A platform's administrator is nobody here: launches never make, join or widen a staff account.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy import insert as plain_insert

from lti_tool.base.database import insert
from lti_tool.people import staff_tables as tables

LINK_LIFE = timedelta(hours=24)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200  # argon2 would read megabytes otherwise
EVERYWHERE = ("*",)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,99}\Z")
_UNIT = re.compile(r"[\w.-]{1,20}\Z")


class Role(StrEnum):
    """The three kinds of staff."""

    ADMINISTRATOR = "administrator"
    ORGANISER = "organiser"
    SUPPORT = "support"


class Right(StrEnum):
    """One right a section of the console."""

    HOME = "home"
    PLATFORMS = "platforms"
    CREDENTIALS = "credentials"
    PROGRAMMES = "programmes"
    STATEMENTS = "statements"
    QUARANTINE = "quarantine"
    JOBS = "jobs"
    IDENTITY = "identity"
    CERTIFICATES = "certificates"
    QUESTIONS = "questions"
    LEARNERS = "learners"


_ORGANISER = frozenset({Right.HOME, Right.IDENTITY, Right.CERTIFICATES, Right.QUESTIONS, Right.LEARNERS})
RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: frozenset(Right),
        Role.ORGANISER: _ORGANISER,
        Role.SUPPORT: frozenset({Right.HOME, Right.QUESTIONS, Right.LEARNERS}),
    },
)


class StaffError(Exception):
    """A refused change to an account; `code` is one of login, exists, unknown, unit, password_short, password_long, link."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Staff:
    """One account. `units` are unit codes this person may see, or ("*",)."""

    id: int
    login: str
    role: Role
    units: tuple[str, ...]
    active: bool
    has_password: bool

    def may(self, right: Right) -> bool:
        """Whether the role allows one section."""
        return right in RIGHTS[self.role]

    def sees(self, unit: str | None) -> bool:
        """Whether a learner of this unit (None: not known) is within the person's scope."""
        return self.units == EVERYWHERE or (unit is not None and unit in self.units)


def hash_token(token: str) -> str:
    """SHA-256 of a random token of ours, as hex; a slow hash is not needed for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_token() -> str:
    """256 random bits, fit for a URL or a cookie."""
    return secrets.token_urlsafe(32)


def tidy(login: str) -> str:
    """The one spelling under which a login is kept."""
    return login.strip().lower()


def add(
    connection: Connection, login: str, role: Role, units: tuple[str, ...] = EVERYWHERE, *, now: datetime
) -> Staff:
    """Make an account without a password: only a one-time link can set one."""
    login = tidy(login)
    if not _LOGIN.match(login):
        raise StaffError("login")
    if not units or (units != EVERYWHERE and not all(_UNIT.match(unit) for unit in units)):
        raise StaffError("unit")
    made = connection.execute(
        insert(connection, tables.staff)
        .values(login=login, role=role.value, units=" ".join(units), created_at=now)
        .on_conflict_do_nothing(),
    )
    if made.rowcount != 1:
        raise StaffError("exists")
    return _required(by_login(connection, login))


def by_login(connection: Connection, login: str) -> Staff | None:
    """The account of a login, in whatever case it was typed."""
    row = connection.execute(select(tables.staff).where(tables.staff.c.login == tidy(login))).one_or_none()
    return None if row is None else read(row)


def list_(connection: Connection) -> list[Staff]:
    """All accounts, by login."""
    return [read(row) for row in connection.execute(select(tables.staff).order_by(tables.staff.c.login))]


def read(row: Row[*tuple[Any, ...]]) -> Staff:
    """An account from its row."""
    return Staff(
        row.id,
        row.login,
        Role(row.role),
        tuple(row.units.split(" ")),
        row.disabled_at is None,
        row.password_hash is not None,
    )


def disable(connection: Connection, login: str, *, now: datetime) -> None:
    """Close an account: its sessions and links end at once."""
    person = _required(by_login(connection, login))
    connection.execute(update(tables.staff).where(tables.staff.c.id == person.id).values(disabled_at=now))
    _forget(connection, person.id)


def make_link(connection: Connection, login: str, *, now: datetime) -> str:
    """A new one-time token (earlier ones end) with which the person sets a password within a day."""
    person = _required(by_login(connection, login))
    token = make_token()
    connection.execute(delete(tables.link).where(tables.link.c.staff_id == person.id))
    connection.execute(
        plain_insert(tables.link).values(
            token_hash=hash_token(token), staff_id=person.id, expires_at=now + LINK_LIFE
        ),
    )
    return token


def of_link(connection: Connection, token: str, *, now: datetime) -> Staff | None:
    """Whose link this is, if it still serves. Looking does not use it up: mail scanners look."""
    row = connection.execute(
        select(tables.staff)
        .join(tables.link)
        .where(
            tables.link.c.token_hash == hash_token(token),
            tables.link.c.expires_at > now,
            tables.staff.c.disabled_at.is_(None),
        ),
    ).one_or_none()
    return None if row is None else read(row)


def check_password(password: str) -> None:
    """Length alone is asked: long beats clever (NIST SP 800-63B, 3.1.1.2)."""
    if len(password) < SHORTEST_PASSWORD:
        raise StaffError("password_short")
    if len(password) > LONGEST_PASSWORD:
        raise StaffError("password_long")


def use_link(connection: Connection, token: str, password_hash: str, *, now: datetime) -> Staff:
    """Set the password by a link; of parallel uses exactly one wins. Every open session of the account ends."""
    person = of_link(connection, token, now=now)
    used = connection.execute(delete(tables.link).where(tables.link.c.token_hash == hash_token(token)))
    if person is None or used.rowcount != 1:
        raise StaffError("link")
    connection.execute(
        update(tables.staff).where(tables.staff.c.id == person.id).values(password_hash=password_hash),
    )
    _forget(connection, person.id)
    return person


def make_hasher() -> PasswordHasher:
    """argon2id with the library's current parameters (RFC 9106's low-memory choice)."""
    return PasswordHasher()


def _forget(connection: Connection, staff_id: int) -> None:
    connection.execute(delete(tables.session).where(tables.session.c.staff_id == staff_id))
    connection.execute(delete(tables.link).where(tables.link.c.staff_id == staff_id))


def _required(person: Staff | None) -> Staff:
    if person is None:
        raise StaffError("unknown")
    return person
