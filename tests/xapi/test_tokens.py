"""Tokens of practice pages: fetched once, bound, short-lived, and good for nothing but POST."""

import base64
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_tool.base.database import Database
from tests.xapi.support import MOODLE, Clock, Desk, Heard, Json
from xapi import tables, tokens
from xapi.statement import VOIDED

ME = {"account": {"homePage": "https://tool.example.vn", "name": "l-1"}}
OURS = {"objectType": "Agent", "account": {"homePage": "https://tool.example.vn", "name": "practice"}}
RUN = str(uuid4())
ANSWERED, TRIED = "http://adlnet.gov/expapi/verbs/answered", "http://adlnet.gov/expapi/verbs/attempted"


@pytest.fixture
def fetch(database: Database, xapi_clock: Clock) -> Callable[..., str | None]:
    def fetch(offer: str = "offer", **changes: object) -> str | None:
        said = {"actor": ME, "registration": RUN, "verbs": [ANSWERED, TRIED], "authority": OURS, **changes}
        with database.transaction() as connection:
            return tokens.issue(connection, offer=offer, now=xapi_clock(), **said)  # type: ignore[arg-type]

    return fetch


@pytest.fixture
def browser(desk: Desk, fetch: Callable[..., str | None]) -> Desk:
    """The desk with a token of its own under "page"."""
    token = fetch()
    assert token
    key, _, secret = base64.b64decode(token).decode().partition(":")
    desk.keys["page"] = (key, secret)
    return desk


def said(**changes: object) -> Json:
    made = {
        "actor": ME,
        "verb": {"id": ANSWERED},
        "object": {"id": "https://tool.example.vn/practice/cd-01/1"},
        "context": {"registration": RUN},
        "timestamp": "2025-12-09T13:30:00Z",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def test_a_token_is_fetched_once(fetch: Callable[..., str | None], database: Database):
    token = fetch()
    assert token
    assert fetch() is None
    assert fetch("another offer") not in {token, None}
    with database.reading() as connection:
        kept = " ".join(str(row) for row in connection.execute(select(tables.token)))
    assert base64.b64decode(token).decode().partition(":")[2] not in kept


def test_it_posts_what_it_is_bound_to_under_ids_of_the_servers_making(browser: Desk, heard: Heard):
    sent = [said(), said(verb={"id": TRIED}, authority={"mbox": "mailto:gian@lan.example"})]
    first = browser.post("page", sent)
    assert first.status_code == 200
    assert browser.post("page", sent).json == first.json, "sent again after a lost answer: nothing is doubled"
    found = browser.all_()
    assert {one["id"] for one in found} == set(first.json)
    assert all(one["authority"] == OURS for one in found)
    twice = browser.post("page", [said(), said()]).json
    assert (len(set(twice)), twice[0]) == (2, first.json[0]), "equal statements of one request are two events"
    assert len(browser.post("page", said(timestamp="2025-12-09T13:31:00Z")).json) == 1


def test_what_was_sent_under_one_token_is_known_under_the_next_and_told_apart_by_its_moment(
    browser: Desk, fetch: Callable[..., str | None], xapi_clock: Clock
):
    early = [said(), said(verb={"id": TRIED}), said(timestamp=None)]
    first = browser.post("page", early)
    xapi_clock.pass_by(hours=1)
    assert browser.post("page", early).status_code == 401
    key, _, secret = base64.b64decode(fetch("another offer") or "").decode().partition(":")
    browser.keys["page"] = (key, secret)
    again = browser.post("page", early)
    assert again.json[:2] == first.json[:2]
    assert again.json[2] != first.json[2], "without a moment it is of now"
    assert browser.post("page", said(timestamp="2025-12-09T13:30:00.001Z")).json[0] not in first.json
    assert len(browser.all_()) == 5


def test_nobody_elses_statement_has_the_same_id(browser: Desk, fetch: Callable[..., str | None]):
    other = {"account": {"homePage": "https://tool.example.vn", "name": "l-2"}}
    key, _, secret = base64.b64decode(fetch("theirs", actor=other) or "").decode().partition(":")
    browser.keys["theirs"] = (key, secret)
    assert browser.post("page", said()).json != browser.post("theirs", said(actor=other)).json
    assert len(browser.all_()) == 2


def test_as_bearer_it_is_the_same(desk: Desk, fetch: Callable[..., str | None]):
    def post(header: str) -> int:
        headers = {"Authorization": header, "X-Experience-API-Version": "1.0.3"}
        return desk.app.test_client().post("/xapi/statements", json=said(), headers=headers).status_code

    token = fetch()
    assert post(f"Bearer {token}") == 200
    key, secret = desk.keys["admin"]
    basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
    for wrong in (f"Bearer {token}x", "Bearer ", "Bearer ****", f"Bearer {basic}", "Bearer dHg6eA=="):
        assert post(wrong) == 401


OTHERS = {
    "actor": {"account": {"homePage": MOODLE, "name": "l-1"}},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
    "context": {"registration": str(uuid4())},
}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"actor": OTHERS["actor"]}, "actor"),
        ({"actor": {"objectType": "Group", **ME, "member": [OTHERS["actor"]]}}, "actor"),
        ({"actor": {"objectType": "Group", "member": [ME]}}, "actor"),
        ({"verb": OTHERS["verb"]}, "verb.id"),
        ({"verb": {"id": VOIDED}, "object": {"objectType": "StatementRef", "id": RUN}}, "verb.id"),
        ({"context": OTHERS["context"]}, "context.registration"),
        ({"context": None}, "context.registration"),
    ],
)
def test_another_actor_verb_or_registration_is_forbidden_and_nothing_is_stored(
    browser: Desk, change: Json, field: str
):
    answer = browser.post("page", [said(), said(**change)])
    assert (answer.status_code, answer.json["index"], answer.json["field"]) == (403, 1, field)
    assert browser.all_() == []


def test_an_id_of_its_own_is_refused(browser: Desk):
    answer = browser.post("page", said(id=str(uuid4())))
    assert (answer.status_code, answer.json["field"]) == (400, "id")


def test_it_does_nothing_else(browser: Desk):
    assert browser.put("page", {**said(), "id": str(uuid4())}).status_code == 403
    assert browser.get("page").status_code == 403
    assert browser.send("HEAD", "page").status_code == 403


def test_it_sends_little_at_once(browser: Desk):
    many = browser.post("page", [said()] * (tokens.BATCH_LIMIT + 1))
    large = browser.post("page", said(result={"response": "x" * tokens.BODY_LIMIT}))
    assert (many.status_code, large.status_code) == (413, 413)
    assert {many.mimetype, large.mimetype} == {"application/problem+json"}


def test_it_ends_after_an_hour_and_is_forgotten_a_day_later(
    browser: Desk, xapi_clock: Clock, database: Database, fetch: Callable[..., str | None]
):
    def clean() -> int:
        with database.transaction() as connection:
            return tokens.clean(connection, xapi_clock())

    xapi_clock.pass_by(minutes=59)
    assert browser.post("page", said()).status_code == 200
    xapi_clock.pass_by(minutes=1)
    assert browser.post("page", said()).status_code == 401
    assert (clean(), fetch()) == (0, None)
    xapi_clock.pass_by(days=1)
    assert clean() == 1


def test_a_token_that_could_void_or_speaks_for_nobody_is_not_made(fetch: Callable[..., str | None]):
    for wrong in ({"verbs": [VOIDED]}, {"verbs": []}, {"actor": {"objectType": "Group", "member": [ME]}}):
        with pytest.raises(ValueError, match="bound"):
            fetch(**wrong)
    assert timedelta(0) < tokens.LIFETIME <= timedelta(hours=1)
