"""The part of the store a reader is shown whatever it asks for: its limit, combined in SQL with every query."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select, union_all

from xapi import tables
from xapi.links import activity_key


@dataclass(frozen=True, slots=True)
class Within:
    """What is empty does not narrow; what is given must all be met.

    `activities`: IRIs, of the object or of a context activity; `actors`: a SELECT of actor keys in the same database.
    """

    verbs: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    actors: Select[Any] | None = None

    def conditions(self, table: Any = tables.statement) -> list[ColumnElement[bool]]:
        """What a row of the statement table (or an alias of it) must meet to be seen."""
        found: list[ColumnElement[bool]] = []
        if self.verbs:
            found.append(table.c.verb.in_(self.verbs))
        if self.activities:
            own, link = tables.statement.alias(), tables.activity_link
            keys = sorted(activity_key(iri) for iri in self.activities)
            about = (
                select(own.c.seq).where(own.c.object_id.in_(self.activities)),
                select(link.c.seq).where(link.c.activity_key.in_(keys)),
            )
            found.append(table.c.seq.in_(union_all(*about)))
        if self.actors is not None:
            found.append(table.c.actor_key.in_(self.actors))
        return found


EVERYTHING = Within()
