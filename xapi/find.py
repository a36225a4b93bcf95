"""A query's statements in SQL: each filter is one index."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select

from xapi import tables
from xapi.links import activity_key
from xapi.lrs import Found, Page
from xapi.query import Query

_statement = tables.statement


def get(
    connection: Connection, statement_id: str, *, voided: bool = False, mine: str | None = None
) -> Found | None:
    """The statement of this id, if it is (not) voided; `mine`: only of this authority."""
    query = select(_statement.c.payload, _statement.c.stored).where(
        _statement.c.id == statement_id.lower(),
        _statement.c.voided_by.is_not(None) if voided else _statement.c.voided_by.is_(None),
    )
    if mine is not None:
        query = query.where(_statement.c.authority == mine)
    row = connection.execute(query).one_or_none()
    return Found(row.payload, row.stored) if row else None


def page(connection: Connection, query: Query, *, mine: str | None = None) -> Page:
    """One page of statements that are not voided, latest first unless `ascending`."""
    rows = connection.execute(_select(connection, query, mine)).all()
    shown = rows[: query.limit]
    more = query.more(shown[-1].seq) if len(rows) > query.limit else ""
    return Page(tuple(row.payload for row in shown), more)


def _select(connection: Connection, query: Query, mine: str | None) -> Select[Any]:
    order = _statement.c.seq.asc() if query.ascending else _statement.c.seq.desc()
    found = select(_statement.c.seq, _statement.c.payload).where(_statement.c.voided_by.is_(None))
    subject = _subject(connection, query, _statement)
    if subject:
        found = found.where(_followed(connection, query, subject))
    for condition in _position(query):
        found = found.where(condition)
    if mine is not None:
        found = found.where(_statement.c.authority == mine)
    return found.order_by(order).limit(query.limit + 1)


def _position(query: Query) -> list[ColumnElement[bool]]:
    """Time and sequence: these always apply to the statement itself."""
    conditions: list[ColumnElement[bool]] = []
    if query.since is not None:
        conditions.append(_statement.c.stored > query.since)  # "stored since ... (not inclusive)"
    if query.until is not None:
        conditions.append(_statement.c.stored <= query.until)  # "at or before"
    if query.after is not None:
        beyond = _statement.c.seq > query.after if query.ascending else _statement.c.seq < query.after
        conditions.append(beyond)
    return conditions


def _subject(connection: Connection, query: Query, table: Any) -> list[ColumnElement[bool]]:
    """What a statement is about, as conditions on `table` (the statement, or the target of a reference)."""
    conditions: list[ColumnElement[bool]] = []
    if query.verb is not None:
        conditions.append(table.c.verb == query.verb)
    if query.registration is not None:
        conditions.append(table.c.registration == query.registration)
    if query.activity is not None and query.related_activities:
        link = tables.activity_link
        related = select(link.c.seq).where(link.c.activity_key == activity_key(query.activity))
        conditions.append(table.c.seq.in_(related))
    elif query.activity is not None:
        conditions.append(table.c.object_id == query.activity)
    if query.agent is not None:
        conditions.append(_about_agent(connection, query, table))
    return conditions


def _about_agent(connection: Connection, query: Query, table: Any) -> ColumnElement[bool]:
    link = tables.agent_link
    mentioned = select(link.c.seq).where(link.c.actor_key == query.agent)
    if not query.related_agents:
        return table.c.seq.in_(mentioned.where(link.c.direct))  # type: ignore[no-any-return]
    # An authority is on every statement of its credential: a column, not millions of links; asked only when it is one.
    is_authority = connection.execute(select(exists().where(_statement.c.authority == query.agent))).scalar()
    found = table.c.seq.in_(mentioned)
    return or_(found, table.c.authority == query.agent) if is_authority else found


def _followed(
    connection: Connection, query: Query, subject: list[ColumnElement[bool]]
) -> ColumnElement[bool]:
    """The condition, followed through any number of references.

    "Statements which target another Statement (by using a StatementRef as the Object of the Statement) will meet the filter
    condition if the targeted Statement meets the filter condition" (part 3, 2.1.3.s3).
    """
    own = and_(*subject)
    if not connection.execute(select(exists().where(_statement.c.ref_id.is_not(None)))).scalar():
        return own
    chain = (
        select(_statement.c.seq.label("seq"), _statement.c.ref_id.label("target"))
        .where(_statement.c.ref_id.is_not(None))
        .cte("chain", recursive=True)
    )
    between = _statement.alias("between_refs")
    chain = chain.union(  # UNION, not UNION ALL: statements that refer to each other end
        select(chain.c.seq, between.c.ref_id)
        .join(between, between.c.id == chain.c.target)
        .where(between.c.ref_id.is_not(None))
    )
    target = _statement.alias("target")
    through = select(chain.c.seq).join(target, target.c.id == chain.c.target)
    return or_(own, _statement.c.seq.in_(through.where(and_(*_subject(connection, query, target)))))
