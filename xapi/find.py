"""What a query finds, by the SELECTs of `searches`."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from xapi import searches, sql
from xapi.lrs import Found, Page
from xapi.query import Query
from xapi.searches import Way
from xapi.within import EVERYTHING, Within


def get(
    connection: Connection,
    statement_id: str,
    *,
    voided: bool = False,
    mine: str | None = None,
    within: Within = EVERYTHING,
) -> Found | None:
    """The statement of this id, if it is (not) voided; `mine`: only of this authority; `within`: only if it is in there."""
    wanted = searches.by_id(
        voided=voided, mine=mine is not None, within=within, on_sqlite=sql.is_sqlite(connection)
    )
    found = wanted.rows(connection, {"id": statement_id.lower(), "mine": mine})
    return Found(*found[0]) if found else None


def page(
    connection: Connection, query: Query, *, mine: str | None = None, within: Within = EVERYTHING
) -> Page:
    """One page of statements that are not voided, latest first unless `ascending`."""
    if sql.is_sqlite(connection) and not connection.in_transaction():
        connection.begin()  # all the ways see one state: a batch committed between two of them would be shown by half
    around = _around(connection, query)
    shape = searches.shape(query, mine, around.low, around.high, on_sqlite=sql.is_sqlite(connection))
    given = searches.given(query, mine, around.low, around.high)
    rows: dict[int, tuple[str, int]] = {}
    for way in around.ways(query):
        found = searches.search(way, shape, within).rows(connection, given)
        rows.update((seq, (payload, stored)) for seq, payload, stored in found)
    order = sorted(rows, reverse=not query.ascending)
    shown = order[: query.limit]
    more = query.more(shown[-1]) if len(order) > query.limit else ""
    return Page(
        tuple(rows[seq][0] for seq in shown), more, stored=max((rows[seq][1] for seq in shown), default=0)
    )


@dataclass(frozen=True, slots=True)
class _Around:
    """`low`, `high`: numbers below and above which no statement can be of the time that is asked for; None: no bound.

    `authority`: the first one from the agent on; `reference`: the first statement that is referred to.
    """

    low: int | None = None
    high: int | None = None
    authority: str | None = None
    reference: str | None = None

    def ways(self, query: Query) -> Iterator[Way]:
        """Those by which there is anything to find at all."""
        yield Way.OWN
        if self.authority is not None and self.authority == query.agent:
            yield Way.VOUCHED
        if self.reference is not None:
            yield Way.REFERRING


def _around(connection: Connection, query: Query) -> _Around:
    wanted = searches.around(searches.alike(query), on_sqlite=sql.is_sqlite(connection))
    if wanted is None:
        return _Around()
    (found,) = wanted.rows(connection, searches.given_around(query))
    return _Around(**dict(zip(wanted.columns, found, strict=True)))
