"""State, Activity Profile and Agent Profile: the same rules for all three, but where the standard makes a difference."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha1
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from lti_tool.base.database import Database
from tests.xapi.support import MOODLE, Clock, Desk
from xapi import documents
from xapi.documents import Content, Name, Place
from xapi.errors import Refused
from xapi.preconditions import Bare, Preconditions

AGENT = {"objectType": "Agent", "account": {"homePage": MOODLE, "name": "2041"}}
ACTIVITY = f"{MOODLE}/mod/scorm/view.php?id=31"
STATE = {"activityId": ACTIVITY, "agent": json.dumps(AGENT), "stateId": "bookmark"}
ACTIVITY_PROFILE = {"activityId": ACTIVITY, "profileId": "layout"}
AGENT_PROFILE = {"agent": json.dumps(AGENT), "profileId": "settings"}
RESOURCES = {
    "/xapi/activities/state": STATE,
    "/xapi/activities/profile": ACTIVITY_PROFILE,
    "/xapi/agents/profile": AGENT_PROFILE,
}
every_resource = pytest.mark.parametrize(
    ("path", "query"), RESOURCES.items(), ids=["state", "activity", "agent"]
)
profiles = pytest.mark.parametrize(("path", "query"), list(RESOURCES.items())[1:], ids=["activity", "agent"])
Query = dict[str, str]


def quoted(body: bytes) -> str:
    return f'"{sha1(body).hexdigest()}"'


def without(query: Query, *names: str) -> Query:
    return {name: value for name, value in query.items() if name not in names}


@pytest.fixture
def ask(desk: Desk) -> Callable[..., TestResponse]:
    def send(method: str, path: str, query: Query, body: Any = None, **headers: str) -> TestResponse:
        kwargs = {} if body is None else {"data": body} if isinstance(body, bytes) else {"json": body}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return desk.send(method, "admin", path, query_string=query, headers=named, **kwargs)

    return send


Ask = Callable[..., TestResponse]
NEW = {"If_None_Match": "*"}


@every_resource
def test_a_document_comes_back_byte_for_byte_with_its_type_its_tag_and_its_time(
    ask: Ask, xapi_clock: Clock, path: str, query: Query
):
    body = b"\x00\xff not text"
    assert ask("PUT", path, query, body, Content_Type="image/x-own; v=1", **NEW).status_code == 204
    answer = ask("GET", path, query)
    assert (answer.status_code, answer.data) == (200, body)
    assert answer.headers["Content-Type"] == "image/x-own; v=1"
    assert answer.headers["ETag"] == quoted(body)
    assert answer.last_modified == xapi_clock().replace(microsecond=0)
    head = ask("HEAD", path, query)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", quoted(body))


@every_resource
def test_what_a_document_holds_does_nothing_in_a_page_of_this_tool(ask: Ask, path: str, query: Query):
    ask("PUT", path, query, b"<script>alert(1)</script>", Content_Type="text/html", **NEW)
    headers = ask("GET", path, query).headers
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@every_resource
def test_what_is_not_there_is_not_found_and_may_be_deleted(ask: Ask, path: str, query: Query):
    assert ask("GET", path, query).status_code == 404
    assert ask("DELETE", path, query).status_code == 204
    assert ask("DELETE", path, query, If_Match='"abc"').status_code == 412


@every_resource
def test_a_post_merges_the_top_level_of_two_objects(ask: Ask, path: str, query: Query):
    ask("POST", path, query, b'{"a":{"x":1},"b":0.10000000000000000001}', Content_Type="application/json")
    assert ask("POST", path, query, {"a": {"y": 2}, "c": None}).status_code == 204
    assert ask("GET", path, query).data == b'{"a":{"y":2},"b":0.10000000000000000001,"c":null}'


UNMERGEABLE = (
    (b'{"a":1}', "application/json", b'{"b":2}', "text/plain"),
    (b'{"a":1}', "text/plain", b'{"b":2}', "application/json"),
    (b'{"a":1}', "application/json", b"[2]", "application/json"),
    (b"[1]", "application/json", b'{"b":2}', "application/json"),
    (b'{"a":1}', "application/json", b'{"b":', "application/json"),
)


@every_resource
def test_what_cannot_be_merged_leaves_the_document_alone(ask: Ask, path: str, query: Query):
    for held, held_type, sent, sent_type in UNMERGEABLE:
        ask("DELETE", path, query)
        assert ask("PUT", path, query, held, Content_Type=held_type, **NEW).status_code == 204
        assert ask("POST", path, query, sent, Content_Type=sent_type).status_code == 400
        answer = ask("GET", path, query)
        assert (answer.data, answer.mimetype) == (held, held_type)


@every_resource
def test_what_says_it_is_json_must_be(ask: Ask, path: str, query: Query):
    for method in ("PUT", "POST"):
        answer = ask(method, path, query, b"{", Content_Type="application/json", **NEW)
        assert answer.status_code == 400
        assert "JSON is wanted" in answer.json["detail"]
    assert ask("GET", path, query).status_code == 404


@every_resource
def test_nobody_changes_a_document_he_has_not_seen(ask: Ask, path: str, query: Query):
    ask("PUT", path, query, {"a": 1}, **NEW)
    for method, body in (("PUT", {"a": 2}), ("POST", {"b": 3}), ("DELETE", None)):
        before = ask("GET", path, query)
        tag = before.headers["ETag"]
        for headers in ({"If_Match": '"1234"'}, {"If_None_Match": "*"}, {"If_None_Match": f'"1", {tag}'}):
            assert ask(method, path, query, body, **headers).status_code == 412
        assert ask("GET", path, query).data == before.data
        assert ask(method, path, query, body, If_Match=f'"1234", W/{tag}').status_code == 204
    assert ask("GET", path, query).status_code == 404


@every_resource
def test_any_match_wants_a_document_to_be_there(ask: Ask, path: str, query: Query):
    assert ask("PUT", path, query, b"1", If_Match="*").status_code == 412
    assert ask("PUT", path, query, b"1", **NEW).status_code == 204
    assert ask("PUT", path, query, b"2", If_Match="*").status_code == 204
    assert ask("GET", path, query).data == b"2"


@every_resource
def test_a_reader_who_has_the_document_is_told_so(ask: Ask, path: str, query: Query):
    ask("PUT", path, query, b"1", **NEW)
    answer = ask("GET", path, query, If_None_Match=quoted(b"1"))
    assert (answer.status_code, answer.data) == (304, b"")
    assert ask("GET", path, query, If_None_Match=quoted(b"2")).status_code == 200
    assert ask("GET", path, query).headers["Cache-Control"] == "no-cache"


@profiles
def test_in_1_0_3_a_put_to_a_profile_says_which_document_it_means(ask: Ask, path: str, query: Query):
    assert ask("PUT", path, query, b"1").status_code == 400
    assert ask("PUT", path, query, b"1", **NEW).status_code == 204
    answer = ask("PUT", path, query, b"2")
    assert (answer.status_code, answer.json["field"]) == (409, "If-Match")
    assert ask("GET", path, query).data == b"1"


@every_resource
def test_in_2_0_a_put_without_headers_makes_a_document_and_overwrites_none(ask: Ask, path: str, query: Query):
    speaks = {"X_Experience_API_Version": "2.0.0"}
    assert ask("PUT", path, query, b"1", **speaks).status_code == 204
    answer = ask("PUT", path, query, b"2", **speaks)
    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (409, "2.0.0")
    assert ask("GET", path, query, **speaks).data == b"1"
    assert ask("PUT", path, query, b"2", If_Match=quoted(b"1"), **speaks).status_code == 204


def test_in_1_0_3_a_put_of_a_state_needs_no_headers(ask: Ask):
    path = "/xapi/activities/state"
    assert ask("PUT", path, STATE, b"1").status_code == 204
    assert ask("PUT", path, STATE, b"2").status_code == 204
    assert ask("GET", path, STATE).data == b"2"


@every_resource
def test_the_ids_of_the_documents_changed_since(ask: Ask, xapi_clock: Clock, path: str, query: Query):
    (name,) = {"stateId", "profileId"} & set(query)
    place = without(query, name)
    for document in ("b", "a", "ă"):
        ask("PUT", path, {**place, name: document}, b"1", **NEW)
        xapi_clock.pass_by(seconds=10)
    answer = ask("GET", path, place)
    assert sorted(answer.json) == ["a", "b", "ă"]
    assert answer.last_modified.isoformat() == "2025-12-09T13:30:20+00:00"
    assert "ETag" in answer.headers
    # exclusive: what was changed at that very moment is known already
    assert ask("GET", path, {**place, "since": "2025-12-09T20:30:10+07:00"}).json == ["ă"]
    assert ask("GET", path, {**place, "since": "2026-01-01T00:00:00Z"}).json == []


def test_a_state_without_a_registration_is_another_than_with_one(ask: Ask):
    path, run, other = "/xapi/activities/state", str(uuid4()), str(uuid4())
    for body, query in ((b"0", STATE), (b"1", {**STATE, "registration": run.upper()})):
        ask("PUT", path, query, body)
    ask("PUT", path, {**STATE, "stateId": "more", "registration": other}, b"2")
    place = without(STATE, "stateId")
    assert ask("GET", path, STATE).data == b"0"
    assert ask("GET", path, {**STATE, "registration": run}).data == b"1"
    assert ask("GET", path, place).json == ["bookmark", "more"]
    assert ask("GET", path, {**place, "registration": run}).json == ["bookmark"]
    assert ask("DELETE", path, {**place, "registration": run}).status_code == 204
    assert ask("GET", path, STATE).data == b"0"
    assert ask("DELETE", path, place).status_code == 204
    assert ask("GET", path, place).json == []


def test_many_documents_are_deleted_at_once_only_from_the_state(ask: Ask):
    for path, query in list(RESOURCES.items())[1:]:
        answer = ask("DELETE", path, without(query, "profileId"))
        assert (answer.status_code, answer.json["field"]) == (400, "profileId")
    answer = ask("DELETE", "/xapi/activities/state", without(STATE, "stateId"), If_Match='"1"')
    assert (answer.status_code, answer.json["field"]) == (400, "stateId")


def test_agents_are_the_same_by_their_identifier_and_places_never_mix(ask: Ask):
    ask("PUT", "/xapi/agents/profile", AGENT_PROFILE, b"1", **NEW)
    named = json.dumps({"name": "An", "account": {"name": "2041", "homePage": MOODLE}})
    assert ask("GET", "/xapi/agents/profile", {**AGENT_PROFILE, "agent": named}).data == b"1"
    for path, query in RESOURCES.items():
        place = without(query, "stateId", "profileId")
        assert ask("GET", path, place).json == (["settings"] if path == "/xapi/agents/profile" else [])


WRONG = (
    ("agent", "{"),
    ("agent", '"An"'),
    ("agent", '{"name":"An"}'),
    ("agent", '{"objectType":"Group","member":[{"mbox":"mailto:a@b.vn"}]}'),
    ("activityId", "no-scheme"),
    ("registration", "1"),
    ("stateId", ""),
    ("profileId", "a\0b"),
    ("StateId", "a"),
    ("since", "2025-12-09T20:30:10Z"),
)


@every_resource
def test_a_wrong_or_unknown_parameter_is_named(ask: Ask, path: str, query: Query):
    for method in ("GET", "PUT", "POST", "DELETE"):
        for field, value in WRONG:
            answer = ask(method, path, {**query, field: value}, b"1")
            assert (answer.status_code, answer.json["field"]) == (400, field)


@every_resource
def test_every_part_of_a_name_is_wanted(ask: Ask, path: str, query: Query):
    for name in query:
        assert ask("PUT", path, without(query, name), b"1", **NEW).json["field"] == name
        assert ask("POST", path, without(query, name), b"1").json["field"] == name
    for name in without(query, "stateId", "profileId"):
        assert ask("GET", path, without(query, name)).json["field"] == name
        assert ask("DELETE", path, without(query, name)).json["field"] == name


def test_a_parameter_stands_once(ask: Ask):
    answer = ask("GET", "/xapi/agents/profile", [*AGENT_PROFILE.items(), ("profileId", "b")])
    assert answer.status_code == 400


@every_resource
def test_scopes_decide_who_reads_and_writes(desk: Desk, path: str, query: Query):
    assert desk.send("GET", "reader", path, query_string=query).status_code == 404
    for method, who in (("PUT", "reader"), ("POST", "reader"), ("DELETE", "reader"), ("GET", "writer")):
        assert desk.send(method, who, path, query_string=query, data=b"1").status_code == 403
    assert desk.app.test_client().get(path, query_string=query).status_code == 401


@every_resource
def test_a_version_is_wanted(desk: Desk, path: str, query: Query):
    headers = {"X-Experience-API-Version": "0.9"}
    assert desk.send("GET", "admin", path, query_string=query, headers=headers).status_code == 400


NAME = Name(Place("state", ACTIVITY, AGENT), "bookmark")
FREE = Preconditions()


def test_of_many_who_make_a_document_at_once_one_does(database: Database, xapi_clock: Clock):
    def make(number: int) -> int:
        try:
            with database.transaction() as connection:
                new, content = Preconditions(none_match=frozenset("*")), Content(b"%d" % number, "text/plain")
                documents.put(connection, NAME, content, new, Bare.NOTHING, xapi_clock)
        except Refused as refused:
            return int(refused.status)
        return 204

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(24))) == [204] + [412] * 23


def test_of_many_who_merge_at_once_none_is_lost(database: Database, xapi_clock: Clock):
    def merge(number: int) -> None:
        content = Content(json.dumps({f"{number}": number}).encode(), "application/json")
        with database.transaction() as connection:
            documents.merge(connection, NAME, content, FREE, xapi_clock)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(merge, range(24)))
    with database.reading() as connection:
        found = documents.get(connection, NAME)
    assert found
    assert found.content.json() == {f"{number}": number for number in range(24)}


def test_of_many_who_replace_what_they_saw_each_replaces_another(database: Database, xapi_clock: Clock):
    """A counter that each raises by one with If-Match, again and again until it may, ends at their number."""
    with database.transaction() as connection:
        documents.put(connection, NAME, Content(b"0", "text/plain"), FREE, Bare.REPLACE, xapi_clock)

    def raise_it(_: int) -> None:
        for _try in range(500):
            with database.reading() as connection:
                seen = documents.get(connection, NAME)
            assert seen
            more = Content(b"%d" % (int(seen.content.body) + 1), "text/plain")
            try:
                with database.transaction() as connection:
                    asked = Preconditions(match=frozenset({seen.etag}))
                    documents.put(connection, NAME, more, asked, Bare.REPLACE, xapi_clock)
            except Refused:
                continue
            return
        raise AssertionError

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_it, range(12)))
    with database.reading() as connection:
        found = documents.get(connection, NAME)
    assert found
    assert found.content.body == b"12"


@given(
    st.dictionaries(st.text(max_size=3), st.integers(-5, 5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(-5, 5), max_size=3),
)
def test_merging_twice_is_merging_once(one: dict[str, int], other: dict[str, int]):
    """A client that did not hear the answer sends the same POST again."""
    held, sent = (Content(json.dumps(value).encode(), "application/json") for value in (one, other))
    once = documents.merged(held, sent)
    assert once.json() == {**one, **other}
    assert documents.merged(once, sent) == once
