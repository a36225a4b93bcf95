"""Whether the programme is completed: met, open, out of reach or unknown, each with what shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from rules.programme import Programme
from rules.progress import TopicState
from rules.requirement import Shortfall, compiled, leaves, mask, satisfied, shortfalls

MAX_ENUMERABLE = 24  # 2**24 subsets take about half a minute


@dataclass(frozen=True, slots=True)
class Pending:
    """What is not known yet about this learner.

    `identity`: statements exist that may be theirs; `evidence`: statements wait (quarantined, not yet read); `last_heard`: when the
    platform last sent a statement of anybody, None when it never did.
    """

    identity: bool = False
    evidence: bool = False
    last_heard: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetCount:
    """Topics done in one set; `needed` is what the requirement wants of this very set, None when it does not name it."""

    key: str
    done: int
    total: int
    needed: int | None


@dataclass(frozen=True, slots=True)
class Met:
    """Completed, since `at` (event time), proved by the statements `proof`."""

    state: ClassVar[str] = "met"
    proof: tuple[str, ...]
    at: datetime
    counts: tuple[SetCount, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """Not completed yet; `missing` says how many more of which topics."""

    state: ClassVar[str] = "open"
    missing: tuple[Shortfall, ...]
    counts: tuple[SetCount, ...]


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """It can no longer be completed. `why`: "closed" or "impossible"."""

    state: ClassVar[str] = "out_of_reach"
    why: str
    missing: tuple[Shortfall, ...]
    counts: tuple[SetCount, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not met by what is known, and not all is known.

    `why`, any of: "identity", "evidence" (see Pending), "silent" (the window is over and the platform was not heard since), "late" (the
    window is over and what happened inside may still arrive).
    """

    state: ClassVar[str] = "unknown"
    pending: Pending
    why: tuple[str, ...]
    missing: tuple[Shortfall, ...]
    counts: tuple[SetCount, ...]


Outcome: TypeAlias = Met | Open | OutOfReach | Unknown


def assess(
    programme: Programme, states: Mapping[str, TopicState], pending: Pending, now: datetime
) -> Outcome:
    """The outcome at `now` (aware). Topics without a state are open. Met stays met whatever else is pending."""
    done = [state for state in states.values() if state.done and state.topic in programme.topic_keys]
    counts = count(programme, {state.topic for state in done})
    if met := _met(programme, done, counts):
        return met
    missing = shortfalls(programme.requirement, {state.topic for state in done})
    if not satisfied(programme.requirement, programme.topic_keys):
        return OutOfReach("impossible", missing, counts)
    if why := _unknown(programme, pending, now):
        return Unknown(pending, why, missing, counts)
    if now < programme.window.closes:
        return Open(missing, counts)
    return OutOfReach("closed", missing, counts)


def count(programme: Programme, done: Iterable[str]) -> tuple[SetCount, ...]:
    """Done topics per set, in the programme's order of sets."""
    reached = set(done)
    needed = {leaf.label: leaf.count for leaf in leaves(programme.requirement)}
    return tuple(
        SetCount(found.key, len(reached & set(found.topics)), len(found.topics), needed.get(found.key))
        for found in programme.sets
    )


def _met(programme: Programme, done: list[TopicState], counts: tuple[SetCount, ...]) -> Met | None:
    """Adds the done topics in the order they were done: met by the first that makes it enough, proved by all up to it."""
    test, reached, proof = compiled(programme.requirement, programme.topic_keys), 0, dict[str, None]()
    dated = [(state.at, state.topic, state.proof) for state in done if state.at is not None]
    for at, topic, statements in sorted(dated):
        reached |= mask([topic], programme.topic_keys)
        proof.update(dict.fromkeys(statements))
        if test(reached):
            return Met(tuple(proof), at, counts)
    return None


def _unknown(programme: Programme, pending: Pending, now: datetime) -> tuple[str, ...]:
    window = programme.window
    closed = now >= window.closes
    reasons = {
        "identity": pending.identity,
        "evidence": pending.evidence,
        "silent": closed and (pending.last_heard is None or pending.last_heard < window.closes),
        "late": closed and now < window.last_arrival,
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def count_complete(programme: Programme) -> tuple[int, int]:
    """Of all subsets of topics, how many complete the programme, and how many there are: by trying every one.

    Uses the very test that `assess` uses. Raises ValueError above MAX_ENUMERABLE topics.
    """
    topics = programme.topic_keys
    if len(topics) > MAX_ENUMERABLE:
        raise ValueError(
            f"{len(topics)} topics have too many subsets to try each; {MAX_ENUMERABLE} is the most"
        )
    test, total = compiled(programme.requirement, topics), 1 << len(topics)
    return sum(map(test, range(total))), total
