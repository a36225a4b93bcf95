"""The course page: topics to complete, the tool's activities to open, and the gradebook."""

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from lti_tool.simulator import completion, events, grading, web
from lti_tool.simulator.face import Face
from lti_tool.simulator.paths import OPENEDX_BLOCK, OPENEDX_COURSE
from lti_tool.simulator.people import Person, Role

PASS, FAIL = 1.0, 0.2


def course_path(face: Face) -> str:
    return (
        f"/{face.key}/course/view.php?id=7"
        if face.is_moodle
        else f"/{face.key}/courses/{OPENEDX_COURSE}/course"
    )


def create_blueprint(face: Face) -> Blueprint:
    """Course, topics and gradebook of one face."""
    routes = Blueprint(f"{face.key}_course", __name__, url_prefix=f"/{face.key}")
    rule = "/course/view.php" if face.is_moodle else f"/courses/{OPENEDX_COURSE}/course"
    routes.get(rule, endpoint="course")(lambda: _course(face))
    routes.post("/topic/<key>", endpoint="topic")(lambda key: _topic(face, key))
    routes.get("/grade", endpoint="grade")(lambda: _grade(face))
    for kind, offset in (("page", 100), ("quiz", 200)):
        routes.get(f"/mod/{kind}/view.php", endpoint=kind)(lambda offset=offset: _module(face, offset))
    for path in ("", f"/courses/{OPENEDX_COURSE}"):
        routes.get(f"{path}/jump_to/<path:usage>", endpoint=f"jump_{len(path)}")(
            lambda usage: _jump(face, usage)
        )
    return routes


def signed_in(face: Face) -> Person:
    """Who is signed in, or the list of people to choose from."""
    person = web.person(face)
    if person is None:
        abort(redirect(f"/{face.key}/"))
    return person


def _course(face: Face) -> str:
    person = signed_in(face)
    events.course_viewed(face, person)
    return render_template(
        "practice/course.html",
        face=face,
        person=person,
        states=completion.states(face, person),
        activities=activities(face),
        tools=face.store.all("SELECT * FROM tool WHERE state = 'active' AND listed = 1 ORDER BY id"),
        deep_linking=f"/{face.key}/xblock/{OPENEDX_BLOCK}?deep_linking=1",
    )


def activities(face: Face) -> list[tuple[int, str, str]]:
    """(id, title, address) of the tool's activities in the course."""
    rows = face.store.all("SELECT * FROM activity ORDER BY id")
    if face.is_moodle:
        return [(row["id"], row["title"], f"/{face.key}/mod/lti/view.php?id={row['cmid']}") for row in rows]
    return [(row["id"], row["title"], f"/{face.key}/xblock/{OPENEDX_BLOCK}") for row in rows[:1]]


def _topic(face: Face, key: str) -> Response:
    web.check_csrf()
    person, topic, act = signed_in(face), face.topic(key), request.form.get("act")
    if topic is None or act not in {"complete", "uncomplete", "pass", "fail"}:
        abort(404)
    if act in {"pass", "fail"}:
        events.quiz(face, person, topic, PASS if act == "pass" else FAIL)
    else:
        events.complete(face, person, topic, done=act == "complete")
    return redirect(f"{course_path(face)}#{topic.key}")


def _module(face: Face, offset: int) -> Response:
    """The address that statements and the tool's links name: shown inside the course page here."""
    signed_in(face)
    return redirect(f"{course_path(face)}#cd-{request.args.get('id', 0, type=int) - offset:02d}")


def _jump(face: Face, usage: str) -> Response:
    signed_in(face)
    return redirect(f"{course_path(face)}#{usage.rpartition('@')[2]}")


def _grade(face: Face) -> str:
    """A learner sees their own grade and completion, staff everybody's."""
    person = signed_in(face)
    shown = [person] if person.role is Role.LEARNER else face.people.learners()
    rows = [
        (learner, grading.gradebook(face, learner), completion.states(face, learner)) for learner in shown
    ]
    return render_template("practice/grade.html", face=face, person=person, rows=rows)
