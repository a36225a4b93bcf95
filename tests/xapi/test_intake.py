import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.base.database import Database
from tests.xapi.support import MOODLE, OPENEDX, Clock, Desk, Heard
from xapi import identity, quarantine
from xapi.embedded import Stored, evidence, last_heard, sources_of
from xapi.intake import FOREIGN, UNKNOWN, IntakePolicy, flag, read

Json = dict[str, Any]
Make = Callable[..., Json]
ACTOR = identity.account_key(MOODLE, "2041")


def evident(database: Database, source: str = MOODLE, actor: str = ACTOR) -> list[Stored]:
    with database.reading() as connection:
        return evidence(connection, [(source, actor)])


def kept(database: Database) -> list[quarantine.Quarantined]:
    with database.reading() as connection:
        return quarantine.list_(connection)


def nameless(statement: Make, **changes: Any) -> Json:
    return statement(id=None, **changes)


def test_a_batch_without_ids_is_stored_and_told_200(desk: Desk, database: Database, statement: Make):
    batch = [nameless(statement, object={"id": f"urn:page:{n}"}) for n in range(3)]
    answer = desk.post("moodle", batch)
    assert (answer.status_code, len(set(answer.json))) == (200, 3)
    assert [found.statement["object"]["id"] for found in evident(database)] == [
        "urn:page:0",
        "urn:page:1",
        "urn:page:2",
    ]


def test_an_empty_batch_is_told_200(desk: Desk, heard: Heard):
    answer = desk.post("moodle", [])
    assert (answer.status_code, answer.json, heard.batches) == (200, [], [])


def test_no_version_header_and_any_media_type_are_taken_from_a_platform(desk: Desk, statement: Make):
    headers = {"Authorization": desk.header("moodle")["Authorization"]}
    body = json.dumps([nameless(statement)])
    answer = desk.app.test_client().post("/xapi/statements", headers=headers, data=body)
    assert (answer.status_code, len(answer.json)) == (200, 1)


def test_one_bad_of_thirty_is_kept_whole_and_29_are_stored(desk: Desk, database: Database, statement: Make):
    batch = [nameless(statement, object={"id": f"urn:page:{n}"}) for n in range(30)]
    batch[17] = {**batch[17], "result": {"score": {"min": 0, "max": 0, "raw": 0}}}
    answer = desk.post("moodle", batch)
    assert (answer.status_code, len(answer.json)) == (200, 29)
    (bad,) = kept(database)
    assert (bad.place, bad.field, bad.source) == (17, "result.score.min", MOODLE)
    assert "below max" in bad.reason
    assert json.loads(bad.raw) == batch[17]
    assert bad.credential_key == desk.keys["moodle"][0]
    desk.post("moodle", batch)
    assert (len(evident(database)), len(kept(database))) == (29, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"7",
        b"null",
        b"",
        b"[" * 400,
        b"\x00",
        b"[[7]",
        b"[7 NaN]",
        b"[NaN,]",
        b"[7]]",
        b"[NaN",
        b"[" * 990 + b"1e5" + b"]" * 990,
    ],
)
def test_a_body_that_is_no_statement_at_all_is_kept_whole_too(desk: Desk, database: Database, body: bytes):
    answer = desk.send("POST", "moodle", data=body)
    assert (answer.status_code, answer.json) == (200, [])
    (bad,) = kept(database)
    assert (bad.raw, bad.place) == (body, None)


@pytest.mark.parametrize(
    "odd",
    [
        r'"\ud800"',  # half a character, as Python's json writes it
        "NaN",
        "-Infinity",
        "1e999",
        "[" * 300 + "]" * 300,
        '"\xff"',  # a byte that is no UTF-8
    ],
    ids=["half", "nan", "infinity", "huge", "deep", "byte"],
)
def test_what_only_one_statement_makes_unreadable_costs_only_that_one(
    desk: Desk, database: Database, statement: Make, odd: str
):
    """The senders' own JSON writers let such values pass, and a whole batch must not wait for a person because of one."""
    good = [nameless(statement, object={"id": f"urn:page:{n}"}) for n in range(3)]
    bad = (
        json.dumps(nameless(statement, result={"extensions": {"urn:x": 0}}))
        .replace("0}", odd + "}")
        .encode("latin-1")
    )
    parts = [json.dumps(one).encode() for one in good]
    body = b" [" + b" ,\n".join([parts[0], bad, *parts[1:]]) + b"] "
    answer = desk.send("POST", "moodle", data=body)
    assert (answer.status_code, len(answer.json)) == (200, 3)
    assert len(evident(database)) == 3
    (found,) = kept(database)
    assert (found.place, found.raw) == (1, bad)


def test_whom_a_bad_statement_names_is_told_upstairs(
    desk: Desk, database: Database, heard: Heard, statement: Make
):
    """What is known of that learner is no longer all there is."""
    desk.post("moodle", [nameless(statement, verb={"id": "no iri"}), {"actor": 7}, "x"])
    assert [batch.actor_keys for batch in heard.batches] == [{ACTOR}]
    with database.reading() as connection:
        assert quarantine.named(connection, [ACTOR, "0" * 32]) == {(MOODLE, ACTOR)}
    desk.post("moodle", [{"actor": 7}])
    assert len(heard.batches) == 1


def test_a_resend_after_a_lost_reply_is_stored_once(desk: Desk, database: Database, statement: Make):
    batch = [nameless(statement), nameless(statement, verb={"id": "urn:viewed"})]
    first, second = desk.post("moodle", batch).json, desk.post("moodle", batch).json
    assert first == second
    assert len(evident(database)) == 2


def run(statements: list[Json], registration: str) -> list[Json]:
    """The statements as one run of the sender's scheduled task says them: each run is a registration of its own."""
    return [
        {**sent, "context": {**sent.get("context", {}), "registration": registration}} for sent in statements
    ]


def test_a_resend_by_another_run_says_another_registration_and_is_stored_once(
    desk: Desk, database: Database, statement: Make
):
    """Moodle makes `context.registration` of the sending run's session, so that what it sends again never is equal."""
    batch = [nameless(statement, object={"id": f"urn:page:{n}"}) for n in range(4)]
    first = desk.post("moodle", run(batch, str(uuid4()))).json
    assert desk.post("moodle", run(batch[2:], str(uuid4()))).json == first[2:]
    assert desk.post("moodle", run(batch[:3], str(uuid4()).upper())).json == first[:3]
    assert len(evident(database)) == 4


def test_a_resend_by_another_run_keeps_its_place_in_the_order_of_arrival(
    desk: Desk, database: Database, statement: Make
):
    """A batch cut between Moodle's "uncompleted" and "completed" of one second, sent again later, takes nothing back."""
    undone, done = nameless(statement, verb={"id": "urn:uncompleted"}), nameless(statement)
    desk.post("moodle", run([undone], str(uuid4())))
    desk.post("moodle", run([done], str(uuid4())))
    desk.post("moodle", run([undone], str(uuid4())))
    assert [found.statement["verb"]["id"] for found in evident(database)] == [
        "urn:uncompleted",
        done["verb"]["id"],
    ]


def test_equal_statements_of_one_run_are_all_kept_and_known_again_in_the_next(
    desk: Desk, database: Database, statement: Make
):
    viewed = nameless(statement)
    first = desk.post("moodle", run([viewed, viewed], str(uuid4()))).json
    assert desk.post("moodle", run([viewed, viewed], str(uuid4()))).json == first
    assert len(evident(database)) == len(set(first)) == 2


def test_where_runs_do_not_change_it_another_registration_is_another_statement(
    desk: Desk, database: Database, statement: Make
):
    sent = nameless(statement, actor={"account": {"homePage": OPENEDX, "name": "x"}})
    for _ in range(2):
        desk.post("openedx", run([sent], str(uuid4())))
    assert len(evident(database, OPENEDX, identity.account_key(OPENEDX, "x"))) == 2


def test_a_resend_by_another_credential_of_the_same_platform_is_recognised(
    desk: Desk, database: Database, statement: Make
):
    sent = nameless(statement)
    assert desk.post("moodle", [sent]).json == desk.post("moodle-2", [sent]).json
    assert len(evident(database)) == 1


def test_equal_statements_within_one_request_are_all_kept_and_known_again(
    desk: Desk, database: Database, statement: Make
):
    viewed = nameless(statement)
    first = desk.post("moodle", [viewed, viewed]).json
    assert len(set(first)) == 2
    assert desk.post("moodle", [viewed, viewed]).json == first
    assert desk.post("moodle", [viewed]).json == first[:1]
    third = desk.post("moodle", [viewed, viewed, viewed]).json
    assert third[:2] == first
    assert len(evident(database)) == 3


def test_equal_statements_under_one_id_within_one_request_are_all_kept(
    desk: Desk, database: Database, statement: Make
):
    sent = statement()
    first = desk.post("moodle", [sent, sent]).json
    assert first[0] == sent["id"] != first[1]
    assert desk.post("moodle", [sent, sent]).json == first
    assert desk.put("moodle", sent).json == first[:1]
    assert len(evident(database)) == 2


def test_one_id_with_several_contents_loses_nothing_and_is_never_a_conflict(
    desk: Desk, database: Database, statement: Make
):
    shared = str(uuid4())
    parts = [
        statement(id=shared, object={"id": f"urn:{part}"})
        for part in ("chapter", "sequential", "vertical", "course")
    ]
    ids = [desk.put("moodle", part).json[0] for part in parts]
    assert ids[0] == shared
    assert len(set(ids)) == 4
    assert [desk.put("moodle", part).json[0] for part in reversed(parts)] == ids[::-1]
    assert desk.post("moodle", parts).json == ids
    assert len(evident(database)) == 4
    with database.reading() as connection:
        originals = (
            connection.exec_driver_sql("SELECT original_id FROM xapi_statement ORDER BY seq").scalars().all()
        )
    assert originals == [None, shared, shared, shared]


def test_the_same_several_contents_in_one_batch_get_the_same_ids(desk: Desk, statement: Make):
    shared = str(uuid4())
    parts = [statement(id=shared, object={"id": f"urn:{part}"}) for part in ("chapter", "course")]
    first = desk.post("moodle", parts).json
    assert first[0] == shared
    assert desk.post("moodle", parts).json == first


def test_two_platforms_may_use_one_id(desk: Desk, database: Database, statement: Make):
    mine = statement()
    theirs = {**mine, "actor": {"account": {"homePage": OPENEDX, "name": "x"}}}
    ids = desk.post("moodle", [mine]).json + desk.put("openedx", theirs).json
    assert ids[0] == mine["id"] != ids[1]
    assert len(evident(database, OPENEDX, identity.account_key(OPENEDX, "x"))) == 1


def test_who_writes_a_statement_first_under_the_platforms_id_does_not_swallow_its_word(
    desk: Desk, database: Database, statement: Make
):
    sent = statement()
    assert desk.put("writer", sent).status_code == 204
    assert evident(database) == []
    (given_id,) = desk.post("moodle", [sent]).json
    assert given_id != sent["id"]
    assert [found.id for found in evident(database)] == [given_id]


def test_a_repeated_content_counts_again_for_the_order_of_arrival(
    desk: Desk, database: Database, heard: Heard, statement: Make
):
    done = nameless(statement, result={"completion": True})
    undone = nameless(statement, verb={"id": "urn:uncompleted"})
    for one in (done, undone, done):
        desk.post("moodle", [one])
    order = [found.statement["verb"]["id"] for found in evident(database)]
    assert order == ["urn:uncompleted", done["verb"]["id"]]
    assert heard.batches[-1].actor_keys == {ACTOR}
    assert [batch.last_seq for batch in heard.batches] == sorted({batch.last_seq for batch in heard.batches})


def test_a_number_that_a_repeated_content_took_is_not_given_again(desk: Desk, heard: Heard, statement: Make):
    first, second, third = (nameless(statement, object={"id": f"urn:page:{n}"}) for n in range(3))
    for one in (first, second, first, third):
        desk.post("moodle", [one])
    assert len({batch.last_seq for batch in heard.batches}) == 4


def test_completed_uncompleted_completed_in_one_request_ends_completed(
    desk: Desk, database: Database, statement: Make
):
    done, undone = nameless(statement), nameless(statement, verb={"id": "urn:uncompleted"})
    for _ in range(2):
        desk.post("moodle", [done, undone, done])
        assert [found.statement["verb"]["id"] for found in evident(database)] == [
            done["verb"]["id"],
            "urn:uncompleted",
            done["verb"]["id"],
        ]


def test_a_resend_keeps_the_time_it_was_first_stored(
    desk: Desk, database: Database, xapi_clock: Clock, statement: Make
):
    sent = nameless(statement)
    desk.post("moodle", [sent])
    first = xapi_clock()
    xapi_clock.pass_by(days=1)
    desk.post("moodle", [sent])
    (found,) = evident(database)
    assert (found.stored, found.timestamp) == (first, datetime(2025, 12, 4, 9, 15, tzinfo=UTC))


def test_actors_of_another_home_page_are_stored_and_are_no_evidence(
    desk: Desk, database: Database, statement: Make
):
    stranger = {"account": {"homePage": "https://elsewhere.example.vn", "name": "2041"}}
    (found,) = desk.post("moodle", [nameless(statement, actor=stranger)]).json
    assert desk.get("admin", statementId=found).status_code == 200
    key = identity.account_key("https://elsewhere.example.vn", "2041")
    assert evident(database, MOODLE, key) == []
    with database.reading() as connection:
        assert sources_of(connection, key) == set()


def test_the_actor_who_stands_for_nobody_is_no_evidence(desk: Desk, database: Database, statement: Make):
    desk.put("openedx", statement(actor={"mbox": "mailto:Unknown@example.com"}))
    assert evident(database, OPENEDX, identity.mbox_key("unknown@example.com")) == []


@pytest.mark.parametrize(
    ("actor", "wanted"),
    [
        ({"account": {"homePage": MOODLE, "name": "7"}}, None),
        ({"account": {"homePage": MOODLE + "/", "name": "7"}}, None),
        ({"account": {"homePage": MOODLE + ".evil.vn", "name": "7"}}, FOREIGN),
        ({"mbox": "mailto:an@example.vn"}, None),
        ({"mbox": "mailto:unknown@example.com"}, UNKNOWN),
        ({"mbox_sha1sum": sha1(b"unknown@example.com").hexdigest()}, UNKNOWN),
        ({"mbox_sha1sum": sha1(b"mailto:unknown@example.com").hexdigest()}, UNKNOWN),
        ({"objectType": "Group", "member": []}, None),
    ],
)
def test_flags(actor: Json, wanted: str | None):
    for address in ("unknown@example.com", "mailto:unknown@example.com"):
        assert flag(actor, IntakePolicy(MOODLE, MOODLE, frozenset({address}))) == wanted


def test_what_an_ordinary_credential_writes_is_never_evidence(
    desk: Desk, database: Database, statement: Make
):
    for who in ("admin", "writer"):
        desk.put(who, statement())
    assert evident(database) == []


def test_evidence_is_only_that_of_the_asked_platform_actor_and_verb(
    desk: Desk, database: Database, statement: Make
):
    desk.post("moodle", [nameless(statement), nameless(statement, verb={"id": "urn:viewed"})])
    with database.reading() as connection:
        assert len(evidence(connection, [(MOODLE, ACTOR)], {"urn:viewed"})) == 1
        assert evidence(connection, [(OPENEDX, ACTOR), (MOODLE, "0" * 32)]) == []
        assert evidence(connection, []) == []
        assert sources_of(connection, ACTOR) == {MOODLE}


def test_a_platform_was_last_heard_when_its_last_new_statement_was_stored(
    desk: Desk, database: Database, xapi_clock: Clock, statement: Make
):
    desk.post("moodle", [nameless(statement)])
    with database.reading() as connection:
        assert last_heard(connection, MOODLE) == xapi_clock()
        assert last_heard(connection, OPENEDX) is None


def test_put_gives_its_id_to_a_statement_without_one(desk: Desk, statement: Make):
    named = str(uuid4())
    assert desk.send(
        "PUT", "openedx", query_string={"statementId": named}, json=nameless(statement)
    ).json == [named]


def test_put_of_another_id_is_kept_for_a_person(desk: Desk, database: Database, statement: Make):
    answer = desk.send("PUT", "openedx", query_string={"statementId": str(uuid4())}, json=statement())
    assert (answer.status_code, answer.json) == (200, [])
    assert kept(database)[0].field == "id"


small = st.sampled_from([
    {"id": "12345678-1234-4234-8234-1234567890ab", "object": {"id": "urn:a"}},
    {"id": "12345678-1234-4234-8234-1234567890ab", "object": {"id": "urn:b"}},
    {"id": "12345678-1234-4234-8234-1234567890ac", "object": {"id": "urn:a"}},
    {"object": {"id": "urn:a"}},
    {"object": {"id": "urn:b"}},
    {"object": {"id": "no iri"}},
])  # fmt: skip


@given(
    requests=st.lists(st.lists(small, max_size=5), min_size=1, max_size=3),
    again=st.lists(st.integers(0, 2), max_size=3),
)
def test_resending_any_requests_any_number_of_times_changes_nothing(
    desk: Desk, database: Database, requests: list[list[Json]], again: list[int]
):
    mark = str(uuid4())  # each example has people of its own
    actor = {"account": {"homePage": MOODLE, "name": mark}}
    batches = [
        [
            {
                "actor": actor,
                "verb": {"id": "urn:v"},
                **one,
                **({"id": str(uuid4_of(mark, one["id"]))} if "id" in one else {}),
            }
            for one in batch
        ]
        for batch in requests
    ]
    answers = [desk.post("moodle", batch).json for batch in batches]
    before = {found.id for found in evident(database, MOODLE, identity.account_key(MOODLE, mark))}
    for index in again:
        if index < len(batches):
            assert desk.post("moodle", batches[index]).json == answers[index]
    assert {found.id for found in evident(database, MOODLE, identity.account_key(MOODLE, mark))} == before
    assert len(before) >= max(len(answer) for answer in answers)


def uuid4_of(mark: str, text: str) -> str:
    return mark[:-1] + text[-1]


@given(st.binary())
def test_reading_never_raises_and_keeps_every_byte(body: bytes):
    found = read(body)
    assert found.good or found.bad or body.strip() == b"[]" or not body
