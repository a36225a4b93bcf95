"""One person out of every room: what that would be, and doing it.

Two transactions. The first marks the person as erased, so that from then on whatever a platform sends about them is stored under
the account that stands for them. The second, when every process knows of the mark, rewrites what is there.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from certificates import register
from lti_tool.base import audit
from lti_tool.base import erasure as base
from lti_tool.base.database import Database
from lti_tool.coaching import erasure as coaching
from lti_tool.ledger import due
from lti_tool.ledger import erasure as ledger
from lti_tool.people import erasure as people
from lti_tool.people.erasure import Person
from xapi import erased, erasing


@dataclass(frozen=True, slots=True)
class Eraser:
    """`key`: of the marks; `wait`: until every process knows them; `clock`: for the log."""

    database: Database
    key: bytes
    clock: Callable[[], datetime]
    wait: Callable[[], None]

    def plan(self, learner_id: str) -> tuple[Person, dict[str, int]]:
        """Who it is and what would be touched in the record store. Changes nothing."""
        with self.database.reading() as connection:
            found = people.person(connection, learner_id)
            return found, erasing.count(connection, found.keys)

    def erase(self, learner_id: str, *, who: str, reason: str) -> dict[str, Any]:
        """Do it; gives how much was touched, by kind. Killed in between, it is only to be asked for again."""
        with self.database.transaction() as connection:
            self._mark(connection, people.person(connection, learner_id))
        self.wait()
        with self.database.transaction() as connection:
            found = people.person(connection, learner_id)
            return self._erase(connection, found, self._mark(connection, found), who=who, reason=reason)

    def _mark(self, connection: Connection, found: Person) -> str:
        """The account that stands for the person: that of an erasure that was begun before, or a new one."""
        account = erased.account_of(connection, self.key, found.keys) or secrets.token_hex(16)
        erased.remember(connection, self.key, found.keys, account, self.clock())
        return account

    def _erase(
        self, connection: Connection, found: Person, account: str, *, who: str, reason: str
    ) -> dict[str, Any]:
        counts: dict[str, Any] = erasing.erase(connection, found.keys, account, found.words)
        counts |= people.forget(connection, found, account)
        counts |= ledger.forget(connection, found.ids, found.keys)
        counts |= coaching.forget(connection, found.ids)
        counts |= {"certificates": sum(register.erase(connection, one) for one in found.ids)}
        counts |= base.forget(connection, found.logins, found.keys, found.words, account)
        due.mark_learner(connection, found.ids[0])
        for word in found.words:
            reason = reason.replace(word, account)
        subject = f"learner:{found.ids[0]}"
        details = {**counts, "reason": reason}
        audit.record(
            connection, who=who, act="privacy.erase", subject=subject, details=details, at=self.clock()
        )
        return counts
