"""Small helpers of the tests of the learning record store."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from lti_tool.base.database import Database
from xapi.embedded import EmbeddedLrs
from xapi.lrs import Saved
from xapi.resource import create_blueprint

MOODLE = "https://hoc.tinh-mau.example.vn"
OPENEDX = "https://khoahoc.example.vn"
DATA = Path(__file__).parent.parent / "data" / "statements"
Json = dict[str, Any]


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: datetime = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **delta: float) -> None:
        self.at += timedelta(**delta)


def routes(lrs: EmbeddedLrs, database: Database, clock: Callable[[], datetime], **more: Any) -> Flask:
    """The store's routes alone. `more`: of `create_blueprint`; by default no platform is known and no signature believed."""
    usual: dict[str, Any] = {"policy_for": lambda _: None, "rsa": lambda *_: False}
    app = Flask(__name__)
    begin, read = database.transaction, database.reading
    app.register_blueprint(create_blueprint(lrs=lrs, begin=begin, read=read, clock=clock, **(usual | more)))
    return app


@dataclass
class Heard:
    """The callback of the application."""

    batches: list[Saved] = field(default_factory=list)
    fail_with: Exception | None = None

    def __call__(self, _connection: Connection, saved: Saved) -> None:
        if self.fail_with is not None:
            raise self.fail_with
        self.batches.append(saved)


@dataclass
class Desk:
    """A client of the routes that knows one credential of every kind."""

    app: Flask
    keys: dict[str, tuple[str, str]]

    def header(self, who: str) -> dict[str, str]:
        token = base64.b64encode(":".join(self.keys[who]).encode()).decode()
        return {"Authorization": f"Basic {token}", "X-Experience-API-Version": "1.0.3"}

    def send(self, method: str, who: str, path: str = "/xapi/statements", **kwargs: Any) -> TestResponse:
        headers = {**self.header(who), **kwargs.pop("headers", {})}
        return self.app.test_client().open(path, method=method, headers=headers, **kwargs)

    def post(self, who: str, body: Any, **kwargs: Any) -> TestResponse:
        return self.send("POST", who, json=body, **kwargs)

    def put(self, who: str, body: Json, **kwargs: Any) -> TestResponse:
        return self.send("PUT", who, json=body, query_string={"statementId": body.get("id", "")}, **kwargs)

    def get(self, who: str, **query: str) -> TestResponse:
        return self.send("GET", who, query_string=query)

    def all_(self, who: str = "admin", **query: str) -> list[Json]:
        """Every page of a query."""
        answer = self.get(who, **query).json
        found = answer["statements"]
        while answer["more"]:
            answer = self.send("GET", who, answer["more"]).json
            found += answer["statements"]
        return found
