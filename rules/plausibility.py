"""Topics that were done faster than anybody studies them: for a person to look at. Nothing here takes a completion away.

How fast is only said where the facts say it. The time runs from the moment somebody turned to what completed the topic (viewed, started,
initialized …, see `ActivityRule.begins`) to the moment it was done; or it is the duration that the completing statements give themselves.
The longer of the two counts. Not flagged is what nobody can know: a topic of which a completion or a progress is the first that was heard
(a 20-minute video before it may have been watched unheard), or one that opening alone completed (a page set to be done "when viewed":
the platform completes it in the request that opens it, and how long it was read afterwards is never said).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from rules.evidence import Fact
from rules.matching import Matchers
from rules.programme import Programme, Topic
from rules.progress import TopicState

VIEWED = "http://id.tincanapi.com/verb/viewed"
_OPENING = timedelta(seconds=2)  # opening and completing are one request, told in whole seconds
_NOTHING = timedelta()
_Heard: TypeAlias = tuple[str, str]  # source, and the topic or the statement


@dataclass(frozen=True, slots=True)
class Suspect:
    """A topic that may have been done too fast, as far as the facts that decide tell: who knows when it was begun can tell.

    `first`: when anything was heard of it; `lasted`: what its `proof` says of itself, None when not all of it says; `limit`: the least time
    that asks no question; `begins`: the verbs that begin it.
    """

    topic: Topic
    at: datetime
    limit: timedelta
    first: datetime
    proof: tuple[Fact, ...]
    lasted: timedelta | None
    begins: frozenset[str]

    @property
    def activities(self) -> frozenset[tuple[str, str]]:
        """Where a beginning is looked for: what completed it, as (source, activity)."""
        return frozenset((fact.source, fact.activity) for fact in self.proof)


@dataclass(frozen=True, slots=True)
class Hasty:
    """A topic of `minutes` that was done in `seconds` (rounded down).

    `proof`: the statements that completed it; `begun`: the one that the time is counted from, None where their durations told it.
    """

    topic: str
    seconds: int
    minutes: int
    proof: tuple[str, ...]
    begun: str | None


def suspects(
    programme: Programme, matchers: Matchers, states: Mapping[str, TopicState], facts: Collection[Fact]
) -> tuple[Suspect, ...]:
    """The done topics that the facts the states rest on leave in doubt. Facts from outside the window tell the time as well as any."""
    doubted = [topic for topic in programme.topics if _may_be(programme, topic, states.get(topic.key))]
    if not doubted:
        return ()  # most topics have several parts, done far apart
    first = _first(matchers, facts)
    by_id = {(fact.source, fact.statement_id): fact for fact in facts}
    found = (_suspect(programme, matchers, topic, states[topic.key], first, by_id) for topic in doubted)
    return tuple(one for one in found if max(one.at - one.first, one.lasted or _NOTHING) < one.limit)


def hasty(found: Iterable[Suspect], begins: Collection[Fact]) -> tuple[Hasty, ...]:
    """Those of the suspects that were done too fast, as the heard beginnings (or their own durations) tell."""
    return tuple(one for suspect in found if (one := _judged(suspect, begins)))


def _limit(programme: Programme, topic: Topic) -> timedelta:
    return timedelta(minutes=topic.minutes or 0) * programme.implausible_under


def _may_be(programme: Programme, topic: Topic, state: TopicState | None) -> bool:
    """Whether the parts alone do not show that it took long enough."""
    if state is None or state.at is None:
        return False
    first = min(part.at for part in state.parts if part.at is not None)
    return state.at - first < _limit(programme, topic)


def _first(matchers: Matchers, facts: Collection[Fact]) -> dict[_Heard, datetime]:
    """When anything was first heard of each topic on each platform."""
    found: dict[_Heard, datetime] = {}
    for fact in facts:
        matcher = matchers.of(fact.source)
        for topic, _ in matcher.parts(fact) if matcher else ():
            heard = fact.source, topic
            found[heard] = min(found.get(heard, fact.at), fact.at)
    return found


def _suspect(
    programme: Programme,
    matchers: Matchers,
    topic: Topic,
    state: TopicState,
    first: Mapping[_Heard, datetime],
    by_id: Mapping[_Heard, Fact],
) -> Suspect:
    assert state.source is not None  # what is done was done somewhere
    assert state.at is not None
    mapping = matchers.mapping(state.source)
    assert mapping is not None
    proof = tuple(by_id[state.source, name] for name in state.proof)
    told = [fact.duration for fact in proof if fact.duration]
    return Suspect(
        topic,
        state.at,
        _limit(programme, topic),
        first[state.source, topic.key],
        proof,
        sum(told, _NOTHING) if len(told) == len(proof) else None,
        frozenset(verb for rule in mapping.topics[topic.key].activities for verb in rule.begins),
    )


def _judged(one: Suspect, begins: Collection[Fact]) -> Hasty | None:
    activities = one.activities
    mine = [fact for fact in begins if fact.verb in one.begins and (fact.source, fact.activity) in activities]
    begun = _begun(one, mine)
    if begun is None and one.lasted is None:
        return None
    first = min((fact.at for fact in mine), default=one.first)
    took = max(one.at - min(first, one.first), one.lasted or _NOTHING)
    if took >= one.limit:
        return None
    names = tuple(fact.statement_id for fact in one.proof)
    seconds, minutes = int(took.total_seconds()), one.topic.minutes or 0
    return Hasty(one.topic.key, seconds, minutes, names, None if begun is None else begun.statement_id)


def _begun(one: Suspect, begins: Collection[Fact]) -> Fact | None:
    """The beginning that the time can be counted from: nothing was heard before it, and it was more than the opening that completes."""
    found = min(begins, key=lambda fact: fact.moment, default=None)
    if found is None or one.first < found.at:
        return None
    return None if all(_by_opening(fact, begins) for fact in one.proof) else found


def _by_opening(fact: Fact, begins: Iterable[Fact]) -> bool:
    views = [one.at for one in begins if one.verb == VIEWED and one.activity == fact.activity]
    return bool(views) and fact.at - min(views) <= _OPENING
