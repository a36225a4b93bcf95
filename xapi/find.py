"""A query's statements in SQL: each filter is one index."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, or_, select

from xapi import sql, tables
from xapi.links import activity_key
from xapi.lrs import Found, Page
from xapi.query import Query
from xapi.within import EVERYTHING, Within

_statement = tables.statement
_SKEW = (
    600 * 1_000_000
)  # ten minutes: far longer than any writer takes from its number to the moment it writes
# Not "IS NOT NULL": for that SQLite reads the whole table, though an index knows.
_REFERS = _statement.c.ref_id > ""


def get(
    connection: Connection,
    statement_id: str,
    *,
    voided: bool = False,
    mine: str | None = None,
    within: Within = EVERYTHING,
) -> Found | None:
    """The statement of this id, if it is (not) voided; `mine`: only of this authority; `within`: only if it is in there."""
    query = (
        select(tables.payload.c.payload, _statement.c.stored)
        .select_from(tables.whole)
        .where(
            _statement.c.id == statement_id.lower(),
            _statement.c.voided_by.is_not(None) if voided else _statement.c.voided_by.is_(None),
            *within.conditions(),
        )
    )
    if mine is not None:
        query = query.where(_statement.c.authority == mine)
    row = connection.execute(query).one_or_none()
    return Found(row.payload, row.stored) if row else None


def page(
    connection: Connection, query: Query, *, mine: str | None = None, within: Within = EVERYTHING
) -> Page:
    """One page of statements that are not voided, latest first unless `ascending`."""
    rows: dict[int, tuple[str, int]] = {}
    between = _between(connection, query)
    for found in _searches(connection, query, within, mine):
        bounded = _bounded(found, query, mine, between).where(*within.conditions())
        if not sql.is_sqlite(connection):
            bounded = bounded.where(*_numbers(tables.payload.c.seq, query, between))
        rows.update((row.seq, (row.payload, row.stored)) for row in connection.execute(bounded))
    order = sorted(rows, reverse=not query.ascending)
    shown = order[: query.limit]
    more = query.more(shown[-1]) if len(order) > query.limit else ""
    return Page(
        tuple(rows[seq][0] for seq in shown), more, stored=max((rows[seq][1] for seq in shown), default=0)
    )


@dataclass(frozen=True, slots=True)
class _Search:
    """A way to find statements; `seq`: the column whose index gives them in order."""

    select: Select[Any]
    seq: ColumnElement[int]


def _searches(connection: Connection, query: Query, within: Within, mine: str | None) -> list[_Search]:
    """The ways by which a statement can meet the query.

    Each is asked for a page of its own and they are merged: one search with OR between them could use no index.
    """
    own = _linked(query)
    if own is None:
        return [_Search(_filtered(query, _shown()), _statement.c.seq)]
    found = [own]
    if (
        query.related_agents
        and query.agent is not None
        and _reaches(connection, _statement.c.authority, query.agent) == query.agent
    ):
        # An authority is on every statement of its credential: a column, not millions of links.
        without = replace(query, agent=None)
        search = _linked(without) or _Search(_filtered(without, _shown()), _statement.c.seq)
        found.append(_Search(search.select.where(_statement.c.authority == query.agent), search.seq))
    if _reaches(connection, _statement.c.ref_id, ""):
        found.append(
            _Search(_shown().where(_statement.c.seq.in_(_referring(query, within, mine))), _statement.c.seq)
        )
    return found


def _between(connection: Connection, query: Query) -> tuple[int | None, int | None]:
    """Numbers below and above which no statement can be of the time that is asked for; None: no bound.

    Indexes give statements in the order of their numbers, so that a search for the last minutes would read on through all the
    years before them. Numbers and moments of storing run alike but for `_SKEW`.
    """
    stored, seq, low, high = _statement.c.stored, _statement.c.seq, None, None
    if query.since is not None:
        older = select(seq).where(stored <= query.since - _SKEW).order_by(stored.desc()).limit(1)
        low = connection.execute(older).scalar()
    if query.until is not None:
        newer = select(seq).where(stored > query.until + _SKEW).order_by(stored).limit(1)
        high = connection.execute(newer).scalar()
    return low, high


def _bounded(
    search: _Search, query: Query, mine: str | None, between: tuple[int | None, int | None]
) -> Select[Any]:
    """Time and sequence: these always apply to the statement itself."""
    found, seq = search.select.where(*_numbers(search.seq, query, between)), search.seq
    if query.since is not None:
        found = found.where(_statement.c.stored > query.since)  # "stored since ... (not inclusive)"
    if query.until is not None:
        found = found.where(_statement.c.stored <= query.until)  # "at or before"
    if mine is not None:
        found = found.where(_statement.c.authority == mine)
    return found.order_by(seq.asc() if query.ascending else seq.desc()).limit(query.limit + 1)


def _numbers(
    seq: ColumnElement[int], query: Query, between: tuple[int | None, int | None]
) -> Iterator[ColumnElement[bool]]:
    """Between which numbers the page lies.

    PostgreSQL carries no inequality across a join: it read the payloads of everything newer than a deep page, 70 ms at 100,000
    statements and growing, until the payloads were bounded too.
    """
    low, high = between
    if low is not None:
        yield seq > low
    if high is not None:
        yield seq < high
    if query.after is not None:
        yield seq > query.after if query.ascending else seq < query.after


def _shown() -> Select[Any]:
    columns = (_statement.c.seq, tables.payload.c.payload, _statement.c.stored)
    return select(*columns).select_from(tables.whole).where(_statement.c.voided_by.is_(None))


def _linked(query: Query) -> _Search | None:
    """The statements that are themselves about what is asked, driven by the narrowest index; None when nothing is asked."""
    if (query.agent, query.verb, query.activity, query.registration) == (None,) * 4:
        return None
    found, seq = _filtered(query, _shown()), _statement.c.seq
    if query.activity is not None and query.related_activities:
        activities = tables.activity_link
        found = found.join(activities, activities.c.seq == _statement.c.seq)
        found = found.where(activities.c.activity_key == activity_key(query.activity))
        seq = activities.c.seq
    if query.agent is not None:
        agents = tables.agent_link
        found = found.join(agents, agents.c.seq == _statement.c.seq).where(agents.c.actor_key == query.agent)
        found = found if query.related_agents else found.where(agents.c.direct)
        seq = agents.c.seq
    return _Search(found, seq)


def _filtered(query: Query, found: Select[Any], table: Any = _statement) -> Select[Any]:
    """The filters that are a column of the statement."""
    if query.verb is not None:
        found = found.where(table.c.verb == query.verb)
    if query.registration is not None:
        found = found.where(table.c.registration == query.registration)
    if query.activity is not None and not query.related_activities:
        found = found.where(table.c.object_id == query.activity)
    return found


def _referring(query: Query, within: Within, mine: str | None) -> Select[Any]:
    """The statements that refer, through any number of references, to one that is about what is asked.

    "Statements which target another Statement (by using a StatementRef as the Object of the Statement) will meet the filter
    condition if the targeted Statement meets the filter condition" (part 3, 2.1.3.s3), a voided one included. What a reader may
    not see must not be found out by asking what refers to it, so the target is within its limit, and `mine`, too.
    """
    chain = (
        select(_statement.c.seq.label("seq"), _statement.c.ref_id.label("target"))
        .where(_REFERS)
        .cte("chain", recursive=True)
    )
    between = _statement.alias("between_refs")
    chain = chain.union(  # UNION, not UNION ALL: statements that refer to each other end
        select(chain.c.seq, between.c.ref_id)
        .join(between, between.c.id == chain.c.target)
        .where(between.c.ref_id.is_not(None))
    )
    target = _statement.alias("target")
    found = _filtered(query, select(chain.c.seq).join(target, target.c.id == chain.c.target), target)
    found = found.where(*within.conditions(target))
    found = found if mine is None else found.where(target.c.authority == mine)
    if query.activity is not None and query.related_activities:
        link = tables.activity_link
        key = activity_key(query.activity)
        found = found.where(exists().where(link.c.activity_key == key, link.c.seq == target.c.seq))
    return found if query.agent is None else found.where(_about_agent(query, target))


def _about_agent(query: Query, table: Any) -> ColumnElement[bool]:
    link = tables.agent_link
    mentioned = select(link.c.seq).where(link.c.actor_key == query.agent, link.c.seq == table.c.seq)
    if not query.related_agents:
        return exists(mentioned.where(link.c.direct))
    return or_(exists(mentioned), table.c.authority == query.agent)


def _reaches(connection: Connection, column: ColumnElement[str], value: str) -> str | None:
    """The first value of an indexed column from this one on.

    Not EXISTS: a prepared plan of PostgreSQL cannot know that a value is rare, and would read the table for it.
    """
    return connection.execute(select(column).where(column >= value).order_by(column).limit(1)).scalar()
