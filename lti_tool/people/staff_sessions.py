"""Signing in to the console: throttled, the same time for known and unknown logins, sessions kept on the server."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, case, delete, literal, select, update
from sqlalchemy import insert as plain_insert

from lti_tool.base.columns import UtcDateTime
from lti_tool.base.database import Database, insert
from lti_tool.people import staff
from lti_tool.people import staff_tables as tables

WINDOW = timedelta(minutes=15)
TRIES_OF_ACCOUNT = 8
TRIES_OF_ADDRESS = 40
IDLE = timedelta(hours=1)
LIFE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # a click a second must not be a write a second


@dataclass(frozen=True, slots=True)
class Refused:
    """No session; `throttled` says that the password was not even looked at."""

    throttled: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A session; `token` goes into the cookie and is kept nowhere else."""

    token: str
    person: staff.Staff


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in form brought."""

    login: str
    password: str
    address: str


class Gate:
    """Signs people in. Hashing happens outside of any transaction, so that it never holds up the statements."""

    def __init__(self, database: Database, hasher: PasswordHasher) -> None:
        self._database = database
        self._hasher = hasher
        self._nobody: str | None = None

    def enter(self, form: SignIn, now: datetime) -> Opened | Refused:
        """Check a login and password; each try counts before it is looked at."""
        limits = _limits(form)
        with self._database.reading() as connection:
            if not _below(connection, limits, now):
                return Refused(throttled=True)
        with self._database.transaction() as connection:
            if not _count(connection, limits, now):
                return Refused(throttled=True)
            known = _with_hash(connection, form.login)
        if not self._right(known[1] if known else None, form.password) or known is None:
            return Refused(throttled=False)
        with self._database.transaction() as connection:
            return self._open(connection, known[0], limits, now)

    def hash(self, password: str) -> str:
        """The hash to keep of a new password; raises StaffError when it is too short or too long."""
        staff.check_password(password)
        return self._hasher.hash(password)

    def _right(self, kept: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash(staff.make_token())
        try:
            fits = password if len(password) <= staff.LONGEST_PASSWORD else ""
            return self._hasher.verify(kept or self._nobody, fits) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    def _open(
        self, connection: Connection, person: staff.Staff, limits: Sequence[tuple[str, int]], now: datetime
    ) -> Opened | Refused:
        current = staff.by_login(connection, person.login)
        if current is None or not current.active:
            return Refused(throttled=False)
        connection.execute(delete(tables.attempt).where(tables.attempt.c.subject == limits[0][0]))
        return Opened(open_session(connection, current, now), current)


def open_session(connection: Connection, person: staff.Staff, now: datetime) -> str:
    """A fresh session for a person. Returns the token for the cookie."""
    token = staff.make_token()
    connection.execute(
        plain_insert(tables.session).values(
            token_hash=staff.hash_token(token), staff_id=person.id, opened_at=now, seen_at=now
        ),
    )
    return token


def of_session(database: Database, token: str, now: datetime) -> staff.Staff | None:
    """The person behind a cookie, if the session is neither idle nor over and the account is open."""
    wanted = tables.session.c.token_hash == staff.hash_token(token)
    with database.reading() as connection:
        row = connection.execute(
            select(tables.staff, tables.session.c.seen_at)
            .join(tables.session)
            .where(
                wanted,
                tables.session.c.opened_at > now - LIFE,
                tables.session.c.seen_at > now - IDLE,
                tables.staff.c.disabled_at.is_(None),
            ),
        ).one_or_none()
    if row is None:
        return None
    if row.seen_at <= now - SEEN_EVERY:
        with database.transaction() as connection:
            connection.execute(update(tables.session).where(wanted).values(seen_at=now))
    return staff.read(row)


def clean(connection: Connection, now: datetime) -> None:
    """Remove sessions, links and counted tries that are over."""
    connection.execute(delete(tables.session).where(tables.session.c.opened_at <= now - LIFE))
    connection.execute(delete(tables.attempt).where(tables.attempt.c.since <= now - WINDOW))
    connection.execute(delete(tables.link).where(tables.link.c.expires_at <= now))


def close_session(connection: Connection, token: str) -> None:
    """Sign out: the cookie is worth nothing from now on."""
    connection.execute(delete(tables.session).where(tables.session.c.token_hash == staff.hash_token(token)))


def _limits(form: SignIn) -> tuple[tuple[str, int], ...]:
    subjects = (
        ("login", staff.tidy(form.login), TRIES_OF_ACCOUNT),
        ("address", form.address, TRIES_OF_ADDRESS),
    )
    return tuple(
        (hashlib.sha256(f"{kind}|{value}".encode()).hexdigest(), limit) for kind, value, limit in subjects
    )


def _below(connection: Connection, limits: Sequence[tuple[str, int]], now: datetime) -> bool:
    column = tables.attempt.c
    for subject, limit in limits:
        query = select(column.tries).where(column.subject == subject, column.since > now - WINDOW)
        if (connection.execute(query).scalar() or 0) >= limit:
            return False
    return True


def _count(connection: Connection, limits: Sequence[tuple[str, int]], now: datetime) -> bool:
    """Count the try first, so that parallel tries cannot slip through together."""
    column = tables.attempt.c
    fresh = column.since > now - WINDOW
    for subject, _ in limits:
        connection.execute(
            insert(connection, tables.attempt)
            .values(subject=subject, tries=1, since=now)
            .on_conflict_do_update(
                index_elements=["subject"],
                set_={
                    "tries": case((fresh, column.tries + 1), else_=1),
                    "since": case((fresh, column.since), else_=literal(now, UtcDateTime())),
                },
            ),
        )
    counts = {
        row.subject: row.tries
        for row in connection.execute(
            select(tables.attempt).where(column.subject.in_([s for s, _ in limits]))
        )
    }
    return all(counts[subject] <= limit for subject, limit in limits)


def _with_hash(connection: Connection, login: str) -> tuple[staff.Staff, str] | None:
    row = connection.execute(
        select(tables.staff).where(
            tables.staff.c.login == staff.tidy(login), tables.staff.c.disabled_at.is_(None)
        ),
    ).one_or_none()
    return None if row is None or row.password_hash is None else (staff.read(row), row.password_hash)
