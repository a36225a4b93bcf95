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
        return _within_parts(text, places)
    return _over(piece, text, places)


def _over(literal: str, text: str, places: set[int]) -> set[int]:
    """The ends of every occurrence that begins at one of the places."""
    ends, at = set[int](), text.find(literal, min(places))
    while at >= 0:
        if at in places:
            ends.add(at + len(literal))
        at = text.find(literal, at + 1)
    return ends


def _within_parts(text: str, places: set[int]) -> set[int]:
    """Every place reached without leaving a part: the first place of a part reaches what its later ones do."""
    reached, end = set[int](), -1
    for place in sorted(places):
        if place > end:
            found = _STOPS.search(text, place)
            end = found.start() if found else len(text)
            reached.update(range(place, end + 1))
    return reached
