"""What the learner's pages work with, handed over by `app.py`: nothing here is looked up from the application."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from certificates.certificate import Certificate
from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.sessions import LaunchSession, Sessions
from lti_tool.base.texts import Texts
from lti_tool.coaching.practice import PracticeSet
from lti_tool.coaching.practice_log import Record
from lti_tool.pages.learner.offers import Offers
from lti_tool.pages.learner.view import Person
from rules.completion import Outcome
from rules.programme import Programme
from rules.progress import TopicState


@dataclass(frozen=True, slots=True)
class Issued:
    """A token with what it is bound to, as the page is told."""

    token: str
    actor: Mapping[str, Any]
    verbs: Sequence[str]
    expires: datetime


class Issue(Protocol):
    """Makes the credential of a practice page; None for an offer that was taken up before."""

    def __call__(
        self, connection: Connection, *, offer: str, learner_id: str, registration: str, now: datetime
    ) -> Issued | None: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How a learner stands in a programme: every topic's state and the outcome at the moment asked for."""

    states: Mapping[str, TopicState]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Services:
    """Collaborators of the learner's pages.

    `programme_of`: the programme a launch belongs to. `refresh`: brings a learner's stored outcome up to date, in its own
    transaction. `document_of`: the PDF of a certificate number, composed now when it is due, None while it cannot be.
    `name_certificate`: sets the name as printed and has the document made. `course_url`: where the learner's course is in
    the LMS, None when not known. `record`: puts a practice statement into the LRS. `offers`, `token`: what a practice page fetches
    its credential of the LRS with, and the credential.
    """

    database: Database
    clock: Clock
    sessions: Sessions
    texts: Texts
    base_url: str
    practice: Mapping[str, PracticeSet]
    programme_of: Callable[[Connection, LaunchSession], Programme | None]
    standing_of: Callable[[Connection, str, Programme, datetime], Standing]
    person_of: Callable[[Connection, str], Person]
    certificate_of: Callable[[Connection, str, Programme], Certificate | None]
    document_of: Callable[[str], bytes | None]
    name_certificate: Callable[[Connection, str, Certificate, str, datetime], None]
    refresh: Callable[[str, datetime], None]
    record: Record
    offers: Offers
    token: Issue
    course_url: Callable[[LaunchSession], str | None]
