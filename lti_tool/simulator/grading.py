"""The gradebook of a face: what a score does to it, and what that completes."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from lti_tool.simulator import events
from lti_tool.simulator.face import Face
from lti_tool.simulator.people import Person


@dataclass(frozen=True, slots=True)
class Score:
    """A score as posted: `given` of `maximum`, both None when the tool left the score out; `at` in seconds since 1970."""

    given: float | None
    maximum: float | None
    comment: str | None
    at: float
    timestamp: str
    activity_progress: str
    grading_progress: str


def existing(face: Face, lineitem_id: int, person: Person) -> sqlite3.Row | None:
    return face.store.one("SELECT * FROM score WHERE lineitem_id = ? AND person = ?", lineitem_id, person.key)


def save(face: Face, lineitem_id: int, person: Person, score: Score) -> None:
    """Replace the score of one person at one line item."""
    face.store.run(
        "INSERT INTO score (lineitem_id, person, given, maximum, comment, at, timestamp, activity_progress, grading_progress)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (lineitem_id, person) DO UPDATE SET given = excluded.given,"
        " maximum = excluded.maximum, comment = excluded.comment, at = excluded.at, timestamp = excluded.timestamp,"
        " activity_progress = excluded.activity_progress, grading_progress = excluded.grading_progress",
        lineitem_id,
        person.key,
        score.given,
        score.maximum,
        score.comment,
        score.at,
        score.timestamp,
        score.activity_progress,
        score.grading_progress,
    )


def publish(face: Face, item: sqlite3.Row, person: Person, value: float | None, comment: str | None) -> None:
    """Write the gradebook; the activity's completion follows in the same request (0.2 s on a real Moodle)."""
    if item["activity_id"] is None:
        return  # a line item the tool made shows as a manual column, without completion
    face.store.run(
        "INSERT OR REPLACE INTO grade VALUES (?, ?, ?, ?, ?, ?)",
        item["activity_id"],
        person.key,
        value,
        item["maximum"],
        comment,
        face.seconds(),
    )
    activity = face.store.one("SELECT * FROM activity WHERE id = ?", item["activity_id"])
    if activity is not None:
        events.tool_graded(face, person, activity, None if value is None else value / item["maximum"])


def log(face: Face, lineitem_id: int, body: bytes, status: int) -> None:
    """Keep every post, for tests: what came, in which order, and how it was answered."""
    text = body.decode("utf-8", "replace")
    face.store.run(
        "INSERT INTO score_post VALUES (NULL, ?, ?, ?, ?)", lineitem_id, text, status, face.seconds()
    )


def override(face: Face, activity_id: int, person: Person, value: float | None) -> None:
    """A teacher types a grade over the tool's: later scores are answered with 200 and ignored."""
    item = face.store.one("SELECT * FROM lineitem WHERE activity_id = ?", activity_id)
    if item is None:
        raise LookupError(f"no line item of activity {activity_id}")
    if existing(face, item["id"], person) is None:
        save(
            face,
            item["id"],
            person,
            Score(None, item["maximum"], None, face.seconds(), "", "Completed", "FullyGraded"),
        )
    face.store.run(
        "UPDATE score SET overridden = ?, given = ? WHERE lineitem_id = ? AND person = ?",
        int(value is not None),
        value,
        item["id"],
        person.key,
    )
    publish(face, item, person, value, None)


def gradebook(face: Face, person: Person) -> list[dict[str, Any]]:
    """One person's grades of the tool's activities, with the completion the LMS shows beside them."""
    rows = face.store.all(
        "SELECT activity.id, activity.title, grade.value, grade.maximum, grade.comment, completion.state FROM activity"
        " LEFT JOIN grade ON grade.activity_id = activity.id AND grade.person = ?"
        " LEFT JOIN completion ON completion.module = 'lti:' || activity.id AND completion.person = ? ORDER BY activity.id",
        person.key,
        person.key,
    )
    return [dict(row) for row in rows]


def number(value: float) -> float:
    """JSON as PHP writes it: 100 and not 100.0."""
    return int(value) if value == int(value) else value


def dumps_php(value: object) -> str:
    """json_encode's form: every non-ASCII letter and every slash escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")
