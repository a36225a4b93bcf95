"""Open edX's scores and results, as measured on lti-consumer-xblock 11.4."""

import sqlite3
from datetime import UTC, datetime
from typing import Any, Final

from flask import Response, request

from lti_tool.simulator import grading
from lti_tool.simulator.face import Face
from lti_tool.simulator.grading import Score
from lti_tool.simulator.openedx_answers import denied, not_found, reply, unauthenticated
from lti_tool.simulator.paths import CONSUMER, OPENEDX_BLOCK
from lti_tool.simulator.people import Person
from lti_tool.simulator.tokens import allows
from lti_tool.simulator.vocabulary import RESULT_CONTAINER_TYPE, RESULT_READONLY, SCORE, SCORE_TYPE

_REQUIRED: Final = ("timestamp", "activityProgress", "gradingProgress", "userId")
_ACTIVITY: Final = {"Initialized", "Started", "InProgress", "Submitted", "Completed"}
_GRADING: Final = {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"}


class Crashed(Exception):
    """Open edX answers 500 and keeps nothing."""


def post(face: Face, lineitem_id: int) -> Response:
    """One score. Content types are not looked at here."""
    refused = unauthenticated(face)
    if refused is None:
        refused = _guarded(face, lineitem_id)
    grading.log(face, lineitem_id, request.get_data(), refused.status_code)
    return refused


def _guarded(face: Face, lineitem_id: int) -> Response:
    try:
        with face.store.transaction():
            return _post(face, lineitem_id)
    except Crashed:
        return Response("<h1>Server Error (500)</h1>", status=500, content_type="text/html; charset=utf-8")


def _post(face: Face, lineitem_id: int) -> Response:
    if allows(face, SCORE) is None:
        return denied()
    item = face.store.one("SELECT * FROM lineitem WHERE id = ?", lineitem_id)
    if item is None:
        return not_found()
    body = request.get_json(force=True, silent=True)
    body = body if isinstance(body, dict) else {}
    score, errors = _read(body)
    person = face.people.by_lti_id(str(body.get("userId")))
    if score is not None and person is not None:
        errors = errors | _earlier(grading.existing(face, lineitem_id, person), score)
    if errors or score is None:
        return reply(errors, SCORE_TYPE, 400)
    _check(body, score)
    if person is None:
        # Kept for nobody where nothing is published; publishing to somebody unknown crashes.
        if score.given and score.grading_progress == "FullyGraded":
            raise Crashed
        return reply(body, SCORE_TYPE, 201)
    grading.save(face, lineitem_id, person, score)
    _publish(face, item, person, score)
    return reply(_plain(score, person), SCORE_TYPE, 201)


def _earlier(found: sqlite3.Row | None, score: Score) -> dict[str, list[str]]:
    """Timestamps must increase, to the microsecond; one in the future blocks all until it has passed."""
    if found is not None and found["at"] > score.at:
        return {"timestamp": ["Score timestamp can only be updated to a later point in time"]}
    if found is not None and found["at"] == score.at:
        return {"timestamp": ["Score already exists for the provided timestamp"]}
    return {}


def _check(body: dict[str, Any], score: Score) -> None:
    wrong = score.activity_progress not in _ACTIVITY or score.grading_progress not in _GRADING
    if wrong or (score.given or 0) < 0 or (score.maximum or 0) < 0 or "userId" not in body:
        raise Crashed


def _publish(face: Face, item: sqlite3.Row, person: Person, score: Score) -> None:
    # Only a line item tied to the block's own usage key reaches the gradebook; a zero is silently not published.
    if item["link_id"] != OPENEDX_BLOCK or score.grading_progress != "FullyGraded" or not score.given:
        return
    if face.option("past_due") and not face.option("accept_grades_past_due"):
        return
    share = min(score.given, score.maximum or 1) / (score.maximum or 1)
    grading.publish(face, item, person, share * item["maximum"], score.comment)


def _read(body: dict[str, Any]) -> tuple[Score | None, dict[str, list[str]]]:
    errors = {name: ["This field is required."] for name in _REQUIRED if body.get(name) is None}
    given, maximum = body.get("scoreGiven"), body.get("scoreMaximum")
    if given is not None and not maximum:
        errors["scoreMaximum"] = ["scoreMaximum is a required field when providing a scoreGiven value."]
    at = _moment(str(body.get("timestamp")))
    if at is None:
        errors.setdefault("timestamp", ["Datetime has wrong format."])
        return None, errors
    try:
        score = Score(
            None if given is None else float(given),
            None if maximum is None else float(maximum),
            body.get("comment"),
            at.timestamp(),
            str(body.get("timestamp")),
            str(body.get("activityProgress")),
            str(body.get("gradingProgress")),
        )
    except (TypeError, ValueError):
        return None, errors | {"scoreGiven": ["A valid number is required."]}
    return score, errors


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _plain(score: Score, person: Person) -> dict[str, Any]:
    return {
        "timestamp": datetime.fromtimestamp(score.at, UTC).isoformat(),
        "scoreGiven": score.given,
        "scoreMaximum": score.maximum,
        "comment": score.comment,
        "activityProgress": score.activity_progress,
        "gradingProgress": score.grading_progress,
        "userId": person.lti_id,
    }


def results(face: Face, lineitem_id: int, wanted: str | None) -> Response:
    """The results of a line item, latest first; the person may be named in the path, a query is ignored."""
    refused = unauthenticated(face)
    if refused is not None:
        return refused
    if allows(face, RESULT_READONLY) is None:
        return denied()
    if face.store.one("SELECT 1 FROM lineitem WHERE id = ?", lineitem_id) is None:
        return not_found()
    rows = face.store.all(
        "SELECT * FROM score WHERE lineitem_id = ? AND given IS NOT NULL ORDER BY at DESC", lineitem_id
    )
    found = [(face.people.find(row["person"]), row) for row in rows]
    shown = [
        _result(face, person, row) for person, row in found if person and wanted in {None, person.lti_id}
    ]
    limit = request.args.get("limit", 0, type=int)
    return reply(shown[:limit] if limit else shown, RESULT_CONTAINER_TYPE)


def _result(face: Face, person: Person, row: sqlite3.Row) -> dict[str, Any]:
    url = f"{face.issuer}{CONSUMER}/lti-ags/{row['lineitem_id']}"
    return {
        "id": f"{url}/results/{person.lti_id}",
        "scoreOf": url,
        "userId": person.lti_id,
        "resultScore": row["given"],
        "resultMaximum": row["maximum"] if row["maximum"] and row["maximum"] > 0 else 1,
        "comment": row["comment"],
    }
