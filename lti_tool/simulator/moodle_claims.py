"""The id_token as Moodle 4.5 makes it, claim for claim in its order. It lives 60 seconds."""

import hashlib
import json
from typing import Any, Final

from lti_tool.simulator.face import Face
from lti_tool.simulator.launches import DEEP_LINKING_REQUEST, Launch
from lti_tool.simulator.moodle_custom import CONTEXT_LABEL, CONTEXT_SOURCEDID, CONTEXT_TITLE, custom
from lti_tool.simulator.moodle_urls import lineitem_url, lineitems_url, memberships_url
from lti_tool.simulator.people import Role
from lti_tool.simulator.vocabulary import AGS_CLAIM, BASIC_OUTCOME, DEEP_LINKING, LTI, NRPS_CLAIM, ROLE

LIFETIME: Final = 60
CONTAINERS: Final = {"iframe": 3, "window": 4, "frame": 5}
_ROLES: Final = {
    Role.LEARNER: ["membership#Learner"],
    Role.TEACHER: ["membership#Instructor"],
    # An administrator's launch says Instructor too.
    Role.ADMINISTRATOR: [
        "institution/person#Administrator",
        "membership#Instructor",
        "system/person#Administrator",
    ],
}


def claims(face: Face, launch: Launch, nonce: str, sesskey: str) -> dict[str, Any]:
    """The claims of one launch: `nonce` is the tool's, `sesskey` this browser's (it is in the return URL)."""
    deep = launch.message == DEEP_LINKING_REQUEST
    found = _head(face, launch, nonce)
    if not deep:
        found |= _link(face, launch)
    found |= _who(face, launch)
    found[LTI + "launch_presentation"] = _presentation(face, launch, sesskey)
    found |= _platform()
    found[LTI + "custom"] = custom(face, launch)
    if not deep:
        found[LTI + "custom"]["context_memberships_url"] = memberships_url(face, launch.tool["id"])
    found |= _services(face, launch)
    if deep:
        found[DEEP_LINKING + "deep_linking_settings"] = _deep_linking(face, launch, sesskey)
    return found


def _head(face: Face, launch: Launch, nonce: str) -> dict[str, Any]:
    issued = int(face.seconds())
    deep = launch.message == DEEP_LINKING_REQUEST
    return {
        "nonce": nonce,
        "iat": issued,
        "exp": issued + LIFETIME,
        "iss": face.issuer,
        "aud": launch.tool["client_id"],
        LTI + "deployment_id": str(launch.tool["id"]),
        LTI + "target_link_uri": launch.tool["deep_link_url" if deep else "target_url"],
        "sub": launch.person.moodle_id,
        LTI + "lis": {
            "person_sourcedid": launch.person.sourcedid,
            "course_section_sourcedid": CONTEXT_SOURCEDID,
        },
        LTI + "roles": [ROLE + role for role in _ROLES[launch.person.role]],
        LTI + "context": {
            "id": "7",
            "label": CONTEXT_LABEL,
            "title": CONTEXT_TITLE,
            "type": ["CourseSection"],
        },
        LTI + "message_type": launch.message,
    }


def _link(face: Face, launch: Launch) -> dict[str, Any]:
    activity = launch.activity
    if activity is None:
        return {}
    # The LTI instance, not the course-module id that xAPI objects carry.
    identifier = str(activity["id"])
    sourcedid: dict[str, Any] = {
        "data": {
            "instanceid": identifier,
            "userid": launch.person.moodle_id,
            "typeid": str(launch.tool["id"]),
            "launchid": int(launch.id.rpartition("_")[2] or 0),
        }
    }
    sourcedid["hash"] = hashlib.sha256(json.dumps(sourcedid).encode()).hexdigest()
    return {
        LTI + "resource_link": {
            "title": activity["title"],
            "description": activity["text"],
            "id": identifier,
        },
        BASIC_OUTCOME: {
            "lis_result_sourcedid": json.dumps(sourcedid, separators=(",", ":")),
            "lis_outcome_service_url": f"{face.issuer}/mod/lti/service.php",
        },
    }


def _who(face: Face, launch: Launch) -> dict[str, Any]:
    # Name and e-mail are sent only if the registration's claims ask for them.
    wanted = json.loads(launch.tool["claims"])
    who, found = launch.person, dict[str, Any]()
    if face.option("share_name"):
        values = {"given_name": who.given, "family_name": who.family, "name": who.display_name}
        found |= {name: value for name, value in values.items() if name in wanted}
    found[LTI + "ext"] = {"user_username": who.key, "lms": "moodle-2"}
    if face.option("share_email") and "email" in wanted:
        found["email"] = who.email
    return found


def _presentation(face: Face, launch: Launch, sesskey: str) -> dict[str, Any]:
    locale = {"locale": face.option("locale")}
    if launch.activity is None:
        return locale
    container = CONTAINERS[launch.container]
    back = f"{face.issuer}/mod/lti/return.php?course=7&launch_container={container}&instanceid={launch.activity['id']}"
    return locale | {"document_target": launch.container, "return_url": f"{back}&sesskey={sesskey}"}


def _platform() -> dict[str, Any]:
    return {
        LTI + "tool_platform": {
            "product_family_code": "moodle",
            "version": "2024100705.01",
            "guid": hashlib.md5(b"practice", usedforsecurity=False).hexdigest(),
            "name": "LuyenTap",
            "description": "LMS luyện tập (mặt Moodle)",
        },
        LTI + "version": "1.3.0",
    }


def _services(face: Face, launch: Launch) -> dict[str, Any]:
    tool_id = launch.tool["id"]
    scopes = sorted(scope for scope in launch.tool["scopes"].split() if "/lti-ags/" in scope)
    endpoint: dict[str, Any] = {"scope": scopes, "lineitems": lineitems_url(face, tool_id)}
    if launch.activity is not None:
        item = face.store.one(
            "SELECT id FROM lineitem WHERE activity_id = ? ORDER BY id", launch.activity["id"]
        )
        if item is not None:
            endpoint["lineitem"] = lineitem_url(face, item["id"], tool_id)
    found: dict[str, Any] = {AGS_CLAIM: endpoint} if scopes else {}
    if launch.activity is not None and "contextmembership" in launch.tool["scopes"]:
        found[NRPS_CLAIM] = {
            "context_memberships_url": memberships_url(face, tool_id),
            "service_versions": ["1.0", "2.0"],
        }
    return found


def _deep_linking(face: Face, launch: Launch, sesskey: str) -> dict[str, Any]:
    back = f"{face.issuer}/mod/lti/contentitem_return.php?course=7&id={launch.tool['id']}&sesskey={sesskey}"
    return {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": back,
        "title": launch.tool["name"],
        "text": "",
    }
