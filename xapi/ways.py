"""The ways for a statement to meet a query, and where each looks: columns of the statement, or the tables of links."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, or_, select, true

from xapi import tables
from xapi.query import Query

AGENT = bindparam("agent", None, String)
VERB = bindparam("verb", None, String)
ACTIVITY = bindparam("activity", None, String)
ACTIVITY_KEY = bindparam("activity_key", None, String)
REGISTRATION = bindparam("registration", None, String)
MINE = bindparam("mine", None, String)
_statement = tables.statement


class By(Enum):
    """Where a statement names an agent or an activity that is asked for."""

    COLUMN = auto()  # its own actor or object
    LINK = auto()  # anywhere else in it
    AUTHORITY = auto()  # who vouches for it: a column too, for it is on every statement of a credential


@dataclass(frozen=True, slots=True)
class Way:
    """One way for a statement to meet a query.

    `agent`, `activity`: where it names what is asked for; `within`: where it names what its reader is limited to; `referring`: it
    refers to one that meets the query in any other way. Each is asked for a page of its own, all in one SELECT, so that a batch is
    never shown by half; what they find is merged. With OR between them no index could be used.
    """

    agent: By = By.COLUMN
    activity: By = By.COLUMN
    within: By = By.COLUMN
    referring: bool = False


REFERRING = Way(referring=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that a column of the statement must have, or one of the table `link`."""

    column: ColumnElement[str]
    value: ColumnElement[str]
    link: Any = None
    also: ColumnElement[bool] = field(default_factory=true)

    @property
    def met(self) -> ColumnElement[bool]:
        return and_(self.column == self.value, self.also)

    def among(self, *, on_sqlite: bool) -> ColumnElement[bool]:
        """As a condition on statements that are found by something else."""
        if self.link is not None:
            return exists().where(self.met, self.link.c.seq == _statement.c.seq)
        return self.column.concat("") == self.value if on_sqlite else self.met


def asked(query: Query, way: Way, *, mine: bool) -> Iterator[Wanted]:
    """What few statements have comes first: a person's are a few hundred, an authority's may be all. `mine`: of the reader's alone."""
    if query.agent is not None and way.agent is By.COLUMN:
        yield Wanted(_statement.c.actor_key, AGENT)
    if query.agent is not None and way.agent is By.LINK:
        link = tables.agent_link
        yield Wanted(link.c.actor_key, AGENT, link, true() if query.related_agents else link.c.direct)
    if query.registration is not None:
        yield Wanted(_statement.c.registration, REGISTRATION)
    if query.activity is not None and way.activity is By.COLUMN:
        yield Wanted(_statement.c.object_id, ACTIVITY)
    if query.activity is not None and way.activity is By.LINK:
        yield Wanted(tables.activity_link.c.activity_key, ACTIVITY_KEY, tables.activity_link)
    if mine:
        yield Wanted(_statement.c.authority, MINE)
    if query.verb is not None:
        yield Wanted(_statement.c.verb, VERB)
    if query.agent is not None and way.agent is By.AUTHORITY:
        yield Wanted(_statement.c.authority, AGENT)


def met(query: Query, table: Any) -> Iterator[ColumnElement[bool]]:
    """What a statement must meet in any of its ways, of a few that were found by something else."""
    if query.verb is not None:
        yield table.c.verb == VERB
    if query.registration is not None:
        yield table.c.registration == REGISTRATION
    if query.activity is not None:
        yield _about_activity(query, table)
    if query.agent is not None:
        yield _about_agent(query, table)


def _about_activity(query: Query, table: Any) -> ColumnElement[bool]:
    link = tables.activity_link
    mentioned = exists().where(link.c.activity_key == ACTIVITY_KEY, link.c.seq == table.c.seq)
    own: ColumnElement[bool] = table.c.object_id == ACTIVITY
    return or_(own, mentioned) if query.related_activities else own


def _about_agent(query: Query, table: Any) -> ColumnElement[bool]:
    link, own = tables.agent_link, table.c.actor_key == AGENT
    mentioned = select(link.c.seq).where(link.c.actor_key == AGENT, link.c.seq == table.c.seq)
    if not query.related_agents:
        return or_(own, exists(mentioned.where(link.c.direct)))
    return or_(own, exists(mentioned), table.c.authority == AGENT)
