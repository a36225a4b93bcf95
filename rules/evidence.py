"""What one fact proves about one activity.

Verbs are the IRIs of the ADL vocabulary and of the xAPI profiles; nothing here knows which host sent them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections import abc

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
PROGRESSED = "http://adlnet.gov/expapi/verbs/progressed"
EARNED = "http://id.tincanapi.com/verb/earned"
EVALUATED = "https://w3id.org/xapi/acrossx/verbs/evaluated"

SCORED = frozenset({EARNED, EVALUATED})  # verbs that carry a score and decide nothing themselves
_FULL = 100.0

By: TypeAlias = Literal["external_id", "id", "pattern"]
Needs: TypeAlias = Literal["all", "any"] | int


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about one learner, trusted, not voided: only such facts come here.

    `source`: issuer of the platform that sent it. `order`: order of arrival. `scaled` is xAPI's result.score.scaled (−1…1),
    `progress` the cmi5 progress extension (0…100). `event_name` is what the sender calls the event, `duration` how long it says that
    it took; None when it says nothing.
    """

    statement_id: str
    source: str
    activity: str
    external_id: str | None
    verb: str
    at: datetime
    order: int
    arrived: datetime
    success: bool | None = None
    completion: bool | None = None
    scaled: float | None = None
    progress: float | None = None
    parents: tuple[str, ...] = ()
    event_name: str | None = None
    duration: timedelta | None = None

    @property
    def moment(self) -> tuple[datetime, int, str]:
        """Event time, then order of arrival (a host may take back and complete within one second), then the id."""
        return (self.at, self.order, self.statement_id)


@dataclass(frozen=True, slots=True)
class ActivityRule:
    """One activity of a topic: how it is recognised, and what completes it or takes its completion back.

    `by`: the whole external id, the whole activity id, or a `rules.glob.Glob` pattern of it; one of `values` is enough. `events`: when not empty, a fact that
    names its event must name one of these. `label`: what an organiser recognises it by. `begins`: the verbs that say somebody turned
    to it; they decide nothing.
    """

    by: By
    values: tuple[str, ...]
    verbs: frozenset[str]
    min_scaled: float | None = None
    takes_back: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    label: str = ""
    begins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TopicMapping:
    """The activities of one topic on one platform, and how many of them it takes."""

    topic: str
    needs: Needs
    activities: tuple[ActivityRule, ...]

    @property
    def count(self) -> int:
        if self.needs == "all":
            return len(self.activities)
        return 1 if self.needs == "any" else self.needs


ANY_SOURCE = "*"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which activities of one platform make which topic.

    `source`: the platform's issuer, or ANY_SOURCE for every platform that has no mapping of its own. `exclude`: patterns of activities
    that never are evidence (our own blocks complete once we score them).
    """

    source: str
    version: int
    topics: "abc.Mapping[str, TopicMapping]"
    exclude: tuple[str, ...] = ()


class Weight(Enum):
    """What a fact does to the activity it is about."""

    COMPLETES = "completes"
    TAKES_BACK = "takes back"
    NOTHING = "nothing"


def weigh(rule: ActivityRule, fact: Fact) -> Weight:
    """What `fact` does under `rule`; that the fact is about the rule's activity was settled before."""
    if rule.events and fact.event_name is not None and fact.event_name not in rule.events:
        return Weight.NOTHING
    if fact.verb in rule.verbs and _completes(rule, fact):
        return Weight.COMPLETES
    return Weight.TAKES_BACK if fact.verb in rule.takes_back else Weight.NOTHING


def _completes(rule: ActivityRule, fact: Fact) -> bool:
    if fact.completion is False or not _scores_enough(rule, fact):
        return False
    if (
        fact.verb in SCORED
    ):  # their `success` means full marks, not a pass: only the programme's minimum decides
        return rule.min_scaled is not None
    if fact.success is False:  # a completion without success is a fail
        return False
    return fact.verb != PROGRESSED or _is_full(fact)


def _scores_enough(rule: ActivityRule, fact: Fact) -> bool:
    return rule.min_scaled is None or (fact.scaled is not None and fact.scaled >= rule.min_scaled)


def _is_full(fact: Fact) -> bool:
    """Progress completes at 100, or by an explicit completion where no figure is given."""
    return fact.completion is True if fact.progress is None else fact.progress >= _FULL


def standing(rule: ActivityRule, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The completions of ONE activity that stand: those after the last take-back, oldest first."""
    stands: list[Fact] = []
    for fact in sorted(facts, key=lambda fact: fact.moment):
        weight = weigh(rule, fact)
        if weight is Weight.COMPLETES:
            stands.append(fact)
        elif weight is Weight.TAKES_BACK:
            stands.clear()
    return tuple(stands)
