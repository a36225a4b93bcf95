"""What the store shows to those who ask: from the database or, where there is one, from a replica of it."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from xapi import contents, definitions, find
from xapi.erased import Erased
from xapi.lrs import Found, Page
from xapi.pseudonyms import Pseudonyms
from xapi.query import Query
from xapi.within import EVERYTHING, Within

Transaction = Callable[[], AbstractContextManager[Connection]]
NO_DATABASE = (OperationalError, InterfaceError, PoolTimeoutError)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Copy:
    """A replica to read from; `failed` is told when it gives no answer."""

    read: Transaction
    failed: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Reader:
    """`read`: a reading transaction on the database; `copy`: asked first; `open`: asked instead of a new one while it is open.

    Raises SQLAlchemy's error when the database fails.
    """

    read: Transaction
    erased: Erased | None = None
    copy: Copy | None = None
    open: Connection | None = None

    def ask(self, look: Callable[[Connection], Answer]) -> Answer:
        """What `look` finds; a replica that is away is no reason to find nothing."""
        if self.copy is not None:
            try:
                with self.copy.read() as connection:
                    return look(connection)
            except NO_DATABASE:
                self.copy.failed()
        if self.open is not None and not self.open.closed:
            return look(self.open)
        with self.read() as connection:  # the contents of attachments are read while the answer goes out
            return look(connection)

    def get(
        self,
        statement_id: str,
        *,
        voided: bool = False,
        mine: str | None = None,
        within: Within = EVERYTHING,
    ) -> Found | None:
        return self.ask(lambda one: find.get(one, statement_id, voided=voided, mine=mine, within=within))

    def query(self, query: Query, *, mine: str | None = None, within: Within = EVERYTHING) -> Page:
        if query.agent is not None and isinstance(self.erased, Pseudonyms):
            query = replace(query, agent=self.erased.asked(query.agent, query.sent))
        return self.ask(lambda one: find.page(one, query, mine=mine, within=within))

    def definitions(self, statements: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """IRI → canonical definition of each activity in these statements that has one."""
        return self.ask(lambda one: definitions.find(one, definitions.mentioned(statements)))

    def attached(self, statement_ids: Collection[str]) -> list[str]:
        """The sha2 of every attachment content that came with one of these statements."""
        return self.ask(lambda one: contents.came_with(one, statement_ids))

    def content(self, sha2: str) -> bytes | None:
        """Of an attachment, by the sha2 in lower case."""
        return self.ask(lambda one: contents.content(one, sha2))
