"""Whom this process knows to be in the database: almost every statement is by somebody who was heard of before."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection

_REMEMBERED = 50_000  # keys; some seven megabytes
_ADDED = "xapi.known_agents"  # in a connection's `info`: the transaction that added somebody last


class KnownAgents:
    """The keys of agents whose row was there before the transaction that asked: one that is rolled back leaves no wrong memory.

    Rows of agents go only when a person is erased, and nothing is stored under the old key after that (see `erased`).
    """

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def unknown(self, named: Mapping[str, Any]) -> list[str]:
        """Of these keys those that have to be added, in their order: two transactions wait for each other instead of locking up."""
        return sorted(key for key in named if key not in self._keys)

    def added(self, connection: Connection, asked: Collection[str], new: Collection[str]) -> None:
        """Of the keys that were asked for, `new` were not there yet. Who is there now may be of this same transaction, once it added any."""
        if connection.info.get(_ADDED) is not connection.get_transaction():
            if len(self._keys) + len(asked) > _REMEMBERED:
                self._keys.clear()
            self._keys.update(set(asked).difference(new))
        if new:
            connection.info[_ADDED] = connection.get_transaction()
