"""The SELECTs of GET statements: each filter is one index. Made once for all queries that ask in the same way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    bindparam,
    literal_column,
    select,
    union_all,
)

from xapi import tables
from xapi.links import activity_key
from xapi.query import Query
from xapi.ready import Ready, ready
from xapi.ways import ACTIVITY_KEY, AGENT, MINE, Wanted, Way, asked, met
from xapi.within import EVERYTHING, Within

_Value = TypeVar("_Value")
_statement = tables.statement
# Not "IS NOT NULL": for that SQLite reads the whole table, though an index knows.
_REFERS = _statement.c.ref_id > ""
_SKEW = 600 * 1_000_000  # ten minutes: far longer than a writer takes from its number to the moment it writes
_KEPT = 512  # ways to ask: more than the clients of one installation have, as a rule

_ID = bindparam("id", None, String)
_SINCE = bindparam("since", None, BigInteger)
_UNTIL = bindparam("until", None, BigInteger)
_EARLIER = bindparam("earlier", None, BigInteger)
_LATER = bindparam("later", None, BigInteger)
_AFTER = bindparam("after", None, BigInteger)
_LOW = bindparam("low", None, BigInteger)
_HIGH = bindparam("high", None, BigInteger)
_LIMIT = bindparam("limit", None, BigInteger)
_FIRST = literal_column("1", BigInteger)


@dataclass(frozen=True, slots=True)
class Shape:
    """How is asked, without for what. `query`: every value that it gives is alike; `mine`, `low`, `high`: whether there is one."""

    query: Query
    mine: bool
    low: bool
    high: bool
    on_sqlite: bool


def shape(query: Query, mine: str | None, low: int | None, high: int | None, *, on_sqlite: bool) -> Shape:
    """`low`, `high`: numbers between which the page lies."""
    return Shape(alike(query), mine is not None, low is not None, high is not None, on_sqlite)


def alike(query: Query) -> Query:
    """The same for all queries that ask in the same way."""
    return Query(
        agent=_one(query.agent, ""),
        verb=_one(query.verb, ""),
        activity=_one(query.activity, ""),
        registration=_one(query.registration, ""),
        related_activities=query.related_activities,
        related_agents=query.related_agents,
        since=_one(query.since, 0),
        until=_one(query.until, 0),
        after=_one(query.after, 0),
        ascending=query.ascending,
    )


def _one(value: _Value | None, for_all: _Value) -> _Value | None:
    return None if value is None else for_all


def given(query: Query, mine: str | None, low: int | None, high: int | None) -> dict[str, Any]:
    """The values of `search` by the names of its parameters."""
    return {
        "agent": query.agent,
        "verb": query.verb,
        "activity": query.activity,
        "activity_key": query.activity and activity_key(query.activity),
        "registration": query.registration,
        "since": query.since,
        "until": query.until,
        "after": query.after,
        "mine": mine,
        "low": low,
        "high": high,
        "limit": query.limit + 1,
    }


def given_around(query: Query) -> dict[str, Any]:
    """The values of `around`. Numbers and moments of storing run alike but for `_SKEW`."""
    return {
        "agent": query.agent,
        "activity_key": query.activity and activity_key(query.activity),
        "earlier": (query.since or 0) - _SKEW,
        "later": (query.until or 0) + _SKEW,
    }


def by_id(*, voided: bool, mine: bool, within: Within, on_sqlite: bool) -> Ready:
    """Payload and moment of storing of the statement `id`, if it is (not) voided; `mine`: of this authority."""
    if within is EVERYTHING:
        return _kept_by_id(voided, mine, on_sqlite)
    return _by_id(voided, mine, on_sqlite, within)


def search(ways: tuple[Way, ...], shape: Shape, within: Within) -> Ready:
    """Number, payload and moment of storing of each statement of a page and of one more, by each of these ways; parameters as in `given`."""
    return _kept_search(ways, shape) if within is EVERYTHING else _search(ways, shape, within)


@lru_cache(_KEPT)
def around(query: Query, *, on_sqlite: bool) -> Ready | None:
    """What has to be known before a search, in one row; None: nothing. `query` as `alike` gives it.

    `low`: the last number up to the moment `earlier`, `high`: the first after `later`: indexes give statements in the order of their
    numbers, so that a search for the last minutes would read on through all the years before them. `authority`, `linked_agent`: the
    first from `agent` on; `linked_activity`: the first from `activity_key` on; `reference`: the first statement that is referred to.
    Not EXISTS: a kept plan of PostgreSQL cannot know that a value is rare, and would read the table for it.
    """
    stored, seq, authority = _statement.c.stored, _statement.c.seq, _statement.c.authority
    wanted: dict[str, Select[Any]] = {}
    if query.since is not None:
        wanted["low"] = select(seq).where(stored <= _EARLIER).order_by(stored.desc())
    if query.until is not None:
        wanted["high"] = select(seq).where(stored > _LATER).order_by(stored)
    if query.agent is not None:
        key = tables.agent_link.c.actor_key
        wanted["linked_agent"] = select(key).where(key >= AGENT).order_by(key)
        if query.related_agents:
            wanted["authority"] = select(authority).where(authority >= AGENT).order_by(authority)
    if query.related_activities and query.activity is not None:
        key = tables.activity_link.c.activity_key
        wanted["linked_activity"] = select(key).where(key >= ACTIVITY_KEY).order_by(key)
    if (query.agent, query.verb, query.activity, query.registration) != (None,) * 4:
        wanted["reference"] = select(_statement.c.ref_id).where(_REFERS).order_by(_statement.c.ref_id)
    if not wanted:
        return None
    row = select(*(one.limit(_FIRST).scalar_subquery().label(name) for name, one in wanted.items()))
    return ready(row, on_sqlite=on_sqlite, by_keys=True)


@lru_cache(_KEPT)
def _kept_by_id(voided: bool, mine: bool, on_sqlite: bool) -> Ready:
    return _by_id(voided, mine, on_sqlite, EVERYTHING)


def _by_id(voided: bool, mine: bool, on_sqlite: bool, within: Within) -> Ready:
    hidden = _statement.c.voided_by
    found = select(tables.payload.c.payload, _statement.c.stored).select_from(tables.whole)
    found = found.where(_statement.c.id == _ID, hidden.is_not(None) if voided else hidden.is_(None))
    found = found.where(*within.conditions())
    found = found.where(_statement.c.authority == MINE) if mine else found
    return ready(found, on_sqlite=on_sqlite, by_keys=within is EVERYTHING)


@lru_cache(_KEPT)
def _kept_search(ways: tuple[Way, ...], shape: Shape) -> Ready:
    return _search(ways, shape, EVERYTHING)


def _search(ways: tuple[Way, ...], shape: Shape, within: Within) -> Ready:
    pages = [_page(way, shape, within) for way in ways]
    found = pages[0] if len(pages) == 1 else union_all(*(select(page.subquery()) for page in pages))
    return ready(found, on_sqlite=shape.on_sqlite)


def _page(way: Way, shape: Shape, within: Within) -> Select[Any]:
    found = _bounded(_found(way, shape, within), shape)
    if not shape.on_sqlite:
        # PostgreSQL carries no inequality across a join: it read the payloads of everything newer than a deep page, 70 ms at
        # 100,000 statements and growing, until the payloads were bounded too.
        found = found.where(*_numbers(tables.payload.c.seq, shape))
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """A way to find statements; `seq`: the column whose index gives them in order."""

    select: Select[Any]
    seq: ColumnElement[int]


def _found(way: Way, shape: Shape, within: Within) -> _Search:
    if way.referring:
        referring = _shown().where(_statement.c.seq.in_(_referring(shape, within)), *within.conditions())
        mine = [Wanted(_statement.c.authority, MINE).among(on_sqlite=shape.on_sqlite)] if shape.mine else []
        return _Search(referring.where(*mine), _statement.c.seq)
    conditions = list(asked(shape.query, way, mine=shape.mine))
    limits = within.by(way.within, driven=shape.on_sqlite and bool(conditions))
    found = _about(conditions, on_sqlite=shape.on_sqlite)
    return replace(found, select=found.select.where(*limits))


def _bounded(search: _Search, shape: Shape) -> Select[Any]:
    """Time and sequence: these always apply to the statement itself."""
    found, seq = search.select.where(*_numbers(search.seq, shape)), search.seq
    if shape.query.since is not None:
        found = found.where(_statement.c.stored > _SINCE)  # "stored since ... (not inclusive)"
    if shape.query.until is not None:
        found = found.where(_statement.c.stored <= _UNTIL)  # "at or before"
    return found.order_by(seq.asc() if shape.query.ascending else seq.desc()).limit(_LIMIT)


def _numbers(seq: ColumnElement[int], shape: Shape) -> Iterator[ColumnElement[bool]]:
    """Between which numbers the page lies."""
    if shape.low:
        yield seq > _LOW
    if shape.high:
        yield seq < _HIGH
    if shape.query.after is not None:
        yield seq > _AFTER if shape.query.ascending else seq < _AFTER


def _shown() -> Select[Any]:
    columns = (_statement.c.seq, tables.payload.c.payload, _statement.c.stored)
    return select(*columns).select_from(tables.whole).where(_statement.c.voided_by.is_(None))


def _about(conditions: Sequence[Wanted], *, on_sqlite: bool) -> _Search:
    """The statements that are themselves about what is asked, driven by what few statements have.

    PostgreSQL, which knows how rare each value is, may choose otherwise. SQLite keeps no such figures: it would as soon go through
    all statements with a verb, so the rest is asked in a way that no index serves.
    """
    found = _driven(conditions[0]) if conditions else _Search(_shown(), _statement.c.seq)
    for one in conditions[1:]:
        found = replace(found, select=found.select.where(one.among(on_sqlite=on_sqlite)))
    return found


def _driven(first: Wanted) -> _Search:
    if first.link is None:
        return _Search(_shown().where(first.met), _statement.c.seq)
    joined = _shown().join(first.link, first.link.c.seq == _statement.c.seq)
    return _Search(joined.where(first.met), first.link.c.seq)


def _referring(shape: Shape, within: Within) -> Select[Any]:
    """The statements that refer, through any number of references, to one that is about what is asked.

    "Statements which target another Statement (by using a StatementRef as the Object of the Statement) will meet the filter
    condition if the targeted Statement meets the filter condition" (part 3, 2.1.3.s3), a voided one included. What a reader may
    not see must not be found out by asking what refers to it, so the target is within its limit, and `mine`, too.
    """
    query, target = shape.query, _statement.alias("target")
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
    found = select(chain.c.seq).join(target, target.c.id == chain.c.target)
    found = found.where(*met(query, target), *within.conditions(target))
    return found.where(target.c.authority == MINE) if shape.mine else found
