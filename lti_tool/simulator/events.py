"""One door for what people do: each face logs it its own way."""

import sqlite3

from lti_tool.simulator import moodle_events, openedx_events
from lti_tool.simulator.course import Topic
from lti_tool.simulator.face import Face
from lti_tool.simulator.people import Person


def signed_in(face: Face, person: Person) -> None:
    if face.is_moodle:
        moodle_events.signed_in(face, person)


def course_viewed(face: Face, person: Person) -> None:
    if face.is_moodle:
        moodle_events.course_viewed(face, person)


def complete(face: Face, person: Person, topic: Topic, *, done: bool = True) -> None:
    """Complete a topic, or with `done=False` take the completion back."""
    module = moodle_events if face.is_moodle else openedx_events
    with face.store.transaction():
        (module.complete if done else module.uncomplete)(face, person, topic)


def quiz(face: Face, person: Person, topic: Topic, scaled: float) -> None:
    """A quiz (Moodle) or a graded subsection (Open edX), scaled from 0 to 1."""
    with face.store.transaction():
        (moodle_events if face.is_moodle else openedx_events).quiz(face, person, topic, scaled)


def tool_viewed(face: Face, person: Person, activity: sqlite3.Row) -> None:
    if face.is_moodle:
        moodle_events.tool_viewed(face, person, activity)


def tool_graded(face: Face, person: Person, activity: sqlite3.Row, share: float | None) -> None:
    """A grade of the tool's activity was written (share of the maximum) or cleared (None)."""
    (moodle_events if face.is_moodle else openedx_events).tool_graded(face, person, activity, share)
