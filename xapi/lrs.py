"""What a learning record store does, whether it is embedded or somebody else's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Connection

from xapi import identity
from xapi.query import Query
from xapi.within import EVERYTHING, Within


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: its credential, the authority its statements get, the platform of a host intake, its right to void.

    `confirm`: the credential was known from memory, so the transaction that stores asks whether it still stands.
    """

    credential_key: str
    authority: dict[str, Any]
    source: str | None = None
    voids_all: bool = False
    defines: bool = (
        False  # the standard's scope "define": what it says of an activity is what the store says of it
    )
    confirm: bool = False
    authority_key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "authority_key", identity.authority_key(self.authority) or "")


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did.

    `ids`: in the order sent, resends included; `actor_keys`: of everyone whose evidence may be different now, the actors of
    voided statements and of those put into quarantine included; `last_seq`: the highest number given, 0 when nothing came.
    """

    ids: tuple[str, ...] = ()
    actor_keys: frozenset[str] = frozenset()
    last_seq: int = 0


OnSaved = Callable[[Connection, Saved], None]


@dataclass(frozen=True, slots=True)
class Found:
    """One statement by its id: the JSON text and when it was stored (microseconds)."""

    payload: str
    stored: int


@dataclass(frozen=True, slots=True)
class Page:
    """JSON texts in order, and the token of the next page, "" when there is none.

    `stored`: when the latest of them was stored (microseconds), 0 where that is not known.
    """

    payloads: tuple[str, ...]
    more: str = ""
    stored: int = 0


class Lrs(Protocol):
    """Small, so that an external store can do it through tincan's RemoteLRS too."""

    def save(self, statements: Sequence[dict[str, Any]], sender: Sender) -> Saved:
        """Store valid statements, all or none. Raises `errors.Refused` (409, 403)."""
        ...

    def get(
        self,
        statement_id: str,
        *,
        voided: bool = False,
        mine: str | None = None,
        within: Within = EVERYTHING,
    ) -> Found | None:
        """The statement of this id, if it is (not) voided; `mine`: only with this authority key; `within`: a reader's limit."""
        ...

    def query(self, query: Query, *, mine: str | None = None, within: Within = EVERYTHING) -> Page: ...
