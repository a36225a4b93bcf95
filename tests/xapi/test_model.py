"""The real store answers every random history of requests as the plain one of model.py does, request by request."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, note, settings
from sqlalchemy import delete

from lti_tool.base.database import Database
from tests.xapi.histories import SWEEP, Call, document_histories, histories
from tests.xapi.model import Answer, Model
from tests.xapi.support import Clock, Desk, routes
from xapi import tables
from xapi.embedded import EmbeddedLrs

KEPT = {"xapi_credential"}
FULL = 1000  # of the profile "proof"
COUNT = settings(
    max_examples=FULL if settings.default.max_examples >= FULL else 8
)  # each is some forty requests


class Real:
    """The routes of a store that holds nothing yet."""

    def __init__(self, database: Database, desk: Desk) -> None:
        with database.transaction() as connection:
            for table in tables.metadata.sorted_tables:
                if table.name not in KEPT:
                    connection.execute(delete(table))
        self.clock = Clock()
        lrs = EmbeddedLrs(database.transaction, database.reading, self.clock, lambda *_: None)
        self._desk = Desk(routes(lrs, database, self.clock, rsa=lambda *_: True), desk.keys)

    def answer(self, call: Call, headers: dict[str, str]) -> Answer:
        body: dict[str, Any] = {}
        if isinstance(call.body, bytes):
            body = {"data": call.body, "content_type": call.type}
        elif call.body is not None:
            # In the order of its keys, which Flask's own way sorts: the later name is the one that counts.
            body = {"data": json.dumps(call.body), "content_type": "application/json"}
        headers = {**headers, "X-Experience-API-Version": call.version}
        answer = self._desk.send(
            call.method, call.who, f"/xapi{call.path}", query_string=call.query, headers=headers, **body
        )
        if answer.status_code not in {200, 204}:
            assert answer.json["detail"]
            return answer.status_code, None
        if call.method == "GET" and call.path == "/statements" and "statements" in answer.json:
            return 200, self._pages(call, answer.json)
        if call.method == "GET" and ("stateId" in call.query or "profileId" in call.query):
            return 200, answer.data
        return answer.status_code, answer.json if answer.data else None

    def _pages(self, call: Call, page: Any) -> list[Any]:
        limit = int(call.query.get("limit", 0)) or 500
        found = page["statements"]
        while page["more"]:
            assert len(page["statements"]) == limit
            page = self._desk.send("GET", call.who, page["more"]).json
            assert page["statements"]
            found += page["statements"]
        return found


@pytest.fixture
def authorities(desk: Desk) -> dict[str, Any]:
    return {
        label: {
            "objectType": "Agent",
            "name": label,
            "account": {"homePage": "urn:donghanh:credential", "name": key},
        }
        for label, (key, _) in desk.keys.items()
    }


@COUNT
@given(history=histories)
def test_every_history_is_answered_as_the_standard_says(
    database: Database, desk: Desk, authorities: dict[str, Any], history: list[Call]
):
    _run(database, desk, authorities, [*history, *SWEEP])


@COUNT
@given(history=document_histories)
def test_every_history_of_documents_too(
    database: Database, desk: Desk, authorities: dict[str, Any], history: list[Call]
):
    _run(database, desk, authorities, history)


def _run(database: Database, desk: Desk, authorities: dict[str, Any], history: list[Call]) -> None:
    real = Real(database, desk)
    model = Model(authorities, real.clock)
    for call in history:
        real.clock.pass_by(seconds=call.wait)
        found = real.answer(call, model.documents.headers(call))
        note(f"{call}\n    → {json.dumps(found, default=repr, ensure_ascii=False)}")
        assert found == model.answer(call, _made(call, found))


def _made(call: Call, found: Answer) -> Iterator[str]:
    """The ids that the real store made, for the model to use as its own."""
    sent = [call.body] if isinstance(call.body, dict) else call.body or []
    if call.method == "POST" and call.path == "/statements" and found[0] == 200:
        made = [name for one, name in zip(sent, found[1], strict=True) if "id" not in one]
        assert len(made) == len(set(made))
        return iter(made)
    return iter(f"refused-{number}" for number in range(len(sent)))
