"""What a credential may do: the scopes as the standard names them (xAPI 1.0.3, part 3, 4), narrowed by limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xapi import identity
from xapi.lrs import Sender

SCOPES = (
    "all",
    "all/read",
    "statements/write",
    "statements/read",
    "statements/read/mine",
    "state",
    "profile",
    "define",
)
# A limit speaks of statements: a scope that opens anything else would walk around it.
_LIMITED = frozenset({"statements/write", "statements/read", "statements/read/mine"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What an analyst's GET may answer: only these verbs, about these activities, of the people of these units.

    Verbs and activities are IRIs; units are codes whose meaning only the application knows. Empty: not limited by that.
    """

    verbs: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.verbs or self.activities or self.units)

    def plain(self) -> dict[str, Sequence[str]]:
        """What there is of it, as it is stored and shown."""
        named = {"verbs": self.verbs, "activities": self.activities, "units": self.units}
        return {name: list(values) for name, values in named.items() if values}


@dataclass(frozen=True, slots=True)
class Credential:
    """`source`: the platform it is bound to; `host_intake`: what it sends is never refused for its content.

    `owner`: who answers for it; `used`: when it was last used, to the minute; `expires`: from when on it opens nothing.
    """

    key: str
    label: str
    scopes: frozenset[str]
    source: str | None
    host_intake: bool
    authority: dict[str, Any]
    revoked: bool = False
    owner: str | None = None
    limits: Limits = Limits()
    created: datetime | None = None
    used: datetime | None = None
    expires: datetime | None = None

    @property
    def may_write(self) -> bool:
        return self._has("all", "statements/write")

    @property
    def may_read(self) -> bool:
        return self.reads_all or self._has("statements/read/mine")

    @property
    def reads_all(self) -> bool:
        """Every statement, not only those of its own authority; its limits still narrow that."""
        return self._has("all", "all/read", "statements/read")

    @property
    def reads_people(self) -> bool:
        """What is known of a person beside their statements (the Agents resource)."""
        return not self.limits and (self.reads_all or self._has("profile"))

    def sees_activity(self, iri: str) -> bool:
        """Whether it may be told what an activity is: one that is limited to some is told of those."""
        return not self.limits.activities or iri in self.limits.activities

    @property
    def defines(self) -> bool:
        """The standard's `define`: what it says of an activity changes what the store says of it. A platform knows its own."""
        return self.host_intake or self._has("all", "define")

    def may_state(self, *, write: bool) -> bool:
        return self._has("all", "state") or (not write and self._has("all/read"))

    def may_profile(self, *, write: bool) -> bool:
        return self._has("all", "profile") or (not write and self._has("all/read"))

    @property
    def authority_key(self) -> str:
        return identity.key(self.authority) or ""

    def sender(self, *, confirm: bool = False) -> Sender:
        """An ordinary credential has no source: what it sends is stored and never evidence."""
        source = self.source if self.host_intake else None
        return Sender(
            self.key,
            self.authority,
            source,
            voids_all="all" in self.scopes,
            defines=self.defines,
            confirm=confirm,
        )

    def admit(self, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The statements as this credential may write them: an ordinary one may write any."""
        return statements

    def open_at(self, now: datetime) -> bool:
        return not self.revoked and (self.expires is None or now < self.expires)

    def _has(self, *scopes: str) -> bool:
        return not self.scopes.isdisjoint(scopes)


def sensible(*, scopes: frozenset[str], limits: Limits, host_intake: bool, source: str | None) -> None:
    """Raises ValueError, in words, for a credential that could do nothing or more than it says."""
    unknown = scopes - set(SCOPES)
    if unknown or not scopes:
        raise ValueError(f"scopes are {', '.join(SCOPES)}; not {', '.join(sorted(unknown)) or 'none'}")
    if host_intake and not source:
        raise ValueError("a host intake is bound to a platform: its source is missing")
    beyond = scopes - _LIMITED
    if limits and beyond:
        raise ValueError(f"limits narrow statements only: they do not go with {', '.join(sorted(beyond))}")
    if limits and not scopes & {"statements/read", "statements/read/mine"}:
        raise ValueError("limits narrow what is read: they go with statements/read or statements/read/mine")
