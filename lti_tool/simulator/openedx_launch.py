"""Open edX's side of a launch: the block in its unit and the launch gate."""

import json
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.simulator import launches, web
from lti_tool.simulator.face import Face
from lti_tool.simulator.launches import DEEP_LINKING_REQUEST, RESOURCE_LINK, Launch
from lti_tool.simulator.openedx_claims import claims, hint
from lti_tool.simulator.paths import OPENEDX_BLOCK
from lti_tool.simulator.people import Person, Role
from lti_tool.simulator.seed import first_activity

CACHED: Final = 600  # seconds a launch's data stay in the cache: until then the gate answers to anybody who knows the hint


def create_blueprint(face: Face) -> Blueprint:
    """`/xblock/<usage key>` and `/api/lti_consumer/v1/launch/` of the Open edX face."""
    routes = Blueprint("openedx_launch", __name__, url_prefix=f"/{face.key}")
    routes.get("/xblock/<path:usage>", endpoint="block")(lambda usage: _block(face, usage))
    routes.route("/api/lti_consumer/v1/launch/", methods=["GET", "POST"], endpoint="gate")(
        lambda: _gate(face)
    )
    return routes


def initiation_url(
    face: Face,
    person: Person,
    browser: str,
    *,
    message: str = RESOURCE_LINK,
    item: dict[str, Any] | None = None,
) -> str:
    """The address of the tool's login with the parameters of a new launch: Open edX begins by GET."""
    activity = first_activity(face)
    if activity is None:
        abort(404)
    tool = face.store.one("SELECT * FROM tool WHERE id = ?", activity["tool_id"])
    if tool is None:
        abort(404)
    identifier = launches.begin(
        face,
        identifier=hint(person.lti_id, message),
        person=person,
        browser=browser,
        tool_id=tool["id"],
        activity_id=activity["id"],
        message=message,
        item=item,
    )
    parameters = {
        "iss": face.issuer,
        "client_id": tool["client_id"],
        "lti_deployment_id": "1",
        "target_link_uri": tool["target_url"],
        "login_hint": person.lti_id,
        "lti_message_hint": identifier,
    }
    return f"{tool['login_url']}?{urlencode(parameters)}"


def _block(face: Face, usage: str) -> AnyResponse | str:
    who = web.person(face)
    if who is None:
        return redirect(f"/{face.key}/")
    if usage != OPENEDX_BLOCK:  # a topic's own block: shown inside the course page here
        return redirect(f"/{face.key}/jump_to/{usage}")
    deep = request.args.get("deep_linking") == "1"
    if deep and who.role is Role.LEARNER:
        abort(403)
    items = face.store.all("SELECT * FROM content_item WHERE type = 'ltiResourceLink' ORDER BY id")
    chosen = face.store.one("SELECT * FROM content_item WHERE id = ?", request.args.get("item", ""))
    target = initiation_url(
        face,
        who,
        web.browser(),
        message=DEEP_LINKING_REQUEST if deep else RESOURCE_LINK,
        item=json.loads(chosen["attributes"]) if chosen else None,
    )
    shown = [(item["id"], json.loads(item["attributes"]).get("title", "")) for item in items]
    return render_template(
        "practice/block.html", face=face, usage=usage, target=target, items=shown, deep=deep
    )


def _gate(face: Face) -> AnyResponse | str:
    """Neither the LMS session nor login_hint is looked at: whoever knows the hint gets the id_token."""
    given = request.values
    for name in ("lti_message_hint", "login_hint"):
        if not given.get(name):
            return _error(f"The {name} is missing or empty.")
    launch = launches.find(face, given["lti_message_hint"])
    if launch is None or face.seconds() - launch.created > CACHED:
        hinted = given["lti_message_hint"]
        return _error(f"Unable to find record of an OIDC launch for the provided lti_message_hint: {hinted}")
    problem = _preflight(launch)
    if problem:
        return _error(f"Error preparing LTI 1.3 launch for resource: {problem}")
    fields = {
        "state": given.get("state", ""),
        "id_token": face.signing.sign(claims(face, launch, given.get("nonce", ""))),
    }
    return render_template("practice/submit.html", action=given["redirect_uri"], fields=fields)


def _preflight(launch: Launch) -> str | None:
    given = request.values
    if given.get("response_type") != "id_token" or given.get("scope") != "openid":
        return "The preflight response is not valid"
    if given.get("client_id") != launch.tool["client_id"]:
        return "The client_id is not ours"
    # Exact match, no query string.
    if given.get("redirect_uri") not in json.loads(launch.tool["redirect_uris"]):
        return "The redirect_uri is not registered"
    return None


def _error(message: str) -> Response:
    return Response(render_template("practice/error.html", message=message), status=400)
