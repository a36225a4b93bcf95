"""A SELECT is put together once for all queries that ask in the same way, and holds nobody's values."""

from dataclasses import replace
from typing import Any

import pytest

from lti_tool.base.database import Database
from tests.only import on_sqlite
from xapi import searches, sql
from xapi.query import parse
from xapi.ready import Ready
from xapi.ways import REFERRING, By, Way
from xapi.within import EVERYTHING, Within

TIMES = {"since": "2025-12-01T00:00:00Z", "until": "2025-12-02T00:00:00Z"}
AN = '{"mbox": "mailto:an@example.vn"}'
BINH = '{"mbox": "mailto:binh@example.vn"}'
WAYS = [*(Way(agent, activity) for agent in By for activity in (By.COLUMN, By.LINK)), REFERRING]
OWN = Way()


def made(asked: dict[str, str], way: Way = OWN, within: Within = EVERYTHING, *, on_sqlite: bool) -> Ready:
    shape = searches.shape(parse(asked.items()), None, None, None, on_sqlite=on_sqlite)
    return searches.search((way,), shape, within)


@pytest.mark.parametrize("on_sqlite", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_queries_that_differ_in_their_values_alone_share_a_select(way: Way, on_sqlite: bool):
    first = {"agent": AN, "verb": "urn:a", "since": "2025-12-01T00:00:00Z", "limit": "1"}
    other = {"agent": BINH, "verb": "urn:b", "since": "1970-01-01T00:00:00Z", "limit": "50"}
    assert made(first, way, on_sqlite=on_sqlite) is made(other, way, on_sqlite=on_sqlite)


@pytest.mark.parametrize(
    "also",
    [
        {"registration": "11111111-1111-4111-8111-111111111111"},
        {"activity": "urn:a"},
        {"activity": "urn:a", "related_activities": "true"},
        {"until": "2025-12-01T00:00:00Z"},
        {"ascending": "true"},
    ],
)
def test_those_that_ask_for_something_else_do_not(also: dict[str, str]):
    assert made({"agent": AN}, on_sqlite=True).text != made({"agent": AN, **also}, on_sqlite=True).text


def test_a_search_for_the_links_of_an_agent_says_whether_related_ones_count():
    related = made({"agent": AN, "related_agents": "true"}, Way(By.LINK), on_sqlite=True)
    assert related.text != made({"agent": AN}, Way(By.LINK), on_sqlite=True).text


@pytest.mark.parametrize("on_sqlite", [True, False])
def test_every_value_of_a_search_is_given(on_sqlite: bool):
    """One that was forgotten would be NULL, and find nothing."""
    asked = {
        "agent": AN,
        "verb": "urn:a",
        "activity": "urn:b",
        "registration": "11111111-1111-4111-8111-111111111111",
        **TIMES,
    }
    for related in ({}, {"related_activities": "true"}, {"related_agents": "true"}):
        query = replace(parse({**asked, **related}.items()), after=5)
        shape = searches.shape(query, "mine", 1, 9, on_sqlite=on_sqlite)
        given: dict[str, Any] = searches.given(query, "mine", 1, 9)
        for way in WAYS:
            wanted = [
                name for name, default in searches.search((way,), shape, EVERYTHING).values if default is None
            ]
            assert {"mine", "low", "high", "after", "since", "until", "limit", "verb"} <= set(wanted)
            assert all(given[name] is not None for name in wanted)


@pytest.mark.parametrize("on_sqlite", [True, False])
def test_every_value_of_the_look_around_is_given(on_sqlite: bool):
    related = {"related_agents": "true", "related_activities": "true"}
    query = parse({"agent": AN, "activity": "urn:a", **related, **TIMES}.items())
    wanted = searches.around(searches.alike(query), on_sqlite=on_sqlite)
    assert wanted is not None
    assert wanted.columns == ("low", "high", "linked_agent", "authority", "linked_activity", "reference")
    names = {name for name, default in wanted.values if default is None}
    assert names == {name for name, value in searches.given_around(query).items() if value is not None}


def test_what_a_limited_reader_is_shown_is_put_together_for_that_reader_alone():
    limited = made({"verb": "urn:a"}, within=Within(verbs=("urn:only",)), on_sqlite=True)
    assert "urn:only" in [value for _, value in limited.values]
    assert "urn:only" not in [value for _, value in made({"verb": "urn:a"}, on_sqlite=True).values]


@on_sqlite
@pytest.mark.parametrize("mine", ["an authority", None])
@pytest.mark.parametrize(
    "within",
    [EVERYTHING, Within(activities=("urn:a",)), Within(activities=("urn:a", "urn:b"), verbs=("urn:v",))],
)
@pytest.mark.parametrize("way", [Way(), Way(By.LINK), Way(activity=By.LINK), Way(By.LINK, By.LINK)])
def test_sqlite_which_knows_no_value_to_be_rare_goes_by_the_person_whatever_else_is_asked(
    database: Database, way: Way, mine: str | None, within: Within
):
    asked = {"agent": AN, "activity": "urn:a", "related_activities": "true", "verb": "urn:done", **TIMES}
    shape = searches.shape(parse(asked.items()), mine, None, None, on_sqlite=True)
    found = searches.search((way, replace(way, within=By.LINK)), shape, within)
    with database.reading() as connection:
        rows = sql.rows(connection, f"EXPLAIN QUERY PLAN {found.text}", ["" for _ in found.values])
    used = (
        "ix_xapi_statement_actor_key_seq" if way.agent is By.COLUMN else "xapi_agent_link USING PRIMARY KEY"
    )
    first = [rows[at + 1][3] for at, row in enumerate(rows) if row[3].startswith("CO-ROUTINE")]
    assert len(first) == 2
    assert all(used in one for one in first)
