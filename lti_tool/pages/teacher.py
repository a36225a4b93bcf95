"""A teacher's launch: counts of the course; the people in it only where the programme says so, without evidence, logged.

Practice, questions and hours are not handed to this page at all: what is not here cannot be shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, render_template, request
from sqlalchemy import Connection

from lti_tool.base import audit
from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.doors import Audience, declare
from lti_tool.base.errors import Problem
from lti_tool.base.sessions import LaunchSession, Sessions
from lti_tool.pages.collation import name_key
from lti_tool.pages.launched import around, chosen_language, keep_language, needed, programme_language
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
    pages = _Pages(database, clock, sessions, programme_of, members_of, names_of, course_url)
    blueprint = declare(Blueprint("teacher", __name__, url_prefix="/teach/<launch_id>"), Audience.LAUNCHED)
    sessions.guard(blueprint)
    keep_language(blueprint)
    blueprint.add_url_rule("", "home", pages.home)
    blueprint.add_url_rule("/members", "members", pages.members)
    return blueprint


@dataclass(frozen=True, slots=True)
class _Pages:
    database: Database
    clock: Clock
    sessions: Sessions
    programme_of: Callable[[Connection, LaunchSession], Programme | None]
    members_of: Callable[[Connection, LaunchSession, Programme], Sequence[Member]]
    names_of: Callable[[Connection, Sequence[str]], Mapping[str, str | None]]
    course_url: Callable[[LaunchSession], str | None]

    def home(self, launch_id: str) -> str:
        """The course in figures."""
        session = self._enter(launch_id)
        with self.database.reading() as connection:
            programme = needed(self.programme_of(connection, session))
            members = self.members_of(connection, session, programme) if session.context_id else ()
        shown = counts(programme, members, programme_language(programme, g.language))
        return self._page("teacher/home.html", session, programme, counts=shown)

    def members(self, launch_id: str) -> str:
        """Who launched from the course, by name, a page at a time; Problem 404 where the programme shows counts only."""
        session = self._enter(launch_id)
        with self.database.transaction() as connection:
            programme = needed(self.programme_of(connection, session))
            if programme.teacher_sees != "members" or not session.context_id:
                raise Problem(
                    404, "TCH-02", "errors.http.404", detail="the programme shows teachers counts only"
                )
            everyone = self._by_name(connection, session, programme)
            pages = max(-(-len(everyone) // PAGE_SIZE), 1)
            number = min(max(request.args.get("page", 1, type=int), 1), pages)
            self._record(connection, session, programme, number)
        part = everyone[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        shown = {"members": part, "number": number, "pages": pages, "total": len(programme.topics)}
        return self._page("teacher/members.html", session, programme, **shown)

    def _enter(self, launch_id: str) -> LaunchSession:
        session = self.sessions.enter(launch_id)
        if session.view != "teacher":
            raise Problem(403, "TCH-01", "errors.other_view", detail="the launch was not a teacher's")
        g.language = chosen_language(session.language)
        return session

    def _by_name(
        self, connection: Connection, session: LaunchSession, programme: Programme
    ) -> list[tuple[str | None, Member]]:
        found = self.members_of(connection, session, programme)
        names = self.names_of(connection, [member.learner_id for member in found])
        named = [(names.get(member.learner_id), member) for member in found]
        return sorted(named, key=lambda one: name_key(one[0] or ""))

    def _record(
        self, connection: Connection, session: LaunchSession, programme: Programme, number: int
    ) -> None:
        audit.record(
            connection,
            who=f"teacher:{session.platform_id}/{session.sub}",
            act="teacher saw members",
            subject=f"context:{session.platform_id}/{session.context_id}",
            details={"page": number, "programme": programme.key},
            at=self.clock(),
        )

    def _page(self, template: str, session: LaunchSession, programme: Programme, **values: Any) -> str:
        shown = around(session, programme, g.language, self.course_url(session))
        return render_template(template, session=session, **shown, **values)
