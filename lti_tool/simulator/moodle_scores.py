"""Moodle's scores and results, as measured on 4.5.5."""

import sqlite3
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from flask import Response, request

from lti_tool.simulator import grading
from lti_tool.simulator.face import Face
from lti_tool.simulator.grading import Score, dumps_php, number
from lti_tool.simulator.moodle_answers import failure, reply, unhandled
from lti_tool.simulator.moodle_urls import lineitem_url
from lti_tool.simulator.people import Person, Role
from lti_tool.simulator.tokens import allows
from lti_tool.simulator.vocabulary import RESULT_CONTAINER_TYPE, SCORE, SCORE_TYPE
from lti_tool.simulator.vocabulary import RESULT_READONLY as RESULT

HANOI: Final = timezone(timedelta(hours=7))
_REQUIRED: Final = ("userId", "timestamp", "gradingProgress", "activityProgress")


def post(face: Face, lineitem_id: int) -> Response:
    """One score. In the same request it reaches gradebook, activity completion and course completion."""
    refused = unhandled((SCORE_TYPE, "application/vnd.ims.lis.v1.scorecontainer+json"))
    if refused is None:
        with face.store.transaction():
            refused = _post(face, lineitem_id)
    grading.log(face, lineitem_id, request.get_data(), refused.status_code)
    return refused


def _post(face: Face, lineitem_id: int) -> Response:
    tool = allows(face, SCORE)
    if tool is None:
        return failure(401)
    item = face.store.one("SELECT * FROM lineitem WHERE id = ? AND tool_id = ?", lineitem_id, tool["id"])
    if item is None:
        return failure(404, f"Not Found: Grade item {lineitem_id} doesn't exist.")
    read = _read(face, request.get_json(force=True, silent=True))
    if read is None:
        sent = request.get_data(as_text=True)
        return reply("[]", SCORE_TYPE, 400, f"Incorrect score received{sent}")
    person, score = read
    found = grading.existing(face, lineitem_id, person)
    # Whole seconds are compared: the same second is refused like an older one.
    if found is not None and int(found["at"]) >= int(score.at):
        reason = (
            f"Refusing score with an earlier timestamp for item {lineitem_id} and user {person.moodle_id}"
        )
        return reply("[]", SCORE_TYPE, 409, reason)
    # A teacher's override and a suspended learner are answered with 200 and ignored: only the results tell.
    if not person.suspended and not (found is not None and found["overridden"]):
        _apply(face, item, person, score)
    return reply("", SCORE_TYPE)


def _apply(face: Face, item: sqlite3.Row, person: Person, score: Score) -> None:
    value = None
    if score.given is not None and score.maximum and score.grading_progress == "FullyGraded":
        # Scaled to the column's maximum and clipped there. Without a given score, or not fully graded, all is cleared.
        value = min(score.given * item["maximum"] / score.maximum, item["maximum"])
    comment = score.comment if value is not None else None
    kept = Score(
        value,
        item["maximum"],
        comment,
        int(score.at),
        score.timestamp,
        score.activity_progress,
        score.grading_progress,
    )
    grading.save(face, item["id"], person, kept)
    grading.publish(face, item, person, value, comment)


def _read(face: Face, body: Any) -> tuple[Person, Score] | None:
    """The person and the score of a post, or None where Moodle says "Incorrect score received"."""
    if not isinstance(body, dict) or any(body.get(name) is None for name in _REQUIRED):
        return None
    at = moment(str(body["timestamp"]))
    given, maximum = body.get("scoreGiven"), body.get("scoreMaximum", 1)
    # A teacher cannot be graded, nor can somebody unknown.
    person = face.people.by_moodle_id(str(body["userId"]))
    if (
        at is None
        or person is None
        or person.role is not Role.LEARNER
        or not _numeric(given)
        or not _numeric(maximum)
    ):
        return None
    score = Score(
        None if given is None else float(given),
        None if maximum is None else float(maximum),
        body.get("comment"),
        at.timestamp(),
        str(body["timestamp"]),
        str(body["activityProgress"]),
        str(body["gradingProgress"]),
    )
    return person, score


def moment(text: str) -> datetime | None:
    """An ISO 8601 moment; without an offset it is the server's local time, Hanoi's."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=HANOI)


def _numeric(value: object) -> bool:
    if value is None:
        return True
    try:
        float(str(value))
    except ValueError:
        return False
    return not isinstance(value, bool)


def results(face: Face, lineitem_id: int) -> Response:
    """The results of a line item; with `limit` Moodle fails and shows its error page."""
    refused = unhandled((RESULT_CONTAINER_TYPE,))
    if refused is not None:
        return refused
    tool = allows(face, RESULT)
    if tool is None:
        return failure(403, "This resource does not support GET requests.")
    if request.headers.get("Accept") not in {None, "", RESULT_CONTAINER_TYPE}:
        return failure(400, "Invalid request made.")
    item = face.store.one("SELECT * FROM lineitem WHERE id = ? AND tool_id = ?", lineitem_id, tool["id"])
    if item is None:
        return failure(404, f"Not Found: Grade item {lineitem_id} doesn't exist.")
    rows = _rows(face, lineitem_id)
    if rows and request.args.get("limit", 0, type=int) > 0:
        return Response(
            "<!DOCTYPE html><title>Error</title>", status=404, content_type="text/html; charset=utf-8"
        )
    return reply(dumps_php([_result(face, item, person, row) for person, row in rows]), RESULT_CONTAINER_TYPE)


def _rows(face: Face, lineitem_id: int) -> list[tuple[Person, sqlite3.Row]]:
    wanted = request.args.get("user_id")
    found = []
    for row in face.store.all("SELECT * FROM score WHERE lineitem_id = ?", lineitem_id):
        person = face.people.find(row["person"])
        if person is not None and wanted in {None, "", person.moodle_id}:
            found.append((person, row))
    return found


def _result(face: Face, item: sqlite3.Row, person: Person, row: sqlite3.Row) -> dict[str, Any]:
    url = lineitem_url(face, item["id"], item["tool_id"])
    base, _, query = url.partition("?")
    found: dict[str, Any] = {
        "id": f"{base}/results?{query}&user_id={person.moodle_id}",
        "userId": person.moodle_id,
    }
    if not row["given"]:
        return found  # a cleared grade, and a zero, show neither score nor time
    found |= {"resultScore": number(row["given"]), "resultMaximum": number(row["maximum"])}
    if row["comment"]:
        found["comment"] = row["comment"]
    at = datetime.fromtimestamp(row["at"], HANOI).isoformat(timespec="seconds")
    return found | {"scoreOf": url, "timestamp": at}
