"""Who comes in: scopes at the routes, limits whatever the filter, the last use, and an end that counts at once."""

import json
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Select, select

from lti_tool.base.database import Database
from tests.xapi.support import MOODLE, Clock, Desk, Json, routes
from xapi import access, identity, tables
from xapi.embedded import EmbeddedLrs
from xapi.statement import VOIDED

DONE, SEEN = "http://adlnet.gov/expapi/verbs/completed", "http://id.tincanapi.com/verb/viewed"
COURSE, PAGE = f"{MOODLE}/course/view.php?id=2", f"{MOODLE}/mod/page/view.php?id=31"
OTHER = f"{MOODLE}/mod/page/view.php?id=32"
UNITS = {"66": ["2041"], "01": ["7"]}


def actors_of(units: Collection[str]) -> Select[Any]:
    """What the application hands in, here on the store's own table of agents."""
    names = [name for unit in units for name in UNITS.get(unit, [])]
    keys = [identity.account_key(MOODLE, name) for name in names]
    return select(tables.agent.c.actor_key).where(tables.agent.c.actor_key.in_(keys))


@pytest.fixture
def office(desk: Desk, database: Database, lrs: EmbeddedLrs, xapi_clock: Clock) -> Desk:
    """The same store behind routes that know units."""
    return Desk(routes(lrs, database, xapi_clock, actors_of=actors_of), desk.keys)


@pytest.fixture
def analyst(office: Desk, database: Database, now: datetime) -> Callable[..., str]:
    """Makes a credential that reads within a limit; gives its label."""

    def make(*scopes: str, **limits: Any) -> str:
        label = str(uuid4())
        with database.transaction() as connection:
            office.keys[label] = access.add(
                connection,
                label=label,
                scopes=scopes or ["statements/read"],
                limits=access.Limits(**limits),
                now=now,
            )
        return label

    return make


@pytest.fixture
def stored(office: Desk, statement: Callable[..., Json]) -> dict[str, str]:
    """Four statements by what differs in them; gives name → id."""
    other = {"account": {"homePage": MOODLE, "name": "7"}}
    made = {
        "done": statement(object={"id": PAGE}, context={"contextActivities": {"grouping": [{"id": COURSE}]}}),
        "seen": statement(verb={"id": SEEN}, object={"id": PAGE}),
        "elsewhere": statement(object={"id": OTHER}),
        "hers": statement(actor=other, object={"id": PAGE}),
    }
    assert office.post("writer", list(made.values())).status_code == 200
    return {name: one["id"] for name, one in made.items()}


def names(stored: dict[str, str], found: list[Json]) -> set[str]:
    known = {id_: name for name, id_ in stored.items()}
    return {known.get(one["id"], one["id"]) for one in found}


def agent(home: str, name: str) -> str:
    return json.dumps({"account": {"homePage": home, "name": name}})


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        ({"verbs": [DONE]}, {"done", "elsewhere", "hers"}),
        ({"verbs": [SEEN, DONE]}, {"done", "seen", "elsewhere", "hers"}),
        ({"activities": [PAGE]}, {"done", "seen", "hers"}),
        ({"activities": [COURSE]}, {"done"}),
        ({"units": ["66"]}, {"done", "seen", "elsewhere"}),
        ({"units": ["99"]}, set()),
        ({"units": ["66", "01"], "verbs": [DONE], "activities": [PAGE]}, {"done", "hers"}),
    ],
)
def test_an_analyst_is_answered_within_the_limit_whatever_is_asked(
    office: Desk, analyst: Callable[..., str], stored: dict[str, str], limits: Json, wanted: set[str]
):
    who = analyst(**{name: tuple(values) for name, values in limits.items()})
    assert names(stored, office.all_(who)) == wanted
    assert names(stored, office.all_(who, ascending="true", limit="1")) == wanted
    for filters in (
        {"verb": DONE},
        {"activity": PAGE},
        {"activity": COURSE, "related_activities": "true"},
        {"agent": agent(MOODLE, "2041"), "related_agents": "true"},
        {"agent": agent("urn:donghanh:credential", office.keys["writer"][0]), "related_agents": "true"},
    ):
        asked = names(stored, office.all_("admin", **filters))
        assert names(stored, office.all_(who, **filters)) == asked & wanted
    for name, id_ in stored.items():
        assert office.get(who, statementId=id_).status_code == (200 if name in wanted else 404)


def test_a_reader_of_its_own_is_limited_too(
    office: Desk, analyst: Callable[..., str], stored: dict[str, str], statement: Callable[..., Json]
):
    who = analyst("statements/write", "statements/read/mine", verbs=(SEEN,))
    mine = [statement(), statement(verb={"id": SEEN})]
    assert office.post(who, mine).status_code == 200
    assert names(stored, office.all_(who)) == {mine[1]["id"]}


def test_what_may_not_be_seen_is_not_found_out_through_voiding_or_references(
    office: Desk, analyst: Callable[..., str], stored: dict[str, str], statement: Callable[..., Json]
):
    who = analyst(verbs=(DONE,))
    about = statement(object={"objectType": "StatementRef", "id": stored["seen"]})
    office.post("writer", about)
    assert names(stored, office.all_("admin", verb=SEEN)) == {"seen", about["id"]}
    assert office.all_(who, verb=SEEN) == []
    office.post(
        "admin",
        statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": stored["seen"]}),
    )
    assert office.get("admin", voidedStatementId=stored["seen"]).status_code == 200
    assert office.get(who, voidedStatementId=stored["seen"]).status_code == 404


def test_a_page_that_follows_is_limited_as_the_first_one(
    office: Desk, analyst: Callable[..., str], stored: dict[str, str]
):
    more = office.get("admin", limit="1").json["more"]
    answer = office.send("GET", analyst(verbs=(SEEN,)), more).json
    assert names(stored, answer["statements"]) <= {"seen"}


def test_of_activities_and_people_an_analyst_is_told_within_the_limit_too(
    office: Desk, analyst: Callable[..., str], statement: Callable[..., Json]
):
    named = {"definition": {"name": {"vi": "Bài đọc"}}}
    office.post("admin", [statement(object={"id": iri, **named}) for iri in (PAGE, OTHER)])
    for who, told in (("reader", True), (analyst(activities=(PAGE,)), False), (analyst(verbs=(DONE,)), True)):
        for iri, expected in ((PAGE, True), (OTHER, told)):
            answer = office.send("GET", who, "/xapi/activities", query_string={"activityId": iri}).json
            assert ("definition" in answer) == expected
        asked = office.send("GET", who, "/xapi/agents", query_string={"agent": agent(MOODLE, "2041")})
        assert asked.status_code == (200 if who == "reader" else 403)
        for path in ("activities/state", "activities/profile", "agents/profile"):
            wanted = {"activityId": PAGE, "agent": agent(MOODLE, "2041")}
            status = office.send("GET", who, f"/xapi/{path}", query_string=wanted).status_code
            assert (status == 403) == (who != "reader")


def test_where_nobody_knows_the_people_of_a_unit_nothing_is_shown(
    desk: Desk, office: Desk, analyst: Callable[..., str]
):
    who = analyst(units=("66",))
    answer = Desk(desk.app, office.keys).get(who)
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")


def test_the_last_use_is_written_after_the_answer_at_most_once_a_minute(
    desk: Desk, database: Database, xapi_clock: Clock
):
    def used() -> datetime | None:
        with database.reading() as connection:
            found = access.find(connection, desk.keys["reader"][0])
        assert found is not None
        return found.used

    first = xapi_clock()
    for seconds in (0, 59, 1):
        xapi_clock.pass_by(seconds=seconds)
        assert desk.send("GET", "reader", buffered=True).status_code == 200
        assert used() == (first if seconds != 1 else xapi_clock())


def test_an_expired_or_revoked_credential_is_refused_from_that_moment(
    desk: Desk, database: Database, xapi_clock: Clock
):
    with database.transaction() as connection:
        desk.keys["short"] = access.add(
            connection,
            label="short",
            scopes=["all"],
            now=xapi_clock(),
            expires=xapi_clock.at.replace(hour=14, minute=0),
        )
    assert desk.get("short").status_code == 200
    xapi_clock.pass_by(minutes=30)
    assert desk.get("short").status_code == 401
    assert desk.get("reader").status_code == 200
    with database.transaction() as connection:
        access.revoke(connection, desk.keys["reader"][0], xapi_clock())
    assert desk.get("reader").status_code == 401
