"""The part of the store a reader is shown whatever it asks for: its limit, combined in SQL with every query."""

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
        found = self._conditions(table)
        if self.activities:
            link = tables.activity_link.alias()
            named = exists().where(one_of(link.c.activity_key, self._keys), link.c.seq == table.c.seq)
            found.append(or_(one_of(table.c.object_id, self.activities), named))
        return found

    def by(self, where: By) -> list[ColumnElement[bool]]:
        """The same of the statement table, of the activities only one half: those that the column or the link names."""
        row, link = tables.statement.c, tables.activity_link.alias()
        found = self._conditions(tables.statement)
        if self.activities and where is By.COLUMN:
            found.append(one_of(row.object_id, self.activities))
        elif self.activities:
            found.append(row.seq.in_(select(link.c.seq).where(one_of(link.c.activity_key, self._keys))))
        return found

    @property
    def _keys(self) -> list[str]:
        return [activity_key(iri) for iri in self.activities]

    def _conditions(self, table: Any) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.verbs:
            found.append(table.c.verb.in_(self.verbs))
        if self.actors is not None:
            found.append(table.c.actor_key.in_(self.actors))
        return found


EVERYTHING = Within()
