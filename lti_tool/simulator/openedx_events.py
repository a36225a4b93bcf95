"""What an Open edX emits when people do things."""

import sqlite3
from typing import Final

from lti_tool.simulator import openedx_statements as shapes
from lti_tool.simulator.completion import mark, state, states
from lti_tool.simulator.course import Topic
from lti_tool.simulator.face import Face
from lti_tool.simulator.outbox import put
from lti_tool.simulator.people import Person

PROGRESS: Final = "openedx.completion_aggregator.progress"
BUSINESS_CRITICAL: Final = frozenset({"edx.course.grade.passed.first_time"})


def complete(face: Face, person: Person, topic: Topic) -> None:
    """The topic's video is watched: its block, then chapter, sequential, vertical and course in one instant, under one id."""
    _aggregate(face, person, topic, 100.0)


def uncomplete(face: Face, person: Person, topic: Topic) -> None:
    """Completion taken back (an operator resets the block)."""
    _aggregate(face, person, topic, 0.0)


def _aggregate(face: Face, person: Person, topic: Topic, percent: float) -> None:
    at = shapes.moment(face)
    block = shapes.progressed(face, person, at, "video", f"{topic.key}-video", percent, aggregated=False)
    put(face, person, "edx.completion.block_completion.changed", [block])
    mark(face, person, topic.key, int(percent > 0))
    done = sum(1 for other in face.topics if states(face, person).get(other.key))
    share = 100.0 * done / len(face.topics)
    for kind, value in (
        ("chapter", percent),
        ("sequential", percent),
        ("vertical", percent),
        ("course", share),
    ):
        name = "course" if kind == "course" else topic.key
        put(
            face,
            person,
            f"{PROGRESS}.{kind}",
            [shapes.progressed(face, person, at, kind, name, value, aggregated=True)],
        )


def quiz(face: Face, person: Person, topic: Topic, scaled: float) -> None:
    """A subsection is graded."""
    earned = shapes.earned(face, person, shapes.moment(face), topic.key, scaled)
    put(face, person, "edx.grades.subsection.grade_calculated", [earned])
    face.store.run(
        "INSERT INTO attempt (person, topic, scaled, at) VALUES (?, ?, ?, ?)",
        person.key,
        topic.key,
        scaled,
        face.seconds(),
    )
    mark(face, person, f"quiz:{topic.key}", 2 if scaled == 1 else 3)


def tool_graded(face: Face, person: Person, activity: sqlite3.Row, share: float | None) -> None:
    """The tool's own block is complete once it is scored, and says so: never evidence of a topic."""
    module = f"lti:{activity['id']}"
    if share is None or state(face, person, module):
        return
    mark(face, person, module, 1)
    at = shapes.moment(face)
    block = shapes.progressed(face, person, at, "lti_consumer", "donghanh", 100.0, aggregated=False)
    put(face, person, "edx.completion.block_completion.changed", [block])
    put(face, person, "edx.course.grade.passed.first_time", [shapes.passed(face, person, at)])
    mark(face, person, "course", 1)
