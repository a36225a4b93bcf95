import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.xapi.support import MOODLE, Desk

Json = dict[str, Any]
Make = Callable[..., Json]
ACCOUNT = {"homePage": MOODLE, "name": "2041"}


def ask(desk: Desk, agent: Json, who: str = "reader") -> Json:
    answer = desk.send("GET", who, "/xapi/agents", query_string={"agent": json.dumps(agent)})
    assert answer.status_code == 200
    return answer.json


def test_an_agent_nobody_spoke_of_is_a_person_all_the_same(desk: Desk):
    assert ask(desk, {"mbox": "mailto:an@b.vn", "name": "An"}) == {
        "objectType": "Person",
        "name": ["An"],
        "mbox": ["mailto:an@b.vn"],
    }


def test_a_person_has_every_name_the_store_heard_lately(desk: Desk, statement: Make):
    for name in ("Nguyễn An", "An Nguyễn", "Nguyễn An"):
        desk.post("moodle", statement(actor={"account": ACCOUNT, "name": name}))
    desk.post("moodle", statement(actor={"account": {**ACCOUNT, "name": "3"}, "name": "Bình"}))
    found = ask(desk, {"account": ACCOUNT})
    assert found == {"objectType": "Person", "name": ["Nguyễn An", "An Nguyễn"], "account": [ACCOUNT]}


@pytest.mark.parametrize(
    "agent",
    ["", "{", "[]", '{"mbox":"an@b.vn"}', '{"name":"An"}', '{"objectType":"Group","mbox":"mailto:a@b.vn"}'],
)
def test_what_is_no_agent_is_refused(desk: Desk, agent: str):
    answer = desk.send("GET", "reader", "/xapi/agents", query_string={"agent": agent})
    assert (answer.status_code, answer.json["field"]) == (400, "agent")


def test_who_may_not_read_about_people_is_told_nothing(desk: Desk):
    answer = desk.send(
        "GET", "writer", "/xapi/agents", query_string={"agent": json.dumps({"account": ACCOUNT})}
    )
    assert answer.status_code == 403
