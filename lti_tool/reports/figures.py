"""Participants and completions by province and topic, as the tool's own ledger has them.

A participant is a learner of whom anything was seen in a topic; a completion is a topic that is done, or the whole requirement met.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from lti_tool.ledger import plain
from lti_tool.ledger.tables import outcome
from lti_tool.people import tables
from lti_tool.people.oneness import canonicals
from rules.completion import Met
from rules.progress import TopicState

UNREADABLE = "(unreadable)"
WHOLE = ""  # in place of a topic: the whole programme; in place of a province: not known
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """One learner in one programme: what is begun, what is done, and whether the requirement is met."""

    learner_id: str
    begun: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    met: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many took part and how many completed."""

    participants: int = 0
    completions: int = 0


Cell = tuple[str, str]  # province code, topic key
Figures = Mapping[Cell, Count]


def standings(connection: Connection, programme_key: str) -> dict[str, Standing]:
    """Where everyone who began stands, from the stored outcomes, by learner id."""
    found: dict[str, Standing] = {}
    after = ""
    while page := _page(connection, programme_key, after):
        after = page[-1].learner_id
        found |= {row.learner_id: _standing(row) for row in page}
    return {learner_id: one for learner_id, one in found.items() if one.begun or one.met}


def _page(connection: Connection, programme_key: str, after: str) -> Sequence[Any]:
    row = outcome.c
    wanted = select(row.learner_id, row.state, row.topics).where(row.programme_key == programme_key)
    return connection.execute(
        wanted.where(row.learner_id > after).order_by(row.learner_id).limit(_AT_ONCE)
    ).all()


def _standing(row: Any) -> Standing:
    """Column by column: a row that somebody changed by hand must show as a difference, not stop the count."""
    try:
        topics = plain.loads(tuple[TopicState, ...], row.topics)
    except (ValueError, TypeError, LookupError):
        return Standing(row.learner_id, frozenset({UNREADABLE}), frozenset(), row.state == Met.state)
    done = frozenset(topic.topic for topic in topics if topic.done)
    begun = done | {topic.topic for topic in topics if topic.started}
    return Standing(row.learner_id, begun, done, row.state == Met.state)


def provinces(connection: Connection, learner_ids: Iterable[str]) -> dict[str, str]:
    """The province code of each learner; only the roster knows it."""
    row = tables.roster
    listed = connection.execute(
        select(row.c.learner_id, row.c.province)
        .where(row.c.learner_id.is_not(None), row.c.province.is_not(None))
        .order_by(row.c.code.desc())
    ).all()
    found: dict[str, str] = {}
    for start in range(0, len(listed), _AT_ONCE):
        part = listed[start : start + _AT_ONCE]
        one = canonicals(connection, {entry.learner_id for entry in part})
        found |= {one[entry.learner_id]: entry.province for entry in part}
    return {learner_id: found.get(learner_id, WHOLE) for learner_id in learner_ids}


def tally(people: Iterable[Standing], province_of: Mapping[str, str]) -> dict[Cell, Count]:
    """The figures of these people: for each province each topic, and the whole programme."""
    participants: dict[Cell, int] = {}
    completions: dict[Cell, int] = {}
    for one in people:
        province = province_of.get(one.learner_id, WHOLE)
        for topic in (WHOLE, *one.begun):
            participants[province, topic] = participants.get((province, topic), 0) + 1
        for topic in (*([WHOLE] if one.met else []), *one.done):
            completions[province, topic] = completions.get((province, topic), 0) + 1
    return {
        cell: Count(participants.get(cell, 0), completions.get(cell, 0))
        for cell in sorted({*participants, *completions})
    }


def figures(connection: Connection, programme_key: str) -> dict[Cell, Count]:
    """The tool's own figures."""
    people = standings(connection, programme_key)
    return tally(people.values(), provinces(connection, people))
