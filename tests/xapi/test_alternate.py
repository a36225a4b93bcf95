"""The alternate request syntax of 1.0.3 (part 3, 1.3)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.xapi.support import Desk

Json = dict[str, Any]
Make = Callable[..., Json]


def ask(desk: Desk, form: dict[str, str], query: str = "method=PUT", **headers: str) -> TestResponse:
    return desk.send("POST", "writer", f"/xapi/statements?{query}", data=form, headers=headers)


def test_a_put_and_a_get_in_a_form(desk: Desk, statement: Make):
    sent = statement(actor={"mbox": "mailto:đặng+an@example.vn"})
    assert ask(desk, {"statementId": sent["id"], "content": json.dumps(sent)}).status_code == 204
    answer = ask(desk, {"statementId": sent["id"], "format": "exact"}, "method=GET")
    assert (answer.status_code, answer.json["actor"]) == (200, sent["actor"])
    assert ask(desk, {"content": json.dumps([statement(), statement()])}, "method=POST").status_code == 200
    assert len(desk.all_()) == 3


def test_headers_may_be_in_the_form(desk: Desk, statement: Make):
    sent = statement()
    form = {**desk.header("writer"), "statementId": sent["id"], "content": json.dumps(sent)}
    client = desk.app.test_client()
    assert client.post("/xapi/statements?method=PUT", data=form).status_code == 204
    assert (
        client.post("/xapi/statements?method=PUT", data={**form, "Authorization": "Basic eDp5"}).status_code
        == 401
    )
    assert ask(desk, {**form, "X-Experience-API-Version": "0.8"}).status_code == 400
    assert ask(desk, {**form, "Content-Type": "text/plain"}).status_code == 400


@pytest.mark.parametrize(
    ("form", "query", "wanted"),
    [
        ({}, "method=PUT&statementId=1", "stands alone"),
        ({}, "method=PATCH", "stands alone"),
        ({"content": "{}", "X-Experience-API-Version": "2.0.0"}, "method=PUT", "2.0"),
        ({"content": "{}"}, "method=PUT", "statementId"),
    ],
)
def test_what_is_not_in_this_syntax_is_refused(desk: Desk, form: dict[str, str], query: str, wanted: str):
    answer = ask(desk, form, query)
    assert answer.status_code == 400
    assert wanted in answer.json["detail"]


def test_a_body_that_is_no_form_is_refused(desk: Desk):
    send = lambda data: desk.send("POST", "writer", "/xapi/statements?method=PUT", data=data)  # noqa: E731
    assert send(b"\xff").status_code == 400
    assert send(b"&".join(b"a=%d" % number for number in range(200))).status_code == 400
    assert send(b"a=" + b"x" * (33 * 1024 * 1024)).status_code == 400


def test_2_0_has_no_such_syntax(desk: Desk, statement: Make):
    sent = statement()
    form = {"statementId": sent["id"], "content": json.dumps(sent)}
    assert ask(desk, form, **{"X-Experience-API-Version": "2.0.0"}).status_code == 400
    assert desk.all_() == []


def test_a_platform_loses_nothing_by_it(desk: Desk, statement: Make):
    body = json.dumps([statement()])
    for query in ("method=PATCH", "method=PUT", "x=1"):
        answer = desk.send(
            "POST", "moodle", f"/xapi/statements?{query}", data=body, content_type="application/json"
        )
        assert answer.status_code == 200
    assert len(desk.all_()) == 1
