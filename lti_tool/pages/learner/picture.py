"""The picture of "where I stand", drawn from the programme's requirement alone: whatever it asks, its rows follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rules.programme import Programme
from rules.progress import TopicState
from rules.requirement import AllOf, AtLeast, Requirement

MOST_MARKS = 20  # more than this is a bar: nobody counts sixty rings


@dataclass(frozen=True, slots=True)
class Mark:
    """One topic wanted. `kind`: "done", "partly" or "open"; `number`: its place in the row."""

    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Row:
    """One "at least `count`": `done` of them so far, never more than wanted; `begun`: topics partly done beside them.

    `label`: the set's name, "" where the requirement lists topics of its own. `marks` is empty where a bar is drawn.
    """

    label: str
    done: int
    begun: int
    count: int
    marks: tuple[Mark, ...]

    @property
    def percent(self) -> int:
        return 100 * self.done // self.count if self.count else 100


@dataclass(frozen=True, slots=True)
class Ways:
    """One of these is enough; each way is a row of its own or several that go together."""

    ways: tuple[tuple["Piece", ...], ...]


Piece: TypeAlias = Row | Ways


def picture(programme: Programme, states: Mapping[str, TopicState], language: str) -> tuple[Piece, ...]:
    """The rows of the whole requirement, in its order."""
    return _pieces(programme.requirement, programme, states, language)


def rows(pieces: tuple[Piece, ...]) -> tuple[Row, ...]:
    """Every row of a picture, for its text alternative."""
    found: list[Row] = []
    for piece in pieces:
        found.extend([piece] if isinstance(piece, Row) else [row for way in piece.ways for row in rows(way)])
    return tuple(found)


def _pieces(
    part: Requirement, programme: Programme, states: Mapping[str, TopicState], language: str
) -> tuple[Piece, ...]:
    if isinstance(part, AtLeast):
        return (_row(part, programme, states, language),)
    inner = tuple(_pieces(one, programme, states, language) for one in part.parts)
    if isinstance(part, AllOf):
        return tuple(piece for pieces in inner for piece in pieces)
    return (Ways(inner),)


def _row(part: AtLeast, programme: Programme, states: Mapping[str, TopicState], language: str) -> Row:
    known = [states[topic] for topic in part.topics if topic in states]
    done = min(sum(state.done for state in known), part.count)
    begun = min(sum(state.started for state in known), part.count - done)
    named = programme.topic_set(part.label)
    label = named.titles[language] if named else ""
    marks = tuple(_mark(place, done, begun) for place in range(1, part.count + 1))
    return Row(label, done, begun, part.count, marks if part.count <= MOST_MARKS else ())


def _mark(place: int, done: int, begun: int) -> Mark:
    kind = "done" if place <= done else "partly" if place <= done + begun else "open"
    return Mark(kind, place)
