"""What a Moodle logs when people do things, and the statements each event becomes."""

import sqlite3
from typing import Final

from lti_tool.simulator import moodle_statements as shapes
from lti_tool.simulator.completion import mark, state
from lti_tool.simulator.course import Topic
from lti_tool.simulator.face import Face
from lti_tool.simulator.moodle_statements import Statement
from lti_tool.simulator.outbox import put
from lti_tool.simulator.people import Person
from lti_tool.simulator.vocabulary import COMPLETED, LOGGED_IN, STARTED, UNCOMPLETED, VIEWED

COMPLETION_UPDATED: Final = "\\core\\event\\course_module_completion_updated"
PASS_MARK: Final = 0.5
DONE, PASSED, FAILED = 1, 2, 3  # Moodle's completion states


def signed_in(face: Face, person: Person) -> None:
    event = "\\core\\event\\user_loggedin"
    put(
        face,
        person,
        event,
        [shapes.statement(face, person, LOGGED_IN, shapes.site(face), event, site_category=False)],
    )
    # Events the plugin has no transformer for become no statement: a batch of them alone posts `[]`.
    put(face, person, "\\core\\event\\dashboard_viewed", [])


def course_viewed(face: Face, person: Person) -> None:
    event = "\\core\\event\\course_viewed"
    put(face, person, event, [shapes.statement(face, person, VIEWED, shapes.course(face), event)])


def complete(face: Face, person: Person, topic: Topic) -> None:
    """Done by viewing: the first view logs `uncompleted`, then `completed`, in the same second (3 of 3 measured)."""
    first = state(face, person, topic.key) is None
    if first:
        _module_viewed(face, person, "page", shapes.page(face, topic), topic.number)
        _completion(face, person, shapes.page(face, topic), topic.number, 0)
    _completion(face, person, shapes.page(face, topic), topic.number, DONE)
    mark(face, person, topic.key, DONE)


def uncomplete(face: Face, person: Person, topic: Topic) -> None:
    """Unticked by hand."""
    _completion(face, person, shapes.page(face, topic), topic.number, 0)
    mark(face, person, topic.key, 0)


def quiz(face: Face, person: Person, topic: Topic, scaled: float) -> None:
    """An attempt: started, submitted with its score, then the module's completion as passed or failed."""
    number = face.store.run(
        "INSERT INTO attempt (person, topic, scaled, at) VALUES (?, ?, ?, ?)",
        person.key,
        topic.key,
        scaled,
        face.seconds(),
    )
    passed = scaled >= PASS_MARK
    parents = [shapes.quiz(face, topic), *shapes.parents(face, topic.number)]
    target = shapes.attempt(face, topic, number)
    score = {"raw": scaled * 10, "min": 0, "max": 10, "scaled": scaled}
    result = {"score": score, "completion": True, "success": passed, "duration": "PT4S"}
    for verb, name, outcome in (
        (STARTED, "\\mod_quiz\\event\\attempt_started", None),
        (COMPLETED, "\\mod_quiz\\event\\attempt_submitted", result),
    ):
        put(
            face,
            person,
            name,
            [shapes.statement(face, person, verb, target, name, parents=parents, result=outcome)],
        )
    _completion(face, person, shapes.quiz(face, topic), topic.number, PASSED if passed else FAILED)
    mark(face, person, f"quiz:{topic.key}", PASSED if passed else FAILED)


def tool_viewed(face: Face, person: Person, activity: sqlite3.Row) -> None:
    target = shapes.module(face, "lti", activity["cmid"], activity["title"])
    _module_viewed(face, person, "lti", target, len(face.topics))


def tool_graded(face: Face, person: Person, activity: sqlite3.Row, share: float | None) -> None:
    """A grade completes the activity ("receive a grade"; any grade where no pass grade is set), clearing un-completes it."""
    module, pass_grade = f"lti:{activity['id']}", face.option("pass_grade")
    reached = 0 if share is None else DONE
    if share is not None and pass_grade is not None:
        reached = PASSED if share >= pass_grade else FAILED
    if (state(face, person, module) or 0) == reached:
        return
    target = shapes.module(face, "lti", activity["cmid"], activity["title"])
    _completion(face, person, target, len(face.topics), reached)
    mark(face, person, module, reached)
    if reached in {DONE, PASSED} and not state(face, person, "course"):
        event = "\\core\\event\\course_completed"
        put(face, person, event, [shapes.statement(face, person, COMPLETED, shapes.course(face), event)])
        mark(face, person, "course", DONE)


def _module_viewed(face: Face, person: Person, kind: str, target: Statement, section: int) -> None:
    event = f"\\mod_{kind}\\event\\course_module_viewed"
    parents = shapes.parents(face, section)
    put(face, person, event, [shapes.statement(face, person, VIEWED, target, event, parents=parents)])


def _completion(face: Face, person: Person, target: Statement, section: int, reached: int) -> None:
    result: Statement | None = {"completion": True} if reached else None
    if result is not None and reached > DONE:
        result["success"] = reached == PASSED  # a failing score is `completed` with success false
    verb = COMPLETED if reached else UNCOMPLETED
    found = shapes.statement(
        face, person, verb, target, COMPLETION_UPDATED, parents=shapes.parents(face, section), result=result
    )
    put(face, person, COMPLETION_UPDATED, [found])
