"""Switches and a look inside for tests: `/control…`, on loopback, with the control token.

GET  /control/state           everything below, both faces
POST /control  {"face": "moodle", "do": "fault", "target": "scores", "mode": "status", "status": 429, "retry_after": 2, "times": 1}
     do: fault | clear | option | send | resend | complete | quiz | override
"""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, Response, abort, jsonify, request

from lti_tool.simulator import completion, events, grading, outbox
from lti_tool.simulator.face import Face
from lti_tool.simulator.faults import Fault
from lti_tool.simulator.sender import Sender

HEADER: Final = "X-Control-Token"
Act = Callable[[Face, Sender, dict[str, Any]], Any]


def create_blueprint(faces: Mapping[str, Face], senders: Mapping[str, Sender], token: str) -> Blueprint:
    """The control door; `token` must be sent with every request."""
    routes = Blueprint("control", __name__, url_prefix="/control")

    @routes.before_request
    def guard() -> None:
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), token.encode()):
            abort(403)

    routes.get("/state", endpoint="state")(lambda: jsonify({key: state(face) for key, face in faces.items()}))

    @routes.post("")
    def act() -> Response:
        given = request.get_json()
        face = faces[given.pop("face")]
        try:
            return jsonify(_ACTS[given.pop("do")](face, senders[face.key], given))
        except (KeyError, TypeError, ValueError, LookupError) as error:
            return Response(json.dumps({"error": repr(error)}), status=400, content_type="application/json")

    return routes


def state(face: Face) -> dict[str, Any]:
    """Grades, completion, outbox and launches of one face, as plain values."""
    people = {person.key: person for person in face.people}
    return {
        "issuer": face.issuer,
        "people": {key: _ids(face, key) for key in people},
        "grades": _rows(face, "SELECT * FROM grade ORDER BY activity_id, person"),
        "scores": _rows(face, "SELECT * FROM score ORDER BY lineitem_id, person"),
        "score_posts": _rows(face, "SELECT * FROM score_post ORDER BY seq"),
        "completion": _rows(face, "SELECT * FROM completion ORDER BY person, module"),
        "outbox": outbox.counts(face),
        "failed": _rows(face, "SELECT seq, event, error FROM outbox WHERE state = 'failed' ORDER BY seq"),
        "launches": _rows(
            face, "SELECT id, person, message, container, created, used FROM launch ORDER BY created"
        ),
        "tools": _rows(face, "SELECT id, client_id, name, state, listed FROM tool ORDER BY id"),
        "activities": _rows(face, "SELECT id, cmid, tool_id, title FROM activity ORDER BY id"),
        "lineitems": _rows(
            face, "SELECT id, activity_id, label, maximum, resource_id, tag FROM lineitem ORDER BY id"
        ),
        "faults": face.faults.plain(),
    }


def _ids(face: Face, key: str) -> dict[str, str]:
    person = face.people.find(key)
    if person is None:
        raise LookupError(key)
    sub, actor = (person.moodle_id, person.moodle_id) if face.is_moodle else (person.lti_id, person.xapi_id)
    return {
        "sub": sub,
        "actor": actor,
        "email": person.email,
        "full_name": person.full_name,
        "role": person.role.value,
    }


def _rows(face: Face, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in face.store.all(sql)]


def _fault(face: Face, _sender: Sender, given: dict[str, Any]) -> Any:
    face.faults.add(Fault(**given))
    return face.faults.plain()


def _clear(face: Face, _sender: Sender, _given: dict[str, Any]) -> Any:
    face.faults.clear()
    return []


def _option(face: Face, _sender: Sender, given: dict[str, Any]) -> Any:
    for name, value in given.items():
        face.set_option(name, value)
    return {name: face.option(name) for name in given}


def _complete(face: Face, _sender: Sender, given: dict[str, Any]) -> Any:
    """Complete topics for a person without clicking through pages: {"person", "topics": [...], "done": true}."""
    person = face.people.find(given["person"])
    if person is None:
        raise LookupError(given["person"])
    for key in given["topics"]:
        topic = face.topic(key)
        if topic is None:
            raise LookupError(key)
        events.complete(face, person, topic, done=given.get("done", True))
    return completion.states(face, person)


def _quiz(face: Face, _sender: Sender, given: dict[str, Any]) -> Any:
    person, topic = face.people.find(given["person"]), face.topic(given["topic"])
    if person is None or topic is None:
        raise LookupError(given)
    events.quiz(face, person, topic, float(given["scaled"]))
    return completion.states(face, person)


def _override(face: Face, _sender: Sender, given: dict[str, Any]) -> Any:
    person = face.people.find(given["person"])
    if person is None:
        raise LookupError(given["person"])
    with face.store.transaction():
        grading.override(face, given["activity"], person, given["value"])
    return grading.gradebook(face, person)


_ACTS: Final[Mapping[str, Act]] = {
    "fault": _fault,
    "clear": _clear,
    "option": _option,
    "complete": _complete,
    "quiz": _quiz,
    "override": _override,
    "send": lambda _face, sender, _given: sender.run_once(),
    "resend": lambda face, _sender, _given: outbox.resend(face),
}
