"""Whether a platform's statements find the learners who launch from it: one setting on either side parts the two, and nothing fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from lti_tool.people import claims
from lti_tool.people.tables import login
from lti_tool.reports.state import EPOCH
from xapi.intake import FOREIGN
from xapi.tables import statement

RECENT = 200  # statements looked at
PEOPLE = 50  # logins looked for
_UNDERWAY = timedelta(minutes=15)  # hosts send from a queue of their own, each minute at best


@dataclass(frozen=True, slots=True)
class Reach:
    """Of the last statements of one platform; `found` of the `launched` who came last are named in any of its statements."""

    statements: int
    foreign: int
    launched: int
    found: int

    @property
    def all_foreign(self) -> bool:
        """Whether every statement names people of another address than the issuer."""
        return 0 < self.statements == self.foreign

    @property
    def nobody(self) -> bool:
        """Whether statements come and not one is about anybody who has launched."""
        return self.statements > 0 and self.launched > 0 and self.found == 0


def look(connection: Connection, issuer: str, now: datetime) -> Reach:
    """By indexes alone, whatever the number of statements."""
    row = statement.c
    recent = select(row.flag, row.stored).where(row.source == issuer).order_by(row.stored.desc())
    stored = connection.execute(recent.limit(RECENT)).all()
    # Whoever came after the last statement, or a moment ago, cannot be in one yet.
    before = now - _UNDERWAY
    if stored:
        before = min(before, EPOCH + timedelta(microseconds=stored[0].stored))
    launched = _launched(connection, issuer, before)
    return Reach(
        statements=len(stored),
        foreign=sum(one.flag == FOREIGN for one in stored),
        launched=len(launched),
        found=sum(_is_named(connection, issuer, one) for one in launched),
    )


def _launched(connection: Connection, issuer: str, before: datetime) -> Sequence[Row[Any, Any, Any]]:
    row = login.c
    known = select(row.sub, row.email, row.xapi_actor).where(row.issuer == issuer, row.first_seen < before)
    return connection.execute(known.order_by(row.last_seen.desc()).limit(PEOPLE)).all()


def _is_named(connection: Connection, issuer: str, one: Row[Any, Any, Any]) -> bool:
    keys = [
        claim.actor_key
        for claim in claims.of_login(issuer, one.sub, email=one.email, xapi_actor=one.xapi_actor)
    ]
    row = statement.c
    named = exists().where(row.actor_key.in_(keys), row.source == issuer, row.flag.is_(None))
    return bool(connection.execute(select(named)).scalar())
