"""Statements in the shape that logstore_xapi 5.0.1 gives them: no id, whole seconds, no objectType on the actor.

`context.registration` is missing here: the sender adds it, because Moodle makes it from the session of the sending run.
"""

from datetime import UTC, datetime
from typing import Any, Final

from lti_tool.simulator.course import Topic
from lti_tool.simulator.face import Face
from lti_tool.simulator.moodle_custom import CONTEXT_SOURCEDID, CONTEXT_TITLE
from lti_tool.simulator.moodle_urls import course_url, module_url
from lti_tool.simulator.people import Person
from lti_tool.simulator.vocabulary import COMPLETED, LOGGED_IN, STARTED, UNCOMPLETED, VIEWED

EXTERNAL_ID: Final = "https://w3id.org/learning-analytics/learning-management-system/external-id"
_INFO: Final = "http://lrs.learninglocker.net/define/extensions/info"
_DISPLAY: Final = {
    COMPLETED: "Completed",
    UNCOMPLETED: "Uncompleted",
    VIEWED: "Viewed",
    STARTED: "Started",
    LOGGED_IN: "Logged In",
}
_TYPES: Final = {
    "page": "https://w3id.org/xapi/acrossx/activities/page",
    "quiz": "http://adlnet.gov/expapi/activities/assessment",
    "lti": "http://adlnet.gov/expapi/activities/media",
}
Statement = dict[str, Any]


def statement(
    face: Face,
    person: Person,
    verb: str,
    target: Statement,
    event: str,
    *,
    parents: list[Statement] | None = None,
    site_category: bool = True,
    result: Statement | None = None,
) -> Statement:
    """One statement of `person` about `target`; `event` is Moodle's own name of what happened."""
    info = {
        "http://moodle.org": "4.5.5+ (Build: 20250613)",
        "https://github.com/xAPI-vle/moodle-logstore_xapi": "5.0.1",
        "event_name": event,
        "event_function": "\\src\\transformer\\events" + event.replace("\\event\\", "\\"),
    }
    context: Statement = {"platform": "Moodle", "language": "vi", "extensions": {_INFO: info}}
    activities = {"parent": parents} if parents else {}
    if site_category:
        activities["category"] = [site(face)]
    if activities:
        context["contextActivities"] = activities
    found: Statement = {
        "context": context,
        "timestamp": datetime.fromtimestamp(int(face.seconds()), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "actor": actor(face, person),
        "verb": {"id": verb, "display": {"en": _DISPLAY[verb]}},
        "object": target,
    }
    return found | ({"result": result} if result else {})


def actor(face: Face, person: Person) -> Statement:
    """By default (homePage, name) = (site URL, user id) = (iss, sub) of a launch."""
    form = face.option("actor")
    if form == "mbox":
        return {"name": person.display_name, "mbox": f"mailto:{person.email}"}
    name = person.key if form == "username" else person.moodle_id
    return {"name": person.display_name, "account": {"homePage": face.issuer, "name": name}}


def _activity(identifier: str, kind: str, name: str) -> Statement:
    return {"objectType": "Activity", "id": identifier, "definition": {"type": kind, "name": {"vi": name}}}


def site(face: Face) -> Statement:
    return _activity(face.issuer, "http://id.tincanapi.com/activitytype/lms", "LMS luyện tập (mặt Moodle)")


def course(face: Face) -> Statement:
    found = _activity(course_url(face), "https://w3id.org/xapi/cmi5/activitytype/course", CONTEXT_TITLE)
    return _with_idnumber(face, found, CONTEXT_SOURCEDID)


def module(face: Face, kind: str, cmid: int, name: str, idnumber: str = "") -> Statement:
    """A course module: its id holds only the cmid; `sendidnumber` adds the idnumber, empty ones too."""
    return _with_idnumber(face, _activity(module_url(face, kind, cmid), _TYPES[kind], name), idnumber)


def _with_idnumber(face: Face, found: Statement, idnumber: str) -> Statement:
    if face.option("sendidnumber"):
        found["definition"]["extensions"] = {EXTERNAL_ID: idnumber}
    return found


def page(face: Face, topic: Topic) -> Statement:
    return module(face, "page", topic.page_cmid, f"Chuyên đề {topic.number}: {topic.title}", topic.key)


def quiz(face: Face, topic: Topic) -> Statement:
    return module(
        face, "quiz", topic.quiz_cmid, f"Kiểm tra {topic.number}: {topic.title}", f"{topic.key}-quiz"
    )


def attempt(face: Face, topic: Topic, number: int) -> Statement:
    identifier = f"{face.issuer}/mod/quiz/attempt.php?attempt={number}&cmid={topic.quiz_cmid}"
    name = f"Kiểm tra {topic.number}: {topic.title} Attempt {number}"
    return _activity(identifier, "http://adlnet.gov/expapi/activities/attempt", name)


def parents(face: Face, section: int) -> list[Statement]:
    """The section and the course, as every statement about a module carries them."""
    identifier = f"{face.issuer}/course/section.php?id={87 + section}"
    kind = "http://id.tincanapi.com/activitytype/section"
    return [_activity(identifier, kind, f"{CONTEXT_TITLE} Section {section}"), course(face)]
