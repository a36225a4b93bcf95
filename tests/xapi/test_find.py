from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.xapi.support import Clock, Desk
from xapi import searches

Json = dict[str, Any]
Make = Callable[..., Json]
AN = {"mbox": "mailto:an@example.vn"}
BINH = {"mbox": "mailto:binh@example.vn"}
CHI = {"account": {"homePage": "https://x.vn", "name": "chi"}}


def asked(desk: Desk, **query: str) -> list[str]:
    return [found["id"] for found in desk.all_(**query)]


def put(desk: Desk, *statements: Json) -> list[str]:
    answer = desk.post("admin", list(statements))
    assert answer.status_code == 200, answer.json
    return answer.json


def js(value: Any) -> str:
    return orjson.dumps(value).decode()


def test_filters_name_the_statements_own_subject(desk: Desk, statement: Make):
    registration = str(uuid4())
    ids = put(
        desk,
        statement(actor=AN, verb={"id": "urn:passed"}),
        statement(actor=BINH, object={"id": "urn:topic"}, context={"registration": registration}),
        statement(actor=BINH, object={**AN, "objectType": "Agent"}),
        statement(actor={"objectType": "Group", "member": [AN]}, object={"id": "urn:topic"}),
        statement(
            actor=BINH, context={"instructor": AN, "contextActivities": {"parent": {"id": "urn:topic"}}}
        ),
    )
    assert asked(desk, agent=js(AN), ascending="true") == [ids[0], ids[2], ids[3]]
    assert asked(desk, verb="urn:passed") == [ids[0]]
    assert asked(desk, activity="urn:topic", ascending="true") == [ids[1], ids[3]]
    assert asked(desk, registration=registration.upper()) == [ids[1]]
    assert asked(desk, activity="urn:topic", agent=js(BINH)) == [ids[1]]
    assert asked(desk, agent=js({"mbox": "mailto:nobody@example.vn"})) == []


def test_who_reads_only_their_own_finds_nothing_out_about_others_by_referring_to_them(
    desk: Desk, statement: Make
):
    (theirs,) = put(desk, statement(actor=AN, verb={"id": "urn:failed"}))
    reference = {"objectType": "StatementRef", "id": theirs}
    (mine,) = desk.post("writer", [statement(actor=BINH, verb={"id": "urn:saw"}, object=reference)]).json
    assert [one["id"] for one in desk.all_("writer", verb="urn:saw")] == [mine]
    assert desk.all_("writer", verb="urn:failed") == []
    assert desk.all_("writer", agent=js(AN)) == []


def test_related_filters_reach_into_context_and_substatement(desk: Desk, statement: Make):
    sub = {
        "objectType": "SubStatement", "actor": CHI, "verb": {"id": "urn:v"}, "object": {"id": "urn:inner"},
        "context": {"team": {"objectType": "Group", "member": [BINH]}, "contextActivities": {"other": [{"id": "urn:course"}]}},
    }  # fmt: skip
    ids = put(
        desk,
        statement(
            actor=AN, context={"instructor": BINH, "contextActivities": {"grouping": [{"id": "urn:course"}]}}
        ),
        statement(actor=AN, object=sub),
    )
    assert (
        asked(desk, activity="urn:course")
        == asked(desk, agent=js(BINH))
        == asked(desk, activity="urn:inner")
        == []
    )
    assert asked(desk, activity="urn:course", related_activities="true") == ids[::-1]
    assert asked(desk, activity="urn:inner", related_activities="true") == [ids[1]]
    assert asked(desk, agent=js(BINH), related_agents="true") == ids[::-1]
    assert asked(desk, agent=js(CHI), related_agents="true") == [ids[1]]


def test_an_authority_is_a_related_agent(desk: Desk, statement: Make):
    (found,) = put(desk, statement())
    authority = desk.get("admin", statementId=found).json["authority"]
    assert asked(desk, agent=js(authority)) == []
    assert asked(desk, agent=js(authority), related_agents="true") == [found]


def test_since_is_exclusive_and_until_inclusive(desk: Desk, xapi_clock: Clock, statement: Make):
    ids, times = [], []
    for _ in range(3):
        ids += put(desk, statement())
        times.append(xapi_clock().isoformat())
        xapi_clock.pass_by(seconds=1)
    assert asked(desk, since=times[0]) == [ids[2], ids[1]]
    assert asked(desk, until=times[1]) == [ids[1], ids[0]]
    assert asked(desk, since=times[0], until=times[1]) == [ids[1]]


def test_pages_follow_each_other_without_gap_or_repetition(desk: Desk, statement: Make):
    ids = put(desk, *[statement() for _ in range(7)])
    put(desk, statement(verb={"id": "urn:other"}))
    verb = statement()["verb"]["id"]
    assert asked(desk, limit="2", verb=verb) == ids[::-1]
    assert asked(desk, limit="3", ascending="true", verb=verb) == ids
    first = desk.get("admin", limit="2", verb=verb).json
    late = put(desk, statement())
    second = desk.send("GET", "admin", first["more"]).json
    assert late[0] not in [found["id"] for found in second["statements"]]
    assert desk.get("admin", limit="7", verb="urn:other").json["more"] == ""


def test_a_statement_about_a_statement_is_found_by_what_that_one_is_about(desk: Desk, statement: Make):
    target = statement(actor=AN, verb={"id": "urn:passed"})
    note = statement(
        actor=BINH,
        verb={"id": "urn:noted"},
        object={"objectType": "StatementRef", "id": target["id"].upper()},
    )
    reply = statement(
        actor=CHI, verb={"id": "urn:replied"}, object={"objectType": "StatementRef", "id": note["id"]}
    )
    ids = put(desk, reply, note, target)
    assert asked(desk, agent=js(AN)) == asked(desk, verb="urn:passed") == ids[::-1]
    assert asked(desk, agent=js(BINH)) == ids[:2][::-1]
    assert asked(desk, agent=js(AN), verb="urn:passed") == ids[::-1]
    assert asked(desk, agent=js(AN), activity="urn:elsewhere") == []


def test_statements_that_refer_to_each_other_end(desk: Desk, statement: Make):
    one, two = str(uuid4()), str(uuid4())
    ref = lambda i: {"objectType": "StatementRef", "id": i}  # noqa: E731
    put(desk, statement(id=one, object=ref(two), actor=AN), statement(id=two, object=ref(one), actor=BINH))
    assert asked(desk, agent=js(AN)) == [two, one]


def test_formats_ids_and_canonical(desk: Desk, statement: Make):
    names = {"en": "Topic", "vi": "Chuyên đề"}
    (found,) = put(
        desk,
        statement(
            actor={**AN, "name": "An"}, verb={"id": "urn:v", "display": names},
            object={"id": "urn:o", "definition": {"name": names, "interactionType": "choice", "choices": [{"id": "a", "description": names}]}},
            context={"team": {"objectType": "Group", "name": "x", "member": [{**BINH, "name": "B"}]}, "contextActivities": {"parent": {"id": "urn:p", "definition": {"name": names}}}},
        ),
    )  # fmt: skip
    ids = desk.get("admin", statementId=found, format="ids").json
    assert (ids["actor"], ids["verb"], ids["object"]) == (AN, {"id": "urn:v"}, {"id": "urn:o"})
    assert ids["context"] == {
        "team": {"objectType": "Group", "member": [BINH]},
        "contextActivities": {"parent": [{"id": "urn:p"}]},
    }
    canonical = desk.send(
        "GET",
        "admin",
        query_string={"statementId": found, "format": "canonical"},
        headers={"Accept-Language": "vi-VN"},
    ).json
    assert canonical["verb"]["display"] == canonical["object"]["definition"]["name"] == {"vi": "Chuyên đề"}
    assert canonical["object"]["definition"]["choices"][0]["description"] == {"vi": "Chuyên đề"}
    assert canonical["context"]["contextActivities"]["parent"][0]["definition"]["name"] == {"vi": "Chuyên đề"}
    assert canonical["actor"]["name"] == "An"
    assert desk.get("admin", statementId=found).json["verb"]["display"] == names


def test_the_bounds_of_time_leave_nothing_out_and_let_nothing_in_over_days(
    desk: Desk, xapi_clock: Clock, statement: Make
):
    stored = []
    for minutes in (0, 1, 9, 10, 11, 60, 24 * 60, 1):
        xapi_clock.pass_by(minutes=minutes)
        (found,) = put(desk, statement(actor=AN))
        stored.append((xapi_clock.at, found))
    for since, _ in stored:
        for until, _ in stored:
            wanted = [found for at, found in stored if since < at <= until]
            asking = {"since": since.isoformat(), "until": until.isoformat()}
            assert asked(desk, ascending="true", **asking) == wanted
            assert asked(desk, agent=js(AN), **asking) == wanted[::-1]


def test_a_batch_that_is_stored_between_two_searches_of_a_page_is_not_shown_by_half(
    desk: Desk, statement: Make, monkeypatch: pytest.MonkeyPatch
):
    """Whether anything refers to another is looked for first, and once more in the search itself."""
    first = statement(verb={"id": "urn:done"})
    put(desk, first, statement(object={"objectType": "StatementRef", "id": first["id"]}))
    late = statement(verb={"id": "urn:done"})
    pair = [late, statement(object={"objectType": "StatementRef", "id": late["id"]})]
    search = searches.search

    def slow(*how: Any) -> Any:
        if pair:
            put(desk, *[pair.pop(0), pair.pop(0)])
        return search(*how)

    monkeypatch.setattr(searches, "search", slow)
    assert len(asked(desk, verb="urn:done")) == 2
    assert len(asked(desk, verb="urn:done")) == 4
