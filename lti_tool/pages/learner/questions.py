"""Learn by asking: the form, and the learner's own questions with their numbers, states and answers."""

import secrets
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.coaching import desk
from lti_tool.pages.launched import programme_language
from lti_tool.pages.learner.entry import Visit, page, programme_of, visit
from lti_tool.pages.learner.services import Services


def add(blueprint: Blueprint, services: Services) -> None:
    """Register `questions` and `ask`."""

    @blueprint.get("/questions")
    def questions(launch_id: str) -> str:
        seen = visit(services, launch_id)
        topic = request.args.get("topic", "")
        with services.database.reading() as connection:
            unread = any(question.unread for question in desk.of_learner(connection, seen.learner_id))
        shown = _page(services, seen, text="", topic=topic, refused=None, token=secrets.token_urlsafe(16))
        # What this page shows is read from now on; it was rendered before, so that it still marks what is new.
        if unread:
            with services.database.transaction() as connection:
                desk.mark_seen(connection, seen.learner_id, seen.now)
        return shown

    @blueprint.post("/questions")
    def ask(launch_id: str) -> AnyResponse | tuple[str, int]:
        seen = visit(services, launch_id)
        text, topic = request.form.get("text", ""), request.form.get("topic", "")
        token = request.form.get("token", "")[:64] or secrets.token_urlsafe(16)
        try:
            with services.database.transaction() as connection:
                programme = programme_of(services, connection, seen)
                asked = desk.ask(
                    connection,
                    learner_id=seen.learner_id,
                    programme_key=programme.key,
                    topic=topic if programme.topic(topic) else None,
                    text=text,
                    language=seen.language,
                    token=token,
                    now=seen.now,
                )
        except desk.DeskRefused as refused:
            return _page(services, seen, text=text, topic=topic, refused=refused, token=token), 422
        target = url_for("learner.questions", launch_id=launch_id, asked=asked.number)
        return redirect(target, 303)


def _page(services: Services, seen: Visit, **values: Any) -> str:
    with services.database.reading() as connection:
        programme = programme_of(services, connection, seen)
        mine = desk.of_learner(connection, seen.learner_id)
    language = programme_language(programme, seen.language)
    titles = {topic.key: (topic.number, topic.titles[language]) for topic in programme.topics}
    asked = request.args.get("asked", "")
    return page(
        services,
        seen,
        "learner/questions.html",
        programme=programme,
        questions=mine,
        titles=titles,
        asked=next((question.number for question in mine if question.number == asked), None),
        longest=desk.LONGEST,
        **values,
    )
