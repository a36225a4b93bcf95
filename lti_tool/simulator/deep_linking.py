"""What comes back from the tool's deep-linking dialogue, and what each host makes of it."""

import json
import sqlite3
from typing import Any, Final

import jwt
from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.simulator import web
from lti_tool.simulator.face import Face
from lti_tool.simulator.paths import CONSUMER
from lti_tool.simulator.people import Role
from lti_tool.simulator.seed import place
from lti_tool.simulator.toolkeys import NoSuchKey
from lti_tool.simulator.vocabulary import DEEP_LINKING, LTI

OPENEDX_TYPES: Final = frozenset({"ltiResourceLink", "link", "html", "image"})


class Refused(Exception):
    """Why the response is not taken."""


def create_blueprint(face: Face) -> Blueprint:
    """Moodle's `contentitem_return.php` or Open edX's `lti-dl/response`."""
    routes = Blueprint(f"{face.key}_deep_linking", __name__, url_prefix=f"/{face.key}")
    path = "/mod/lti/contentitem_return.php" if face.is_moodle else f"{CONSUMER}/lti-dl/response"
    routes.post(path)(lambda: _respond(face))
    return routes


def _respond(face: Face) -> AnyResponse | str:
    who = web.person(face)
    if who is None or who.role is Role.LEARNER:
        return Response(render_template("practice/error.html", message="access denied"), status=403)
    try:
        claims = _claims(face, _tool(face))
        items = claims.get(DEEP_LINKING + "content_items", [])
        titles = _place_on_moodle(face, items) if face.is_moodle else _replace_on_openedx(face, items)
    except Refused as refused:
        return Response(render_template("practice/error.html", message=str(refused)), status=400)
    message = claims.get(DEEP_LINKING + "msg", "") or claims.get(DEEP_LINKING + "errormsg", "")
    return render_template("practice/placed.html", face=face, titles=titles, message=message)


def _tool(face: Face) -> sqlite3.Row:
    wanted = request.args.get("id", "1")
    tool = face.store.one("SELECT * FROM tool WHERE id = ? AND state = 'active'", wanted)
    if tool is None or (face.is_moodle and request.args.get("sesskey") != web.sesskey()):
        raise Refused("Invalid request")
    return tool


def _claims(face: Face, tool: sqlite3.Row) -> dict[str, Any]:
    """LTI Deep Linking 2.0, 3.4.7: signed by the tool, from it, for this platform and deployment."""
    token = request.form.get("JWT", "")
    try:
        claims = face.tool_keys.read(tool["jwks_url"], token, audience=face.issuer)
    except (jwt.PyJWTError, NoSuchKey) as error:
        raise Refused(f"JWT: {error}") from error
    expected = {
        "iss": tool["client_id"],
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        LTI + "deployment_id": str(tool["id"]) if face.is_moodle else "1",
    }
    for name, value in expected.items():
        if claims.get(name) != value:
            raise Refused(f"{name}: {claims.get(name)!r} instead of {value!r}")
    if not claims.get("nonce"):
        raise Refused("nonce is missing")
    return claims


def _place_on_moodle(face: Face, items: list[dict[str, Any]]) -> list[str]:
    """One activity for each item, all in one section; no duplicate is noticed."""
    tool = _tool(face)
    if any(item.get("type") != "ltiResourceLink" or "url" in item for item in items):
        raise Refused("Invalid request")  # measured: a link with its own url fails
    with face.store.transaction():
        for item in items:
            line = item.get("lineItem", {})
            # Used: title, text, custom, scoreMaximum, resourceId, tag, submissionReview. Ignored: label, available …
            place(
                face,
                tool["id"],
                item.get("title") or tool["name"],
                text=item.get("text", ""),
                custom=item.get("custom", {}),
                maximum=float(line.get("scoreMaximum", 100)),
                resource_id=line.get("resourceId", ""),
                tag=line.get("tag", ""),
                review=_review(line.get("submissionReview")),
            )
    return [str(item.get("title", "")) for item in items]


def _review(asked: dict[str, Any] | None) -> dict[str, object] | None:
    return None if asked is None else {"custom": asked.get("custom", {})}


def _replace_on_openedx(face: Face, items: list[dict[str, Any]]) -> list[str]:
    """Each response replaces the earlier set; `lineItem` creates nothing."""
    if any(item.get("type") not in OPENEDX_TYPES for item in items):
        raise Refused("The selected content type is not supported by Open edX.")
    with face.store.transaction():
        face.store.run("DELETE FROM content_item")
        for item in items:
            face.store.run(
                "INSERT INTO content_item (type, attributes) VALUES (?, ?)", item["type"], json.dumps(item)
            )
    return [str(item.get("title", "")) for item in items]
