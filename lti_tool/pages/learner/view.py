"""The learner's page as one frozen value, built by a pure function: what it says is tested without a server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from certificates.certificate import Certificate, DocumentState, Status
from lti_tool.coaching.practice_log import Practised
from lti_tool.pages.learner.calendar import PaceView, pace_view
from lti_tool.pages.learner.picture import Piece, Row, picture, rows
from lti_tool.pages.learner.topics import SetView, TopicView, set_views, topic_views
from rules.coaching import Advice, advise
from rules.completion import Met, Open, Outcome, OutOfReach, Unknown
from rules.programme import Programme, Support
from rules.progress import TopicState


@dataclass(frozen=True, slots=True)
class Person:
    """Who launched: the name as it would be printed, and where they work; each None when not known."""

    name: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """The learner's own questions, counted."""

    asked: int
    unread: int


@dataclass(frozen=True, slots=True)
class Missing:
    """`needed` more topics of a set; where the requirement lists topics of its own, their `numbers` instead of a `label`."""

    needed: int
    label: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CertificateView:
    """`state`: "none", "name" (waits for a printable name), "preparing", "ready" or "revoked"."""

    state: str
    number: str
    name: str | None
    awarded_at: datetime | None
    waiting: str
    missing_letters: str
    verify_url: str


@dataclass(frozen=True, slots=True)
class LearnerView:
    """Everything the page says. `state`: "met", "open", "out_of_reach", "unknown"; `why`: codes that explain it."""

    title: str
    edition: str
    rehearsal: bool
    person: Person
    state: str
    why: tuple[str, ...]
    last_heard: datetime | None
    nothing_yet: bool
    pieces: tuple[Piece, ...]
    rows: tuple[Row, ...]
    done: int
    needed: int
    missing: tuple[Missing, ...]
    next: TopicView | None
    reason: str
    pace: PaceView
    sets: tuple[SetView, ...]
    certificate: CertificateView
    desk: Desk
    support: Support

    @property
    def awaiting(self) -> bool:
        """Something is under way that the page should soon look for again."""
        return self.certificate.state == "preparing" or (
            self.state == "met" and self.certificate.state == "none"
        )


def build(
    programme: Programme,
    states: Mapping[str, TopicState],
    outcome: Outcome,
    *,
    certificate: Certificate | None,
    person: Person,
    desk: Desk,
    practised: Mapping[str, Practised],
    base_url: str,
    language: str,
    now: datetime,
) -> LearnerView:
    """The page at `now` in `language` (one of the programme's)."""
    advice = advise(programme, states, outcome, now)
    topics = topic_views(programme, states, practised, language)
    pieces = picture(programme, states, language)
    return LearnerView(
        title=programme.titles[language],
        edition=programme.edition,
        rehearsal=programme.rehearsal,
        person=person,
        state=outcome.state,
        why=_why(outcome),
        last_heard=outcome.pending.last_heard if isinstance(outcome, Unknown) else None,
        nothing_yet=all(topic.kind == "open" for topic in topics),
        pieces=pieces,
        rows=rows(pieces),
        done=advice.pace.topics_done,
        needed=advice.pace.topics_done + advice.pace.topics_left,
        missing=_missing(programme, outcome, language),
        next=_next(topics, advice),
        reason=advice.reason,
        pace=pace_view(programme.window, advice.pace, states.values(), now),
        sets=set_views(programme, topics, language),
        certificate=certificate_view(certificate, person, base_url),
        desk=desk,
        support=programme.support,
    )


def certificate_view(certificate: Certificate | None, person: Person, base_url: str) -> CertificateView:
    """How the certificate stands, and the link under which anybody can check it."""
    if certificate is None:
        return CertificateView("none", "", person.name, None, "", "", "")
    waiting = certificate.waiting
    return CertificateView(
        state=_certificate_state(certificate),
        number=certificate.number,
        name=certificate.facts.holder_name,
        awarded_at=certificate.awarded_at,
        waiting=waiting.code if waiting else "",
        missing_letters=waiting.missing if waiting else "",
        verify_url=f"{base_url}/verify/{certificate.number}",
    )


def version(view: LearnerView) -> str:
    """Changes when something happened that a learner who looks at the page wants to see; not with each passing minute."""
    topics = [
        (topic.key, topic.kind, topic.parts_done, topic.at) for one in view.sets for topic in one.topics
    ]
    certificate = (view.certificate.state, view.certificate.number, view.certificate.waiting)
    seen = (view.state, view.why, view.pace.phase, view.pace.today, topics, certificate, view.desk)
    return sha256(repr(seen).encode()).hexdigest()[:16]


def _certificate_state(certificate: Certificate) -> str:
    if certificate.status is Status.REVOKED:
        return "revoked"
    states = {DocumentState.WAITING: "name", DocumentState.DUE: "preparing", DocumentState.ISSUED: "ready"}
    return states[certificate.document]


def _why(outcome: Outcome) -> tuple[str, ...]:
    match outcome:
        case Unknown(why=why):
            return why
        case OutOfReach(why=reason):
            return (reason,)
        case Met() | Open():
            return ()


def _missing(programme: Programme, outcome: Outcome, language: str) -> tuple[Missing, ...]:
    if isinstance(outcome, Met):
        return ()
    numbers = {topic.key: topic.number for topic in programme.topics}
    found = []
    for shortfall in outcome.missing:
        named = programme.topic_set(shortfall.label)
        label = named.titles[language] if named else ""
        listed = () if named else tuple(sorted(numbers[key] for key in shortfall.topics if key in numbers))
        found.append(Missing(shortfall.needed, label, listed))
    return tuple(found)


def _next(topics: tuple[TopicView, ...], advice: Advice) -> TopicView | None:
    return next((topic for topic in topics if topic.key == advice.next_topic), None)
