"""The part of the store a reader is shown whatever it asks for: its limit, combined in SQL with every query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select

from xapi import tables
from xapi.links import activity_key
from xapi.many import one_of
from xapi.ways import By


@dataclass(frozen=True, slots=True)
class Within:
    """What is empty does not narrow; what is given must all be met.

    `activities`: IRIs, of the object or of a context activity; `actors`: a SELECT of actor keys in the same database.
    """

    verbs: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    actors: Select[Any] | None = None

    def conditions(self, table: Any = tables.statement) -> list[ColumnElement[bool]]:
        """What a row of the statement table (or an alias of it) must meet to be seen, when it was found by something else."""
        found = [_is(table.c.verb, self.verbs)] if self.verbs else []
        if self.activities:
            found.append(or_(_is(table.c.object_id, self.activities), self._linked(table)))
        return found + self._of_actors(table)

    def by(self, where: By, *, driven: bool) -> list[ColumnElement[bool]]:
        """The same of the statement table, of the activities only one half: those that the column or the link names.

        `driven`: statements are found by what was asked, and no index shall be taken for this instead.
        """
        row, link = tables.statement.c, tables.activity_link.alias()
        verb, activity = (one.concat("") if driven else one for one in (row.verb, row.object_id))
        found = [_is(verb, self.verbs)] if self.verbs else []
        if self.activities and where is By.COLUMN:
            found.append(_is(activity, self.activities))
        elif self.activities and driven:
            found.append(self._linked(tables.statement))
        elif self.activities:
            found.append(row.seq.in_(select(link.c.seq).where(_is(link.c.activity_key, self._keys))))
        return found + self._of_actors(tables.statement)

    @property
    def _keys(self) -> list[str]:
        return [activity_key(iri) for iri in self.activities]

    def _linked(self, table: Any) -> ColumnElement[bool]:
        link = tables.activity_link.alias()
        return exists().where(_is(link.c.activity_key, self._keys), link.c.seq == table.c.seq)

    def _of_actors(self, table: Any) -> list[ColumnElement[bool]]:
        return [] if self.actors is None else [table.c.actor_key.in_(self.actors)]


def _is(column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    """One of these. Of a single one an index tells the order of the statements too, which PostgreSQL does not know of a list."""
    return column == values[0] if len(values) == 1 else one_of(column, values)


EVERYTHING = Within()
