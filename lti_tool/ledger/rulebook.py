"""What is in force: every programme with its mappings, read once and again only when a version changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from lti_tool.programmes import mappings, tables, versions
from lti_tool.programmes.versions import Version
from rules import evidence
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class Edition:
    """One programme in force, with what decides on each platform."""

    version: Version
    mappings: Mapping[str, evidence.Mapping]

    @property
    def programme(self) -> Programme:
        return self.version.programme

    @property
    def verbs(self) -> frozenset[str]:
        """Every verb that can complete something or take it back."""
        return frozenset(verb for rule in self._rules() for verb in (*rule.verbs, *rule.takes_back))

    @property
    def begins(self) -> frozenset[str]:
        """Every verb that says something was begun."""
        return frozenset(verb for rule in self._rules() for verb in rule.begins)

    def _rules(self) -> Iterator[evidence.ActivityRule]:
        for mapping in self.mappings.values():
            for topic in mapping.topics.values():
                yield from topic.activities


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All editions in force, by programme key. `stamp` tells whether the stored versions are still these."""

    editions: tuple[Edition, ...]
    stamp: object

    @property
    def verbs(self) -> frozenset[str]:
        return frozenset(verb for edition in self.editions for verb in edition.verbs)

    @property
    def begins(self) -> frozenset[str]:
        return frozenset(verb for edition in self.editions for verb in edition.begins)


class Rulebooks:
    """Gives the rulebook in force; one of these lives as long as its process."""

    def __init__(self) -> None:
        self._last: Rulebook | None = None

    def current(self, connection: Connection) -> Rulebook:
        stamp = _stamp(connection)
        if self._last is None or self._last.stamp != stamp:
            editions = (
                Edition(version, mappings.current(connection, version.key))
                for version in versions.all_in_force(connection)
            )
            self._last = Rulebook(tuple(editions), stamp)
        return self._last


def _stamp(connection: Connection) -> object:
    version, mapping = tables.version.c, tables.mapping.c
    programmes = select(version.key, func.max(version.version)).group_by(version.key).order_by(version.key)
    mapped = select(mapping.programme, mapping.source, func.max(mapping.version)).group_by(
        mapping.programme, mapping.source
    )
    rows = [
        connection.execute(query).all()
        for query in (programmes, mapped.order_by(mapping.programme, mapping.source))
    ]
    return tuple(tuple(tuple(row) for row in found) for found in rows)
