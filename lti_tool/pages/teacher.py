"""A teacher's launch: counts of the course; the people in it only where the programme says so, without evidence, logged.

Practice, questions and hours are not handed to this page at all: what is not here cannot be shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from sqlalchemy import Connection

from lti_tool.base import audit
from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.doors import Audience, declare
from lti_tool.base.errors import Problem
from lti_tool.base.sessions import LaunchSession, Sessions
from lti_tool.base.texts import LANGUAGES
from lti_tool.pages.collation import name_key
from rules.programme import Programme

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Member:
    """One learner who launched from the context. `state`: the stored outcome's; `done`: keys of the topics done."""

    learner_id: str
    state: str
    done: frozenset[str]


@dataclass(frozen=True, slots=True)
class Counts:
    """What a teacher sees of a course."""

    launched: int
    begun: int
    met: int
    topics: tuple[tuple[int, str, int], ...]  # number, title, learners who did it


def counts(programme: Programme, members: Sequence[Member], language: str) -> Counts:
    """The figures of one context, in `language`."""
    return Counts(
        launched=len(members),
        begun=sum(bool(member.done) for member in members),
        met=sum(member.state == "met" for member in members),
        topics=tuple(
            (topic.number, topic.titles[language], sum(topic.key in member.done for member in members))
            for topic in programme.topics
        ),
    )


def create_blueprint(
    *,
    database: Database,
    clock: Clock,
    sessions: Sessions,
    programme_of: Callable[[Connection, LaunchSession], Programme | None],
    members_of: Callable[[Connection, LaunchSession, Programme], Sequence[Member]],
    names_of: Callable[[Connection, Sequence[str]], Mapping[str, str | None]],
    course_url: Callable[[LaunchSession], str | None],
) -> Blueprint:
    """The teacher's pages. `members_of`: the learners who launched from this launch's platform and context."""
    blueprint = declare(Blueprint("teacher", __name__, url_prefix="/teach/<launch_id>"), Audience.LAUNCHED)
    sessions.guard(blueprint)

    @blueprint.url_defaults
    def keep_language(endpoint: str, values: dict[str, Any]) -> None:  # noqa: ARG001 - Flask's signature
        if request and request.args.get("lang") in LANGUAGES:
            values.setdefault("lang", request.args["lang"])

    @blueprint.get("")
    def home(launch_id: str) -> str:
        session = _enter(sessions, launch_id)
        with database.reading() as connection:
            programme = _programme(programme_of(connection, session))
            members = members_of(connection, session, programme) if session.context_id else ()
        shown = counts(programme, members, _language(programme))
        return _page("teacher/home.html", session, programme, course_url, counts=shown)

    @blueprint.get("/members")
    def members(launch_id: str) -> str:
        session = _enter(sessions, launch_id)
        wanted = request.args.get("page", 1, type=int)
        with database.transaction() as connection:
            programme = _programme(programme_of(connection, session))
            if programme.teacher_sees != "members" or not session.context_id:
                raise Problem(
                    404, "TCH-02", "errors.http.404", detail="the programme shows teachers counts only"
                )
            found = members_of(connection, session, programme)
            names = names_of(connection, [member.learner_id for member in found])
            everyone = sorted(found, key=lambda member: name_key(names.get(member.learner_id) or ""))
            pages = max(-(-len(everyone) // PAGE_SIZE), 1)
            page = min(max(wanted, 1), pages)
            audit.record(
                connection,
                who=f"teacher:{session.platform_id}/{session.sub}",
                act="teacher saw members",
                subject=f"context:{session.platform_id}/{session.context_id}",
                details={"page": page, "programme": programme.key},
                at=clock(),
            )
        part = everyone[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        return _page(
            "teacher/members.html",
            session,
            programme,
            course_url,
            members=[(names.get(member.learner_id), member) for member in part],
            number=page,
            pages=pages,
            total=len(programme.topics),
        )

    return blueprint


def _enter(sessions: Sessions, launch_id: str) -> LaunchSession:
    session = sessions.enter(launch_id)
    if session.view != "teacher":
        raise Problem(403, "TCH-01", "errors.other_view", detail="the launch was not a teacher's")
    wish = request.args.get("lang", "")
    g.language = wish if wish in LANGUAGES else session.language
    return session


def _programme(found: Programme | None) -> Programme:
    if found is None:
        raise Problem(404, "LRN-02", "errors.no_programme", detail="no programme is loaded for this launch")
    return found


def _language(programme: Programme) -> str:
    return g.language if g.language in programme.languages else programme.languages[0]


def _page(
    template: str,
    session: LaunchSession,
    programme: Programme,
    course_url: Callable[[LaunchSession], str | None],
    **values: Any,
) -> str:
    here = dict(request.view_args or {})
    endpoint = str(request.endpoint)
    return render_template(
        template,
        launch_id=session.id,
        session=session,
        programme=programme,
        programme_title=programme.titles[_language(programme)],
        rehearsal=programme.rehearsal,
        support=programme.support,
        support_hours=programme.support.hours.get(g.language, ""),
        back_url=course_url(session),
        tongues=[
            (code, url_for(endpoint, **{**here, "lang": code})) for code in LANGUAGES if code != g.language
        ],
        **values,
    )
