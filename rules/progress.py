"""The best evidence per topic. Takes the set of facts: their order in the list, and duplicates, never matter."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rules import evidence
from rules.evidence import ANY_SOURCE, ActivityRule, Fact, TopicMapping, standing
from rules.matching import Matcher, Part
from rules.programme import Programme, Window


@dataclass(frozen=True, slots=True)
class PartState:
    """One activity of a topic. `seen`: some fact was about it, though perhaps none completed it."""

    label: str
    done: bool = False
    at: datetime | None = None
    proof: str | None = None
    scaled: float | None = None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class TopicState:
    """How one topic stands. `at`: when it became done; `proof`: the statements that prove it; `scaled`: best score among them.

    `parts` are the activities on `source`, the platform where the topic is furthest.
    """

    topic: str
    done: bool = False
    at: datetime | None = None
    proof: tuple[str, ...] = ()
    scaled: float | None = None
    parts: tuple[PartState, ...] = ()
    source: str | None = None

    @property
    def started(self) -> bool:
        """Something happened in this topic, and it is not done yet."""
        return not self.done and any(part.seen for part in self.parts)


def progress(
    programme: Programme, mappings: Mapping[str, evidence.Mapping], facts: Iterable[Fact]
) -> dict[str, TopicState]:
    """The state of every topic of the programme, in its order.

    `mappings` by source; the one under ANY_SOURCE serves platforms that have none of their own. A topic's activities are counted
    platform by platform (a video here and its quiz there make no topic); the platform where it was done first wins.
    """
    best: dict[str, TopicState] = {}
    for source, counted in sorted(_by_source(programme.window, facts).items()):
        mapping = mappings.get(source) or mappings.get(ANY_SOURCE)
        for state in _on_one_platform(source, mapping, counted) if mapping else ():
            if state.topic not in best or _rank(state) < _rank(best[state.topic]):
                best[state.topic] = state
    return {key: best.get(key, TopicState(key)) for key in programme.topic_keys}


def _by_source(window: Window, facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """The facts that count, once each. A take-back outside the window does not count either, so it erases nothing inside."""
    unique: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        known = unique.get((fact.source, fact.statement_id))
        if window.counts(fact.at, fact.arrived) and (known is None or known.moment < fact.moment):
            unique[fact.source, fact.statement_id] = fact
    by_source: dict[str, list[Fact]] = defaultdict(list)
    for fact in unique.values():
        by_source[fact.source].append(fact)
    return by_source


def _on_one_platform(source: str, mapping: evidence.Mapping, facts: list[Fact]) -> Iterable[TopicState]:
    matcher = Matcher(mapping)
    about: dict[Part, list[Fact]] = defaultdict(list)
    for fact in facts:
        for part in matcher.parts(fact):
            about[part].append(fact)
    for topic in mapping.topics.values():
        parts = tuple(
            _part(rule, about.get((topic.topic, index), [])) for index, rule in enumerate(topic.activities)
        )
        yield _topic(topic, parts, source)


def _part(rule: ActivityRule, facts: list[Fact]) -> PartState:
    """A rule may recognise several activities (a quiz and its attempts); each stands for itself, and one is enough."""
    label = rule.label or rule.values[0]
    if not facts:
        return PartState(label)
    by_activity: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_activity[fact.activity].append(fact)
    stands = [fact for one in by_activity.values() for fact in standing(rule, one)]
    if not stands:
        return PartState(label, seen=True)
    first = min(stands, key=lambda fact: fact.moment)
    return PartState(
        label,
        done=True,
        at=first.at,
        proof=first.statement_id,
        scaled=_best(f.scaled for f in stands),
        seen=True,
    )


def _topic(topic: TopicMapping, parts: tuple[PartState, ...], source: str) -> TopicState:
    done = [(part.at, part.proof, part) for part in parts if part.at is not None and part.proof is not None]
    used = sorted(done, key=lambda one: one[:2])[: topic.count]
    if len(used) < topic.count or not used:
        return TopicState(topic.topic, parts=parts, source=source)
    proof = tuple(dict.fromkeys(statement for _, statement, _ in used))
    return TopicState(
        topic.topic, True, used[-1][0], proof, _best(part.scaled for _, _, part in used), parts, source
    )


def _best(scores: Iterable[float | None]) -> float | None:
    return max((score for score in scores if score is not None), default=None)


def _rank(state: TopicState) -> tuple[bool, float, int, int]:
    """Smaller is further: done, done earlier, more parts done, more parts seen."""
    done, seen = sum(part.done for part in state.parts), sum(part.seen for part in state.parts)
    return (not state.done, state.at.timestamp() if state.at else 0.0, -done, -seen)
