"""A programme as frozen values: what an organiser promised to whoever takes part."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.requirement import Requirement

Texts = Mapping[str, str]  # language code → text
IMPLAUSIBLE_UNDER = 0.1  # of a topic's minutes, where the file says nothing


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic (chuyên đề). `minutes` is the study time an organiser expects, None when not said."""

    key: str
    number: int
    titles: Texts
    minutes: int | None


@dataclass(frozen=True, slots=True)
class TopicSet:
    """A named group of topics, such as the compulsory ones."""

    key: str
    titles: Texts
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open time [opens, closes) in which evidence counts; both aware.

    Event time decides. What happened inside still counts when it arrives before `closes + late_arrival`.
    """

    opens: datetime
    closes: datetime
    late_arrival: timedelta

    @property
    def last_arrival(self) -> datetime:
        """The moment from which nothing that arrives can count any more."""
        return self.closes + self.late_arrival

    def contains(self, moment: datetime) -> bool:
        return self.opens <= moment < self.closes

    def counts(self, at: datetime, arrived: datetime) -> bool:
        """Whether something that happened `at` and arrived then is evidence at all."""
        return self.contains(at) and arrived < self.last_arrival


@dataclass(frozen=True, slots=True)
class Scores:
    """What goes to the platform's gradebook: the award's score, and whether other line items get progress."""

    award_maximum: int
    progress: bool


@dataclass(frozen=True, slots=True)
class Support:
    """Where a learner reaches a person; each may be None."""

    phone: str | None
    email: str | None
    hours: Texts


@dataclass(frozen=True, slots=True)
class Programme:
    """One edition of a programme, complete and checked (see `rules.reading.read`).

    `teacher_sees` is "counts" or "members". `certificate`: language → the words printed ("issuer", "heading", …).
    `rehearsal`: the window was moved so that a rehearsal counts today; nothing of it is real. `implausible_under`: a topic done in less
    than this share of its minutes is for a person to look at, 0 for none (see `rules.plausibility`).
    """

    key: str
    edition: str
    languages: tuple[str, ...]
    titles: Texts
    topics: tuple[Topic, ...]
    sets: tuple[TopicSet, ...]
    requirement: Requirement
    window: Window
    teacher_sees: str
    scores: Scores
    certificate: Mapping[str, Texts]
    support: Support
    rehearsal: bool = False
    implausible_under: float = IMPLAUSIBLE_UNDER

    @property
    def topic_keys(self) -> tuple[str, ...]:
        return tuple(topic.key for topic in self.topics)

    def topic(self, key: str) -> Topic | None:
        return next((topic for topic in self.topics if topic.key == key), None)

    def topic_set(self, key: str) -> TopicSet | None:
        return next((found for found in self.sets if found.key == key), None)
