"""Moodle's side of a launch: the activity page, the login initiation, the authorisation endpoint, the way back."""

import json

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.simulator import events, launches, web
from lti_tool.simulator.face import Face
from lti_tool.simulator.launches import DEEP_LINKING_REQUEST, Launch
from lti_tool.simulator.moodle_claims import claims
from lti_tool.simulator.people import Role


def create_blueprint(face: Face) -> Blueprint:
    """`/mod/lti/view.php`, `launch.php`, `contentitem.php`, `auth.php`, `return.php` of the Moodle face."""
    routes = Blueprint("moodle_launch", __name__, url_prefix=f"/{face.key}/mod/lti")
    routes.get("/view.php")(lambda: _view(face))
    routes.get("/launch.php", endpoint="launch")(lambda: _launch(face))
    routes.get("/dialogue.php", endpoint="dialogue")(lambda: _dialogue(face))
    routes.get("/contentitem.php", endpoint="contentitem")(lambda: _content_item(face))
    routes.route("/auth.php", methods=["GET", "POST"], endpoint="auth")(lambda: _auth(face))
    routes.get("/return.php", endpoint="return")(lambda: _return(face))
    return routes


def _view(face: Face) -> AnyResponse | str:
    who = web.person(face)
    if who is None:
        return redirect(f"/{face.key}/")
    column = "id" if "l" in request.args else "cmid"
    wanted = request.args.get("l") or request.args.get("id", "")
    activity = face.store.one(f"SELECT * FROM activity WHERE {column} = ?", wanted)  # noqa: S608 -- one of two names of ours
    if activity is None:
        abort(404)
    events.tool_viewed(face, who, activity)
    source = f"/{face.key}/mod/lti/launch.php?id={activity['cmid']}"
    if web.is_phone():
        # On a phone Moodle replaces the whole window, whatever was chosen, and shows no menu of its own.
        return redirect(source + "&container=frame")
    return render_template("practice/activity.html", face=face, activity=activity, source=source)


def _launch(face: Face) -> AnyResponse | str:
    who = web.person(face)
    activity = face.store.one("SELECT * FROM activity WHERE cmid = ?", request.args.get("id", ""))
    if who is None or activity is None:
        return redirect(f"/{face.key}/")
    container = request.args.get("container", "iframe")
    launch_id = launches.begin(
        face,
        person=who,
        browser=web.browser(),
        tool_id=activity["tool_id"],
        activity_id=activity["id"],
        container=container if container in {"iframe", "window", "frame"} else "iframe",
    )
    return _initiate(face, launch_id, activity["cmid"])


def _dialogue(face: Face) -> str:
    """The form where a teacher presses "Select content": the tool opens in a frame of it."""
    tool = face.store.one("SELECT * FROM tool WHERE id = ? AND state = 'active'", request.args.get("id", ""))
    if tool is None:
        abort(404)
    source = f"/{face.key}/mod/lti/contentitem.php?id={tool['id']}"
    return render_template("practice/dialogue.html", face=face, tool=tool, source=source)


def _content_item(face: Face) -> AnyResponse | str:
    who = web.person(face)
    tool = face.store.one("SELECT * FROM tool WHERE id = ? AND state = 'active'", request.args.get("id", ""))
    if who is None or who.role is Role.LEARNER or tool is None:
        abort(403)
    launch_id = launches.begin(
        face,
        person=who,
        browser=web.browser(),
        tool_id=tool["id"],
        activity_id=None,
        message=DEEP_LINKING_REQUEST,
    )
    return _initiate(face, launch_id, 0)


def _initiate(face: Face, launch_id: str, cmid: int) -> AnyResponse | str:
    launch = launches.find(face, launch_id)
    if launch is None or launch.tool["state"] != "active":
        abort(404)
    deep = launch.message == DEEP_LINKING_REQUEST
    fields = {
        "iss": face.issuer,
        "target_link_uri": launch.tool["deep_link_url" if deep else "target_url"],
        "login_hint": launch.person.moodle_id,
        "lti_message_hint": json.dumps({"cmid": cmid, "launchid": launch_id}, separators=(",", ":")),
        "client_id": launch.tool["client_id"],
        "lti_deployment_id": str(launch.tool["id"]),
    }
    return render_template("practice/submit.html", action=launch.tool["login_url"], fields=fields)


def _auth(face: Face) -> AnyResponse | str:
    if web.person(face) is None and not request.form.get("repost"):
        # The session cookie did not come with a POST from another site: Moodle posts to itself once more.
        fields = request.values.to_dict() | {"repost": "1"}
        return render_template("practice/submit.html", action=request.path, fields=fields)
    launch = _launch_of_hint(face)
    if launch is None:
        abort(404, "invalidrequest")
    if request.values.get("redirect_uri") not in json.loads(launch.tool["redirect_uris"]):
        abort(404, "invalidrequest")
    launches.use_up(face, launch.id)
    error = _refusal(face, launch)
    fields = {"error": error} if error else {"id_token": _token(face, launch)}
    fields["state"] = request.values.get("state", "")
    return render_template("practice/submit.html", action=request.values["redirect_uri"], fields=fields)


def _launch_of_hint(face: Face) -> Launch | None:
    try:
        hint = json.loads(request.values.get("lti_message_hint", ""))
        launch = launches.find(face, str(hint["launchid"]))
    except (ValueError, KeyError, TypeError):
        return None
    # The launch id lies in the session of the browser that began it.
    return launch if launch is not None and launch.browser == web.browser() else None


def _refusal(face: Face, launch: Launch) -> str | None:
    given = request.values
    who = web.person(face)
    checks = {
        "invalid_request": bool(given.get("nonce")) and given.get("response_mode") == "form_post",
        "invalid_scope": given.get("scope") == "openid",
        "unsupported_response_type": given.get("response_type") == "id_token",
        "unauthorized_client": given.get("client_id") == launch.tool["client_id"],
        "access_denied": who == launch.person and given.get("login_hint") == launch.person.moodle_id,
    }
    if given.get("prompt", "none") != "none":
        return "invalid_request"
    return next((error for error, passed in checks.items() if not passed), None)


def _token(face: Face, launch: Launch) -> str:
    return face.signing.sign(claims(face, launch, request.values["nonce"], web.sesskey()))


def _return(face: Face) -> Response:
    """To the course, out of every frame, with the tool's message."""
    page = render_template(
        "practice/return.html",
        course=f"/{face.key}/course/view.php?id=7",
        message=request.args.get("lti_msg", ""),
        error=request.args.get("lti_errormsg", ""),
        face=face,
    )
    return Response(page)
