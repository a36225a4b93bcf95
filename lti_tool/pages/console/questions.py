"""Questions of learners: the oldest that waits first, answered once, seen by the learner on their page."""

from flask import abort, request
from sqlalchemy import Connection

from lti_tool.coaching import desk
from lti_tool.coaching.desk import DeskRefused, Question, State
from lti_tool.pages.console import scope
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.people.staff import Right


def register(door: Door) -> None:
    """Add the section."""
    door.page("/questions", Right.QUESTIONS, show)
    door.page("/questions/<number>", Right.QUESTIONS, one)
    door.act("/questions/<number>", Right.QUESTIONS, answer)
    door.act("/questions/<number>/close", Right.QUESTIONS, close)


def show(visit: Visit) -> Page:
    """Questions of one state; those that wait unless another is asked for."""
    wanted = request.args.get("state", State.NEW.value)
    state = State(wanted) if wanted in list(State) else State.NEW
    with visit.bench.database.reading() as connection:
        found = desk.listed(connection, state, after=request.args.get("after"))
        sees = scope.viewer(connection, visit.person)
        seen = [question for question in found if sees(question.learner_id)]
        counts = desk.counts(connection, scope.within(visit.person))
    after = found[-1].number if len(found) == desk.PAGE else None
    return page(
        "questions.html",
        questions=seen,
        counts=counts,
        state=state,
        after=after,
        done=request.args.get("done"),
    )


def one(visit: Visit, number: str) -> Page:
    """One question and the form to answer it."""
    with visit.bench.database.reading() as connection:
        question = _found(connection, visit, number)
    return page("question.html", question=question, done=request.args.get("done"))


def answer(visit: Visit, number: str) -> Page:
    """Write or correct the answer."""
    text = request.form.get("answer", "")
    try:
        with visit.bench.database.transaction() as connection:
            question = _found(connection, visit, number)
            desk.answer(connection, number, text, by=str(visit.person.id), now=visit.now)
            visit.record(connection, "question.answer", f"question:{number}")
    except DeskRefused:
        response = page("question.html", question=question, given=text, error="answer")
        response.status_code = 422
        return response
    return done("questions_show", "question_answered")


def close(visit: Visit, number: str) -> Page:
    """Nothing more is expected."""
    with visit.bench.database.transaction() as connection:
        _found(connection, visit, number)
        desk.close(connection, number, now=visit.now)
        visit.record(connection, "question.close", f"question:{number}")
    return done("questions_show", "question_closed")


def _found(connection: Connection, visit: Visit, number: str) -> Question:
    question = desk.find(connection, number)
    if question is None or not scope.sees(connection, visit.person, question.learner_id):
        abort(404)
    return question
