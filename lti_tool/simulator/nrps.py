"""Names and Role Provisioning: the member lists of both hosts, as measured."""

import json
from typing import Any, Final

from flask import Blueprint, Response, request

from lti_tool.simulator.face import Face
from lti_tool.simulator.faults import answer
from lti_tool.simulator.moodle_answers import failure, reply, unhandled
from lti_tool.simulator.moodle_custom import CONTEXT_LABEL, CONTEXT_TITLE
from lti_tool.simulator.moodle_urls import memberships_url
from lti_tool.simulator.openedx_answers import denied, unacceptable, unauthenticated
from lti_tool.simulator.openedx_answers import reply as json_reply
from lti_tool.simulator.paths import CONSUMER, MOODLE_COURSE, OPENEDX_COURSE, SERVICES
from lti_tool.simulator.people import Person, Role
from lti_tool.simulator.tokens import allows, forget
from lti_tool.simulator.vocabulary import MEMBERSHIP_READONLY, MEMBERSHIP_TYPE, ROLE

_ROLES: Final = {
    Role.LEARNER: ["membership#Learner"],
    Role.TEACHER: ["membership#Administrator", "membership#Instructor"],
    Role.ADMINISTRATOR: ["membership#Administrator", "membership#Instructor"],
}


def create_blueprint(face: Face) -> Blueprint:
    """The memberships endpoint of one face."""
    routes = Blueprint(f"{face.key}_nrps", __name__, url_prefix=f"/{face.key}")
    moodle_path = f"{SERVICES}/CourseSection/{MOODLE_COURSE}/bindings/<int:tool>/memberships"
    view = _moodle if face.is_moodle else _openedx
    routes.get(moodle_path if face.is_moodle else f"{CONSUMER}/memberships")(
        lambda tool=1: answer(face.faults, ("nrps",), lambda: view(face, tool), expire=lambda: forget(face))
    )
    return routes


def _moodle(face: Face, tool_id: int) -> Response:
    refused = unhandled((MEMBERSHIP_TYPE,))
    if refused is not None:
        return refused
    if allows(face, MEMBERSHIP_READONLY) is None:
        return failure(401)
    # Suspended people are absent; administrators are not enrolled in the course.
    members = [
        person for person in face.people if person.role is not Role.ADMINISTRATOR and not person.suspended
    ]
    wanted = request.args.get("role", "").rpartition("#")[2]
    members = [person for person in members if wanted in {"", _short_role(person)}]
    limit, start = request.args.get("limit", 0, type=int), request.args.get("from", 0, type=int)
    shown = members[start : start + limit] if limit > 0 else members
    url = memberships_url(face, tool_id)
    body = {
        "id": url,
        "context": {"id": str(MOODLE_COURSE), "label": CONTEXT_LABEL, "title": CONTEXT_TITLE},
        "members": [_moodle_member(person) for person in shown],
    }
    response = reply(json.dumps(body), MEMBERSHIP_TYPE)
    if limit > 0 and start + limit < len(members):
        # The next page works, but forgets which role was asked for.
        response.headers["Link"] = f'<{url}?limit={limit}&from={start + limit}>; rel="next"'
    return response


def _short_role(person: Person) -> str:
    return "Learner" if person.role is Role.LEARNER else "Instructor"


def _moodle_member(person: Person) -> dict[str, Any]:
    return {
        "status": "Active",
        "roles": [_short_role(person)],
        "user_id": person.moodle_id,
        "lis_person_sourcedid": person.sourcedid,
        "name": person.display_name,
        "given_name": person.given,
        "family_name": person.family,
        "email": person.email,
        "ext_user_username": person.key,
    }


def _openedx(face: Face, _tool: int) -> Response:
    refused = unacceptable(MEMBERSHIP_TYPE) or unauthenticated(face)
    if refused is not None:
        return refused
    if allows(face, MEMBERSHIP_READONLY) is None:
        return denied()
    members = [person for person in face.people if not person.suspended]
    if sum(1 for person in members if person.role is Role.LEARNER) > face.option("member_limit"):
        # Above the limit nothing is given, whatever `limit` says; `role` and `rlid` are ignored.
        explanation = "The number of retrieved users is bigger than the maximum allowed in the configuration."
        return json_reply({"error": "above_response_limit", "explanation": explanation}, MEMBERSHIP_TYPE, 403)
    body = {
        "id": request.url,
        "context": {"id": OPENEDX_COURSE},
        "members": [_openedx_member(face, person) for person in members],
    }
    return json_reply(body, MEMBERSHIP_TYPE)


def _openedx_member(face: Face, person: Person) -> dict[str, Any]:
    found = {
        "status": "Active",
        "user_id": person.lti_id,
        "roles": [ROLE + role for role in _ROLES[person.role]],
    }
    if face.option("share_names"):
        found |= {"name": person.full_name, "email": person.email}
    return found
