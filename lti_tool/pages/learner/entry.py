"""Who is looking, at which programme, in which language: the same for every page of a launch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from flask import g, render_template, url_for
from sqlalchemy import Connection

from certificates.certificate import Certificate
from lti_tool.base.errors import Problem
from lti_tool.base.sessions import LaunchSession
from lti_tool.coaching import desk
from lti_tool.coaching.practice_log import practised
from lti_tool.pages.launched import around, chosen_language, needed, programme_language
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


def programme_of(services: Services, connection: Connection, seen: Visit) -> Programme:
    """The launch's programme; Problem 404 that says what to do while none is loaded."""
    return needed(services.programme_of(connection, seen.session))


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


def page(services: Services, seen: Visit, template: str, *, programme: Programme, **values: Any) -> str:
    """Renders a learner's page with what every one of them shows around its content."""
    moments = Moments(seen.language, programme.window.opens.tzinfo)
    return render_template(
        template,
        csrf=services.sessions.token(seen.session.id),
        moments=moments,
        words=Words(services.texts, seen.language, moments),
        home_url=url_for("learner.home", launch_id=seen.session.id),
        keeping=_keeping(services, seen),
        **around(seen.session, programme, seen.language, services.course_url(seen.session)),
        **values,
    )


def _keeping(services: Services, seen: Visit) -> dict[str, str]:
    """What `static/practice.js` works with. `who` keeps people at one computer apart and says nothing about anybody."""
    return {
        "who": str(uuid5(NAMESPACE_URL, f"{services.base_url}/kept/{seen.learner_id}")),
        "base": url_for("learner.practice", launch_id=seen.session.id),
        "activities": f"{services.base_url}/practice",
    }
