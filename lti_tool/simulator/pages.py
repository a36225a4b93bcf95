"""The front door: which face, who am I, which language."""

from flask import Blueprint, abort, redirect, render_template, request, session
from werkzeug.wrappers import Response

from lti_tool.simulator import events, web
from lti_tool.simulator.face import Face
from lti_tool.simulator.pages_course import course_path


def create_blueprint(faces: dict[str, Face]) -> Blueprint:
    """`/`, `/language`, and per face the list of people, sign-in and sign-out."""
    routes = Blueprint("pages", __name__)
    routes.get("/")(lambda: render_template("practice/index.html", faces=faces.values()))
    routes.post("/language", endpoint="language")(_language)
    for face in faces.values():
        _add(routes, face)
    return routes


def _add(routes: Blueprint, face: Face) -> None:
    routes.get(f"/{face.key}/", endpoint=f"{face.key}_people")(
        lambda: render_template("practice/people.html", face=face, people=face.people)
    )
    routes.post(f"/{face.key}/sign-in", endpoint=f"{face.key}_sign_in")(lambda: _sign_in(face))
    routes.post(f"/{face.key}/sign-out", endpoint=f"{face.key}_sign_out")(lambda: _sign_out(face))


def _sign_in(face: Face) -> Response:
    web.check_csrf()
    person = face.people.find(request.form.get("person"))
    if person is None:
        abort(404)
    session[face.key] = person.key
    web.browser()
    events.signed_in(face, person)
    return redirect(course_path(face))


def _sign_out(face: Face) -> Response:
    web.check_csrf()
    session.pop(face.key, None)
    # A new session name: launches begun before are not for whoever comes next at this computer.
    session.pop("browser", None)
    return redirect(f"/{face.key}/")


def _language() -> Response:
    web.check_csrf()
    session["language"] = "en" if request.form.get("language") == "en" else "vi"
    return redirect(request.form.get("back", "/") if request.form.get("back", "/").startswith("/") else "/")
