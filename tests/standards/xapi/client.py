"""A client that speaks one version of xAPI, and the statements it speaks of."""

import copy
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from werkzeug.test import TestResponse

from tests.xapi.support import Clock, Desk

Json = dict[str, Any]
V1, V2 = "1.0.3", "2.0.0"
AN = {"objectType": "Agent", "name": "An", "mbox": "mailto:an@example.vn"}
BINH = {"objectType": "Agent", "account": {"homePage": "https://hoc.example.vn", "name": "binh"}}
TEAM = {"objectType": "Group", "name": "Tổ 3", "mbox": "mailto:to-3@example.vn", "member": [AN, BINH]}
NAMELESS = {"objectType": "Group", "member": [BINH]}
TOPIC = {
    "objectType": "Activity",
    "id": "https://hoc.example.vn/chu-de/1",
    "definition": {
        "name": {"vi": "Chủ đề 1", "en-US": "Topic 1"},
        "type": "http://adlnet.gov/expapi/activities/module",
    },
}
COMPLETED = {
    "id": "http://adlnet.gov/expapi/verbs/completed",
    "display": {"vi": "hoàn thành", "en-US": "completed"},
}
VOIDED = {"id": "http://adlnet.gov/expapi/verbs/voided"}
GONE: Any = ...  # a copy of it is itself


def statement(**changes: Any) -> Json:
    """A fresh valid one with an id; `GONE` leaves a property out."""
    made = {"id": str(uuid4()), "actor": AN, "verb": COMPLETED, "object": TOPIC, **copy.deepcopy(changes)}
    return {name: value for name, value in made.items() if value is not GONE}


def reference(to: str) -> Json:
    return {"objectType": "StatementRef", "id": to}


def voiding(target: str) -> Json:
    return statement(verb=VOIDED, object=reference(target))


def substatement(**changes: Any) -> Json:
    return {**statement(id=GONE, **changes), "objectType": "SubStatement"}


@dataclass
class Client:
    desk: Desk
    version: str
    clock: Clock
    who: str = "admin"

    def send(self, method: str, path: str = "/xapi/statements", **how: Any) -> TestResponse:
        headers = {"X-Experience-API-Version": self.version, **how.pop("headers", {})}
        return self.desk.send(method, self.who, path, headers=headers, **how)

    def post(self, body: Any, **how: Any) -> TestResponse:
        return self.send("POST", json=body, **how)

    def put(self, body: Json, statement_id: str | None = None) -> TestResponse:
        return self.send("PUT", json=body, query_string={"statementId": statement_id or body["id"]})

    def get(self, headers: dict[str, str] | None = None, **query: Any) -> TestResponse:
        shown = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()
        }
        return self.send("GET", query_string=shown, headers=headers or {})

    def one(self, statement_id: str, **query: Any) -> Json:
        answer = self.get(statementId=statement_id, **query)
        assert answer.status_code == 200
        found: Json = answer.json
        return found

    def stored(self, *statements: Json) -> list[str]:
        answer = self.post(list(statements))
        assert answer.status_code == 200, answer.json
        ids: list[str] = answer.json
        return ids

    def ids(self, **query: Any) -> list[str]:
        """Of all pages, following each `more` as it is given."""
        answer = self.get(**query)
        found = [one["id"] for one in answer.json["statements"]]
        while answer.json["more"]:
            answer = self.send("GET", answer.json["more"])
            found += [one["id"] for one in answer.json["statements"]]
        return found
