"""How the pages of a launch read the rooms behind them: which programme, how a learner stands, which certificate."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, select

from certificates import register
from certificates.certificate import Certificate, Status
from lti_tool.base.database import Database
from lti_tool.base.sessions import LaunchSession
from lti_tool.coaching import practice_log
from lti_tool.coaching.practice_log import SENDER
from lti_tool.handlers.review import Reviewer
from lti_tool.ledger import outcomes, pendings
from lti_tool.ledger.delivery_tables import link, seat
from lti_tool.pages.learner.services import Issue, Issued, Standing
from lti_tool.pages.learner.view import Person
from lti_tool.pages.teacher import Member
from lti_tool.people import identity, learners
from lti_tool.programmes import versions
from rules.completion import Met, Pending, assess
from rules.programme import Programme
from xapi import tokens
from xapi.lrs import Sender

# What a page may say its learner did while practising; nothing that anybody could take for a result.
PRACTICE_VERBS = tuple(
    f"http://adlnet.gov/expapi/verbs/{name}"
    for name in ("answered", "attempted", "experienced", "interacted")
)


class OwnStatements(Protocol):
    """The part of the LRS that takes statements inside an open transaction."""

    def save_in(
        self, connection: Connection, statements: Sequence[dict[str, Any]], sender: Sender
    ) -> object: ...


def programme_of(clock: Callable[[], datetime]) -> Callable[[Connection, LaunchSession], Programme | None]:
    """The programme a launch names; without a name the one that is open now, else the one that opens last."""

    def found(connection: Connection, session: LaunchSession) -> Programme | None:
        named = session.extra.get("programme")
        if named:
            return versions.current(connection, str(named))
        now = clock()
        loaded = versions.current(connection)
        ranked = sorted(loaded, key=lambda one: (one.window.contains(now), one.window.opens))
        return ranked[-1] if ranked else None

    return found


def standing_of(connection: Connection, learner_id: str, programme: Programme, now: datetime) -> Standing:
    """The stored standing; where time alone may have changed it since, it is assessed again from the stored topics."""
    found = outcomes.of(connection, learner_id, programme.key)
    if found is None:
        return Standing({}, assess(programme, {}, Pending(), now))
    if isinstance(found.outcome, Met) or now < programme.window.closes:
        return Standing(found.states, found.outcome)
    root = learners.canonical(connection, learner_id)
    pending = pendings.of_learners(connection, identity.identifiers_of(connection, [root]))[root]
    return Standing(found.states, assess(programme, found.states, pending, now))


def certificate_of(connection: Connection, learner_id: str, programme: Programme) -> Certificate | None:
    """The person's certificate of this programme and edition, a valid one before a revoked one."""
    held = [
        one
        for holder in learners.members(connection, learner_id)
        for one in register.of_holder(connection, holder)
        if (one.programme, one.edition, one.facts.rehearsal)
        == (programme.key, programme.edition, programme.rehearsal)
    ]
    held.sort(key=lambda one: (one.status is not Status.VALID, one.awarded_at, one.number))
    return held[0] if held else None


def person_of(unit_title: Callable[[Connection, str], str | None]) -> Callable[[Connection, str], Person]:
    """Name and unit of a learner; `unit_title` gives the words for a unit's code."""

    def found(connection: Connection, learner_id: str) -> Person:
        code = learners.unit_of(connection, learner_id)
        return Person(
            learners.name_of(connection, learner_id), unit_title(connection, code) if code else None
        )

    return found


def refresh(database: Database, reviewer: Reviewer) -> Callable[[str, datetime], None]:
    """Reviews a learner whose page is opened, when anything is due: the page is right even while no worker runs."""

    def bring_up_to_date(learner_id: str, now: datetime) -> None:
        with database.reading() as connection:
            if reviewer.is_fresh(connection, learner_id):
                return
        with database.transaction() as connection:
            reviewer.review_learner(connection, learner_id, now)

    return bring_up_to_date


def name_certificate(
    reviewer: Reviewer,
) -> Callable[[Connection, str, Certificate, str, datetime], None]:
    """Keeps the name a learner says; the review that follows gives it to the waiting document and has it made."""

    def named(connection: Connection, learner_id: str, _held: Certificate, name: str, now: datetime) -> None:
        learners.set_name(connection, learner_id, name, now)
        reviewer.review_learner(connection, learner_id, now)

    return named


def practice_token(base_url: str) -> Issue:
    """A page's credential: it says what its learner does while practising, under our own authority and no platform."""

    def issue(
        connection: Connection, *, offer: str, learner_id: str, registration: str, now: datetime
    ) -> Issued | None:
        actor = practice_log.actor(base_url, learner_id)
        made = tokens.issue(
            connection,
            offer=offer,
            actor=actor,
            registration=registration,
            verbs=PRACTICE_VERBS,
            authority=practice_authority(base_url),
            now=now,
        )
        return None if made is None else Issued(made, actor, PRACTICE_VERBS, now + tokens.LIFETIME)

    return issue


def practice_record(lrs: OwnStatements, base_url: str) -> Callable[[Connection, Mapping[str, Any]], None]:
    """Puts a practice statement into the LRS under our own authority and no platform: never evidence."""
    sender = Sender(SENDER, practice_authority(base_url))

    def record(connection: Connection, statement: Mapping[str, Any]) -> None:
        lrs.save_in(connection, [dict(statement)], sender)

    return record


def practice_authority(base_url: str) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": base_url, "name": SENDER}}


def members_of(connection: Connection, session: LaunchSession, programme: Programme) -> list[Member]:
    """The learners who launched from this launch's platform and context, each once."""
    launched = (
        select(seat.c.learner_id)
        .join(link, seat.c.link_id == link.c.id)
        .where(link.c.platform_id == session.platform_id, link.c.context_id == session.context_id)
        .distinct()
    )
    ids = list(connection.execute(launched).scalars())
    roots = sorted(set(learners.canonicals(connection, ids).values()))
    known = outcomes.of_learners(connection, roots, programme.key)
    return [_member(root, known.get(root)) for root in roots]


def names_of(connection: Connection, learner_ids: Sequence[str]) -> dict[str, str | None]:
    return {learner_id: learners.name_of(connection, learner_id) for learner_id in learner_ids}


def course_url(session: LaunchSession) -> str | None:
    """Where the learner's course is in the LMS: where the platform said to return to (https, or http while rehearsing)."""
    url = session.return_url or ""
    return url if url.startswith(("https://", "http://")) else None


def _member(learner_id: str, found: outcomes.Reviewed | None) -> Member:
    if found is None:
        return Member(learner_id, "open", frozenset())
    return Member(learner_id, found.state, frozenset(one.topic for one in found.topics if one.done))
