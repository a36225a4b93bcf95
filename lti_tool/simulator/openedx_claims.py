"""The id_token as Open edX's lti-consumer-xblock makes it, claim for claim in its order. It lives an hour."""

import hashlib
import re
import uuid
from typing import Any, Final

from lti_tool.simulator.face import Face
from lti_tool.simulator.launches import DEEP_LINKING_REQUEST, Launch
from lti_tool.simulator.paths import CONSUMER, OPENEDX_BLOCK, OPENEDX_COURSE
from lti_tool.simulator.people import Role
from lti_tool.simulator.seed import OPENEDX_CUSTOM
from lti_tool.simulator.vocabulary import (
    AGS_CLAIM,
    DEEP_LINKING,
    LINEITEM_READONLY,
    LTI,
    NRPS_CLAIM,
    RESULT_READONLY,
    ROLE,
    SCORE,
)

LIFETIME: Final = 3600
_NOBODY: Final = ["system/person#None", "institution/person#None"]
_ROLES: Final = {
    Role.LEARNER: [*_NOBODY, "membership#Learner"],
    Role.TEACHER: [*_NOBODY, "membership#Administrator", "membership#Instructor"],
    Role.ADMINISTRATOR: [
        "system/person#Administrator",
        "institution/person#Administrator",
        "institution/person#Staff",
        "institution/person#Faculty",
        "institution/person#Instructor",
        "membership#Administrator",
        "membership#Instructor",
    ],
}


def hint(person_id: str, message: str) -> str:
    """The message hint: a cache key made of what everybody may know, so it is predictable."""
    return hashlib.md5(
        f"lti|launch_data|{person_id}|{OPENEDX_BLOCK}|{message}".encode(), usedforsecurity=False
    ).hexdigest()


def claims(face: Face, launch: Launch, nonce: str) -> dict[str, Any]:
    """The claims of one launch; `nonce` is the tool's."""
    deep = launch.message == DEEP_LINKING_REQUEST
    found = _head(face, launch) | _who(face, launch)
    if not deep:
        found[LTI + "resource_link"] = {"id": OPENEDX_BLOCK}
    found[LTI + "context"] = {
        "id": OPENEDX_COURSE,
        "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        "title": "Khoá tập huấn cán bộ cấp xã (luyện tập) - MOST",
        "label": OPENEDX_COURSE,
    }
    found |= _deep_linking(face) if deep else _resource_link(face, launch)
    issued = int(face.seconds())
    return found | {"nonce": nonce, "iat": issued, "exp": issued + LIFETIME}


def _head(face: Face, launch: Launch) -> dict[str, Any]:
    client = launch.tool["client_id"]
    return {
        LTI + "message_type": launch.message,
        LTI + "version": "1.3.0",
        "iss": face.issuer,
        "aud": client,
        "azp": client,
        LTI + "deployment_id": "1",
        LTI + "target_link_uri": launch.tool["target_url"],
        "sub": launch.person.lti_id,
        LTI + "roles": [ROLE + role for role in _ROLES[launch.person.role]],
    }


def _who(face: Face, launch: Launch) -> dict[str, Any]:
    # No name, e-mail or username unless the block shares them (and the site allows it).
    if not face.option("share_names"):
        return {}
    who = launch.person
    return {"name": who.full_name, "email": who.email, "preferred_username": who.key}


def _resource_link(face: Face, launch: Launch) -> dict[str, Any]:
    service = f"{face.issuer}{CONSUMER}"
    return {
        # No locale, no return_url; always "iframe".
        LTI + "launch_presentation": {"document_target": "iframe"},
        LTI + "tool_platform": {
            "guid": str(uuid.uuid5(uuid.NAMESPACE_URL, face.issuer)),
            "name": "LMS luyện tập",
        },
        LTI + "custom": _custom(face, launch),
        AGS_CLAIM: {
            "scope": [LINEITEM_READONLY, RESULT_READONLY, SCORE],
            "lineitems": f"{service}/lti-ags",
            "lineitem": f"{service}/lti-ags/1",
        },
        NRPS_CLAIM: {"context_memberships_url": f"{service}/memberships", "service_versions": ["2.0"]},
    }


def _custom(face: Face, launch: Launch) -> dict[str, str]:
    # A deep-linked item's custom parameters replace the block's own; standard $Person… variables are not substituted.
    found = launch.item.get("custom", {}) if launch.item is not None else OPENEDX_CUSTOM
    if not face.option("xapi_actor"):
        found = {name: value for name, value in found.items() if value != "${xapi_actor}"}
    return {
        name: re.sub(r"\$\{xapi_actor\}", launch.person.xapi_id, str(value)) for name, value in found.items()
    }


def _deep_linking(face: Face) -> dict[str, Any]:
    return {
        DEEP_LINKING + "deep_linking_settings": {
            "accept_types": ["ltiResourceLink", "link", "html", "image"],
            "accept_presentation_document_targets": ["iframe", "window", "embed"],
            "accept_multiple": True,
            "auto_create": True,
            "title": "",
            "text": "",
            "deep_link_return_url": f"{face.issuer}{CONSUMER}/lti-dl/response",
        }
    }
