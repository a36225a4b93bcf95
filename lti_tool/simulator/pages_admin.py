"""The administrator's page: tools, Dynamic Registration, the xAPI sender and the host's switches."""

import json
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from lti_tool.simulator import outbox, registration, web
from lti_tool.simulator.config import OPTIONS
from lti_tool.simulator.face import Face
from lti_tool.simulator.pages_course import signed_in
from lti_tool.simulator.people import Role
from lti_tool.simulator.seed import place
from lti_tool.simulator.sender import Sender


def create_blueprint(face: Face, sender: Sender) -> Blueprint:
    """`/<face>/admin…`, for the practice administrator."""
    routes = Blueprint(f"{face.key}_admin", __name__, url_prefix=f"/{face.key}/admin")
    routes.get("", endpoint="home")(lambda: _home(face))
    acts: dict[str, Callable[[], Response | str]] = {
        "activate": lambda: _activate(face),
        "list": lambda: _list_tool(face),
        "place": lambda: _place(face),
        "delete": lambda: _delete(face),
        "register": lambda: _register(face),
        "lrs": lambda: _lrs(face),
        "option": lambda: _option(face),
        "send": lambda: _send(face, sender),
        "resend": lambda: _resend(face),
    }
    for name, act in acts.items():
        routes.post(f"/{name}", endpoint=name)(lambda act=act: _guarded(face, act))
    return routes


def _administrator(face: Face) -> None:
    if signed_in(face).role is not Role.ADMINISTRATOR:
        abort(403)


def _guarded(face: Face, act: Callable[[], Response | str]) -> Response | str:
    _administrator(face)
    web.check_csrf()
    return act()


def _home(face: Face) -> str:
    _administrator(face)
    return render_template(
        "practice/admin.html",
        face=face,
        tools=face.store.all("SELECT * FROM tool ORDER BY id"),
        options={name: face.option(name) for name in OPTIONS[face.key]},
        lrs=face.lrs(),
        counts=outbox.counts(face),
        failed=face.store.all("SELECT * FROM outbox WHERE state = 'failed' ORDER BY seq DESC LIMIT 20"),
    )


def _back(face: Face) -> Response:
    return redirect(f"/{face.key}/admin")


def _activate(face: Face) -> Response:
    face.store.run("UPDATE tool SET state = 'active' WHERE id = ?", request.form["tool"])
    return _back(face)


def _list_tool(face: Face) -> Response:
    """Course > More > LTI External tools: only then is the tool in the activity chooser."""
    face.store.run("UPDATE tool SET listed = 1 - listed WHERE id = ?", request.form["tool"])
    return _back(face)


def _place(face: Face) -> Response:
    """Add an activity of the tool without its dialogue."""
    tool = face.store.one("SELECT * FROM tool WHERE id = ? AND state = 'active'", request.form["tool"])
    if tool is None:
        abort(404)
    with face.store.transaction():
        place(face, tool["id"], request.form.get("title") or tool["name"])
    return _back(face)


def _delete(face: Face) -> Response:
    if face.store.one("SELECT 1 FROM activity WHERE tool_id = ?", request.form["tool"]) is None:
        face.store.run("DELETE FROM tool WHERE id = ?", request.form["tool"])
    return _back(face)


def _register(face: Face) -> str:
    """Open the tool's registration address in a frame, as Moodle does."""
    url = request.form.get("url", "").strip()
    if urlsplit(url).scheme not in {"http", "https"} or not face.is_moodle:
        abort(400)
    parameters = urlencode(
        {
            "openid_configuration": f"{face.issuer}/mod/lti/openid-configuration.php",
            "registration_token": registration.begin(face, request.form.get("client_id") or None),
        }
    )
    source = f"{url}{'&' if '?' in url else '?'}{parameters}"
    return render_template("practice/register.html", face=face, source=source)


def _lrs(face: Face) -> Response:
    face.store.set(
        "lrs", {name: request.form.get(name, "").strip() for name in ("endpoint", "key", "secret")}
    )
    return _back(face)


def _option(face: Face) -> Response:
    try:
        face.set_option(request.form["name"], json.loads(request.form["value"]))
    except ValueError:
        abort(400)
    return _back(face)


def _send(face: Face, sender: Sender) -> Response:
    sender.run_once()
    return _back(face)


def _resend(face: Face) -> Response:
    outbox.resend(face)
    return _back(face)
