"""How far another store was followed. Pure: what a page showed in, the next place to ask from out.

A store is asked for what it stored since the cursor, in that order. Three things make that less simple than it sounds:
a statement may become visible after a later one (its transaction was open); a store may sort or filter otherwise than it was
asked to; and an answer's `more` may not live long. So the cursor looks back a little every time and further now and then
(whoever takes statements in recognises those it has), and it moves within a round only while the order is kept.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

_SECOND = 1_000_000
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3600 * _SECOND, 86_400 * _SECOND


@dataclass(frozen=True, slots=True)
class Look:
    """`every`: microseconds between two such looks; `back`: how far before the cursor it begins, None: from the first statement."""

    every: int
    back: int | None


# `since` is about the moment of storing, as the standard has it: only open transactions and skewed clocks come late. What
# shows up to ten minutes late is found by a look that comes within ten more.
BY_STORED = (Look(0, 30 * _SECOND), Look(10 * _MINUTE, 20 * _MINUTE))
# `since` is about the moment of the event: whatever a host sends late has an old one.
BY_EVENT = (Look(0, _HOUR), Look(15 * _MINUTE, _DAY), Look(_DAY, None))
_DISORDER = 30 * _SECOND  # what workers of one store may be apart


@dataclass(frozen=True, slots=True)
class Cursor:
    """`position`: everything stored up to it was seen; `more`: where a round goes on, "" between rounds.

    `high`, `through`, `ordered`: of the round under way. `looked`: when each look was last begun, the shortest first.
    """

    position: int | None = None
    more: str = ""
    high: int | None = None
    through: int | None = None
    ordered: bool = True
    looked: tuple[int, ...] = ()
    by_stored: bool | None = None

    @property
    def looks(self) -> tuple[Look, ...]:
        """A store of which nothing is known is treated as one that goes by the event's time: slower, never short of one."""
        return BY_STORED if self.by_stored else BY_EVENT

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def read(plain: dict[str, Any]) -> Cursor:
    return Cursor(**{**plain, "looked": tuple(plain["looked"])})


def begin(cursor: Cursor, now: int) -> tuple[Cursor, int | None]:
    """A new round, and the moment to ask from (None: from the first statement)."""
    looks = cursor.looks
    looked = (*cursor.looked, *([0] * len(looks)))[: len(looks)]
    due = max(place for place, look in enumerate(looks) if looked[place] + look.every <= now)
    begun = tuple(now if place <= due else at for place, at in enumerate(looked))
    fresh = replace(cursor, more="", high=None, through=None, ordered=True, looked=begun)
    back = looks[due].back
    return fresh, None if cursor.position is None or back is None else cursor.position - back


def after(cursor: Cursor, stored: Sequence[int], more: str, through: int | None) -> Cursor:
    """The cursor when a page with these moments of storing was taken in.

    `through`: until when the store says it knows everything (part 3, 2.1.3.s2); only the round's first word counts, for what
    becomes visible later is sorted before pages already seen.
    """
    ordered, high = cursor.ordered, cursor.high
    for at in stored:
        ordered = ordered and (high is None or at >= high - _DISORDER)
        high = at if high is None else max(high, at)
    ordered = ordered and (not stored or stored[-1] >= stored[0])
    first = through if cursor.high is None and cursor.through is None else cursor.through
    moved = replace(cursor, more=more, high=high, through=first, ordered=ordered)
    if more and not (ordered and cursor.by_stored):
        return moved
    reached = [at for at in (high, first) if at is not None]
    if high is None:
        return moved
    return replace(moved, position=max(min(reached), cursor.position or min(reached)))


def again(cursor: Cursor) -> Cursor:
    """The round from its beginning: its `more` is no longer answered."""
    return replace(cursor, more="", looked=())


def rewound(cursor: Cursor, moment: int) -> Cursor:
    """As if nothing stored at `moment` or later had been seen."""
    position = cursor.position
    return replace(
        cursor,
        more="",
        position=None if position is None else min(position, moment),
        looked=(),
    )
