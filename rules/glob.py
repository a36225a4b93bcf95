"""Activity ids recognised by a plain pattern, in time proportional to pattern × id: no pattern can stall the tool."""

import re
from dataclasses import dataclass

_STAR = re.compile(r"(\*{1,2})")
_STOPS = re.compile(r"[/?#&]")


@dataclass(frozen=True, slots=True)
class Glob:
    """`*` stands for any run of characters within one part of an IRI (none of / ? # &), `**` for any run at all.

    The whole id must match; letter case counts. Everything but the star stands for itself.
    """

    pattern: str
    pieces: tuple[str, ...]
    longest: str

    @classmethod
    def of(cls, pattern: str) -> "Glob":
        pieces = tuple(piece for piece in _STAR.split(pattern) if piece)
        literals = [piece for piece in pieces if not piece.startswith("*")]
        return cls(pattern, pieces, max(literals, key=len, default=""))

    def matches(self, text: str) -> bool:
        if self.longest not in text:  # one fast look spares nearly every walk
            return False
        places = {0}  # how much of the text the pieces so far can have used up
        for piece in self.pieces:
            places = _after(piece, text, places)
        return len(text) in places


def _after(piece: str, text: str, places: set[int]) -> set[int]:
    if not places:
        return places
    if piece == "**":
        return set(range(min(places), len(text) + 1))
    if piece == "*":
        return {end for place in _starts(text, places) for end in range(place, _stop(text, place) + 1)}
    return {place + len(piece) for place in places if text.startswith(piece, place)}


def _starts(text: str, places: set[int]) -> list[int]:
    """The first place of each part: its reach holds that of every later place in the same part."""
    first: dict[int, int] = {}
    for place in sorted(places):
        first.setdefault(_stop(text, place), place)
    return list(first.values())


def _stop(text: str, place: int) -> int:
    found = _STOPS.search(text, place)
    return found.start() if found else len(text)
