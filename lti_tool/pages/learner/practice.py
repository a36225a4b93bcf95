"""Do to learn: one question at a time, feedback at once, nothing of it seen by anybody else."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, request, url_for

from lti_tool.base.errors import Problem
from lti_tool.coaching.practice import Option, PracticeSet, Question, in_language
from lti_tool.coaching.practice_log import Answer, practised, save
from lti_tool.pages.launched import programme_language
from lti_tool.pages.learner.entry import Visit, page, programme_of, visit
from lti_tool.pages.learner.fetch import fetch_url
from lti_tool.pages.learner.services import Services

_KEPT = timedelta(days=30)  # as long as static/practice.js keeps what it could not send
_DIGITS = 10  # of thirty days in milliseconds


def add(blueprint: Blueprint, services: Services) -> None:
    """Register `practice`, `question` and `answer`."""

    @blueprint.get("/practice")
    def practice(launch_id: str) -> str:
        seen = visit(services, launch_id)
        with services.database.reading() as connection:
            programme = programme_of(services, connection, seen)
            known = practised(connection, seen.learner_id, services.practice)
        language = programme_language(programme, seen.language)
        topics = [
            (topic, topic.titles[language], known[topic.key], services.practice[topic.key].questions[0].key)
            for topic in programme.topics
            if topic.key in services.practice
        ]
        return page(services, seen, "learner/practice.html", programme=programme, topics=topics)

    @blueprint.get("/practice/<topic>/<key>")
    def question(launch_id: str, topic: str, key: str) -> str:
        seen = visit(services, launch_id)
        one, asked = _found(services, topic, key)
        return _page(services, seen, one, asked, chosen=None, missing=False)

    @blueprint.post("/practice/<topic>/<key>")
    def answer(launch_id: str, topic: str, key: str) -> str | tuple[str, int]:
        seen = visit(services, launch_id)
        one, asked = _found(services, topic, key)
        chosen = asked.option(request.form.get("choice", ""))
        if chosen is None:
            return _page(services, seen, one, asked, chosen=None, missing=True), 422
        attempt = request.form.get("attempt", "")[:64] or secrets.token_urlsafe(12)
        given = Answer(seen.learner_id, asked, chosen.key, attempt)
        with services.database.transaction() as connection:
            save(
                connection,
                given,
                record=services.record,
                base_url=services.base_url,
                language=seen.language,
                now=_answered(request.form.get("ago", ""), seen.now),
            )
        return _page(services, seen, one, asked, chosen=chosen, missing=False)


def _answered(ago: str, now: datetime) -> datetime:
    """When it was answered. `ago`: milliseconds for which the page had to keep the answer; nobody's clock but ours is asked."""
    waited = timedelta(milliseconds=int(ago)) if ago.isdecimal() and len(ago) <= _DIGITS else timedelta()
    return now - waited if waited <= _KEPT else now


def _found(services: Services, topic: str, key: str) -> tuple[PracticeSet, Question]:
    one = services.practice.get(topic)
    asked = one.question(key) if one else None
    if one is None or asked is None:
        raise Problem(404, "LRN-04", "errors.http.404", detail=f"no practice question {topic}/{key}")
    return one, asked


def _page(
    services: Services,
    seen: Visit,
    one: PracticeSet,
    asked: Question,
    *,
    chosen: Option | None,
    missing: bool,
) -> str:
    with services.database.reading() as connection:
        programme = programme_of(services, connection, seen)
    topic = programme.topic(one.topic)
    following = one.after(asked.key)
    values: dict[str, Any] = {
        "topic": topic,
        "topic_title": topic.titles[programme_language(programme, seen.language)] if topic else one.topic,
        "sample": one.sample,
        "question": asked,
        "place": one.questions.index(asked) + 1,
        "total": len(one.questions),
        "chosen": chosen,
        "missing": missing,
        "following_url": _url(seen, one, following) if following else None,
        "attempt": secrets.token_urlsafe(12),
        "fetch_url": fetch_url(services, seen, one.topic),
        "say": lambda words: in_language(words, seen.language),
    }
    return page(services, seen, "learner/question.html", programme=programme, **values)


def _url(seen: Visit, one: PracticeSet, asked: Question) -> str:
    return url_for("learner.question", launch_id=seen.session.id, topic=one.topic, key=asked.key)
