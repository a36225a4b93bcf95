"""How many of which topics: a tree that a set of done topics satisfies or not.

Every requirement is monotone: one more done topic never makes it worse.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` of `topics`. `label` is the key of the set they come from, "" for a list of its own."""

    count: int
    topics: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of `parts`."""

    parts: "tuple[Requirement, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of `parts` is enough."""

    parts: "tuple[Requirement, ...]"


Requirement: TypeAlias = AtLeast | AllOf | AnyOf
Test: TypeAlias = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What one part still wants: `needed` more of the not yet done `topics`."""

    label: str
    needed: int
    topics: tuple[str, ...]


def mask(topics: Iterable[str], order: Sequence[str]) -> int:
    """The topics as bits: bit i stands for `order[i]`. Topics that `order` does not hold are left out."""
    wanted = set(topics)
    return sum(1 << place for place, topic in enumerate(order) if topic in wanted)


def compiled(requirement: Requirement, order: Sequence[str]) -> Test:
    """The requirement as a test of a bit mask over `order`: the one piece of code that decides completion."""
    return _compiled(requirement, tuple(order))


# A programme asks the same of every learner: what depends on it alone is worked out once.
@lru_cache(maxsize=256)
def _compiled(requirement: Requirement, order: tuple[str, ...]) -> Test:
    if isinstance(requirement, AtLeast):
        count, bits = requirement.count, mask(requirement.topics, order)
        return lambda done: (done & bits).bit_count() >= count
    tests = [_compiled(part, order) for part in requirement.parts]
    if isinstance(requirement, AllOf):
        return lambda done: all(test(done) for test in tests)
    return lambda done: any(test(done) for test in tests)


def satisfied(requirement: Requirement, done: Collection[str]) -> bool:
    """Whether these done topics are enough."""
    order = sorted(done)
    return compiled(requirement, order)(mask(order, order))


def leaves(requirement: Requirement) -> tuple[AtLeast, ...]:
    """Every AtLeast of the tree, in its order."""
    if isinstance(requirement, AtLeast):
        return (requirement,)
    return tuple(leaf for part in requirement.parts for leaf in leaves(part))


def shortfalls(requirement: Requirement, done: Collection[str]) -> tuple[Shortfall, ...]:
    """What is missing, part by part; of alternatives the one that wants the fewest topics. Empty when satisfied."""
    if isinstance(requirement, AtLeast):
        needed = requirement.count - len(set(requirement.topics) & set(done))
        left = tuple(topic for topic in requirement.topics if topic not in done)
        return (Shortfall(requirement.label, needed, left),) if needed > 0 else ()
    missing = [shortfalls(part, done) for part in requirement.parts]
    if isinstance(requirement, AllOf):
        return tuple(shortfall for part in missing for shortfall in part)
    return min(missing, key=lambda part: sum(shortfall.needed for shortfall in part))


def path(requirement: Requirement, done: Collection[str], preference: Sequence[str]) -> tuple[str, ...]:
    """Topics that, done as well, satisfy the requirement, or bring it as near as it gets; () when it is satisfied.

    Greedy: first what serves most parts at once, then by `preference`. As short as can be when parts share no topics.
    """
    reached, chosen = set(done), list[str]()
    while missing := shortfalls(requirement, reached):
        serves = {
            topic: sum(topic in part.topics for part in missing)
            for topic in preference
            if topic not in reached
        }
        best = max(serves, key=lambda topic: serves[topic], default=None)
        if best is None or not serves[best]:
            break
        reached.add(best)
        chosen.append(best)
    return tuple(chosen)


def indispensable(requirement: Requirement, topics: Collection[str]) -> frozenset[str]:
    """The topics without which nobody completes: the compulsory ones, whatever their set is called."""
    return _indispensable(requirement, tuple(topics))


@lru_cache(maxsize=64)
def _indispensable(requirement: Requirement, topics: tuple[str, ...]) -> frozenset[str]:
    return frozenset(topic for topic in topics if not satisfied(requirement, set(topics) - {topic}))


@lru_cache(maxsize=64)
def whole_path(requirement: Requirement, topics: tuple[str, ...]) -> tuple[str, ...]:
    """The `path` of somebody who has done nothing yet."""
    return path(requirement, (), topics)
