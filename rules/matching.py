"""Finds, for one platform, the topic's activities a fact is about. Built once per reading, asked for every fact."""

from collections import abc, defaultdict
from collections.abc import Iterator
from typing import TypeAlias

from rules.evidence import ANY_SOURCE, ActivityRule, Fact, Mapping
from rules.glob import Glob

Part: TypeAlias = tuple[str, int]  # topic key, index of the activity within the topic


class Matcher:
    """The activity rules of one mapping, arranged so that most facts are settled by one look-up."""

    def __init__(self, mapping: Mapping) -> None:
        self._exact: dict[tuple[str, str], list[Part]] = defaultdict(list)
        self._patterns: list[tuple[str, Glob, Part]] = []
        self._excluded = tuple(Glob.of(pattern) for pattern in mapping.exclude)
        self._by_id: dict[str, tuple[Part, ...]] = {}
        self._forbidden: dict[str, bool] = {}
        for topic in mapping.topics.values():
            for index, rule in enumerate(topic.activities):
                self._learn(rule, (topic.topic, index))

    def _learn(self, rule: ActivityRule, part: Part) -> None:
        for value in rule.values:
            if rule.by == "pattern":
                glob = Glob.of(value)
                self._patterns.append((glob.longest, glob, part))
            else:
                self._exact[rule.by, value].append(part)

    def parts(self, fact: Fact) -> Iterator[Part]:
        """Every part of a topic that this fact is about; none for an excluded activity."""
        if self._is_forbidden(fact.activity):
            return
        if fact.external_id is not None:
            yield from self._exact.get(("external_id", fact.external_id), ())
        yield from self._known(fact.activity)

    def _is_forbidden(self, activity: str) -> bool:
        if activity not in self._forbidden:
            self._forbidden[activity] = any(glob.matches(activity) for glob in self._excluded)
        return self._forbidden[activity]

    def _known(self, activity: str) -> tuple[Part, ...]:
        if activity not in self._by_id:
            exact = self._exact.get(("id", activity), [])
            # Hundreds of patterns meet every new id: the look for the literal, made here, spares nearly all the calls.
            near = [(glob, part) for literal, glob, part in self._patterns if literal in activity]
            found = [*exact, *(part for glob, part in near if glob.matches(activity))]
            self._by_id[activity] = tuple(dict.fromkeys(found))
        return self._by_id[activity]


class Matchers:
    """The matchers of one programme's platforms, each built when it is first asked for. For the facts of many learners, in one go."""

    def __init__(self, mappings: "abc.Mapping[str, Mapping]") -> None:
        self._mappings = mappings
        self._built: dict[str, Matcher | None] = {}

    def mapping(self, source: str) -> Mapping | None:
        """What decides on this platform."""
        return self._mappings.get(source) or self._mappings.get(ANY_SOURCE)

    def of(self, source: str) -> Matcher | None:
        if source not in self._built:
            mapping = self.mapping(source)
            self._built[source] = Matcher(mapping) if mapping else None
        return self._built[source]
