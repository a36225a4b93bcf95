"""What a query finds, by the SELECTs of `searches`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product, starmap

from sqlalchemy import Connection

from xapi import searches, sql
from xapi.links import activity_key
from xapi.lrs import Found, Page
from xapi.query import Query
from xapi.ways import REFERRING, By, Way
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
    with sql.one_state(connection):  # a batch committed between two looks would be shown by half
        around = _around(connection, query)
        shape = searches.shape(query, mine, around.low, around.high, on_sqlite=sql.is_sqlite(connection))
        given = searches.given(query, mine, around.low, around.high)
        found = searches.search(tuple(around.ways(query, within)), shape, within).rows(connection, given)
    rows = {seq: (payload, stored) for seq, payload, stored in found}
    order = sorted(rows, reverse=not query.ascending)
    shown = order[: query.limit]
    more = query.more(shown[-1]) if len(order) > query.limit else ""
    return Page(
        tuple(rows[seq][0] for seq in shown), more, stored=max((rows[seq][1] for seq in shown), default=0)
    )


@dataclass(frozen=True, slots=True)
class _Around:
    """`low`, `high`: numbers below and above which no statement can be of the time that is asked for; None: no bound.

    The others as `searches.around` says: what is no more than the first of its kind from there on is not what is asked for.
    """

    low: int | None = None
    high: int | None = None
    authority: str | None = None
    linked_agent: str | None = None
    linked_activity: str | None = None
    reference: str | None = None

    def ways(self, query: Query, within: Within) -> Iterator[Way]:
        """Those by which there is anything to find at all."""
        agents, activities = [By.COLUMN], [By.COLUMN]
        if query.agent is not None:
            agents += [By.LINK] * (self.linked_agent == query.agent)
            agents += [By.AUTHORITY] * (self.authority == query.agent)
        if query.activity is not None:
            activities += [By.LINK] * (self.linked_activity == activity_key(query.activity))
        limits = [By.COLUMN, By.LINK] if within.activities else [By.COLUMN]
        yield from starmap(Way, product(agents, activities, limits))
        if self.reference is not None:
            yield REFERRING


def _around(connection: Connection, query: Query) -> _Around:
    wanted = searches.around(searches.alike(query), on_sqlite=sql.is_sqlite(connection))
    if wanted is None:
        return _Around()
    (found,) = wanted.rows(connection, searches.given_around(query))
    return _Around(**dict(zip(wanted.columns, found, strict=True)))
