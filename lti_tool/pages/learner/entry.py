"""Who is looking, at which programme, in which language: the same for every page of a launch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from sqlalchemy import Connection

from certificates.certificate import Certificate
from lti_tool.base.errors import Problem
from lti_tool.base.sessions import LaunchSession
from lti_tool.base.texts import LANGUAGES
from lti_tool.coaching import desk
from lti_tool.coaching.practice_log import practised
from lti_tool.pages.learner.services import Services
from lti_tool.pages.learner.view import Desk, LearnerView, build
from lti_tool.pages.learner.words import Words
from lti_tool.pages.moments import Moments
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one learner."""

    session: LaunchSession
    learner_id: str
    language: str
    now: datetime


def visit(services: Services, launch_id: str) -> Visit:
    """The visit, with the page's language set; Problem 403 for a launch that is not this browser's or not a learner's."""
    session = services.sessions.enter(launch_id)
    if session.learner_id is None or session.view != "learner":
        raise Problem(403, "LRN-01", "errors.other_view", detail="the launch was not a learner's")
    g.language = chosen_language(session.language)
    return Visit(session, session.learner_id, g.language, services.clock())


def chosen_language(launched: str) -> str:
    """The language asked for by the switch, else the launch's."""
    wish = request.args.get("lang", "")
    return wish if wish in LANGUAGES else launched


def keep_language(blueprint: Blueprint) -> None:
    """Links of a page whose language was switched keep it: nothing is stored, so two tabs may differ."""

    @blueprint.url_defaults
    def add(endpoint: str, values: dict[str, Any]) -> None:  # noqa: ARG001 - Flask's signature
        if request and request.args.get("lang") in LANGUAGES:
            values.setdefault("lang", request.args["lang"])


def programme_of(services: Services, connection: Connection, seen: Visit) -> Programme:
    """The launch's programme; Problem 404 that says what to do while none is loaded."""
    found = services.programme_of(connection, seen.session)
    if found is None:
        raise Problem(404, "LRN-02", "errors.no_programme", detail="no programme is loaded for this launch")
    return found


def certificate_of(services: Services, connection: Connection, seen: Visit) -> Certificate | None:
    return services.certificate_of(connection, seen.learner_id, programme_of(services, connection, seen))


def view_of(services: Services, connection: Connection, seen: Visit, programme: Programme) -> LearnerView:
    """Reads everything the learner's page says."""
    standing = services.standing_of(connection, seen.learner_id, programme, seen.now)
    questions = desk.of_learner(connection, seen.learner_id)
    return build(
        programme,
        standing.states,
        standing.outcome,
        certificate=services.certificate_of(connection, seen.learner_id, programme),
        person=services.person_of(connection, seen.learner_id),
        desk=Desk(len(questions), sum(question.unread for question in questions)),
        practised=practised(connection, seen.learner_id, services.practice),
        base_url=services.base_url,
        language=programme_language(programme, seen.language),
        now=seen.now,
    )


def programme_language(programme: Programme, wish: str) -> str:
    """The page's language where the programme is written in it, else the programme's own."""
    return wish if wish in programme.languages else programme.languages[0]


def page(services: Services, seen: Visit, template: str, *, programme: Programme, **values: Any) -> str:
    """Renders a learner's page with what every one of them shows around its content."""
    moments = Moments(seen.language, programme.window.opens.tzinfo)
    return render_template(
        template,
        launch_id=seen.session.id,
        csrf=services.sessions.token(seen.session.id),
        moments=moments,
        words=Words(services.texts, seen.language, moments),
        programme=programme,
        programme_title=programme.titles[programme_language(programme, seen.language)],
        rehearsal=programme.rehearsal,
        support=programme.support,
        support_hours=programme.support.hours.get(seen.language, ""),
        back_url=services.course_url(seen.session),
        home_url=url_for("learner.home", launch_id=seen.session.id),
        tongues=tongues(seen.language),
        **values,
    )


def tongues(current: str) -> list[tuple[str, str]]:
    """The other languages of this very page: (code, link)."""
    arguments = dict(request.view_args or {})
    return [
        (code, url_for(str(request.endpoint), **{**arguments, "lang": code}))
        for code in LANGUAGES
        if code != current
    ]
