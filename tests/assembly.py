"""The whole tool in one process: `build` and `create_app` as the server calls them, on a clock that a test moves.

Platforms are `FakePlatform`s whose key set is served on loopback; people come in by real signed launches, statements by HTTP.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.app import build, create_app, create_worker
from lti_tool.app.tool import Tool
from lti_tool.base import migrate
from lti_tool.base.database import Database
from lti_tool.base.outbound import Outbound
from lti_tool.base.resources import config_folder
from lti_tool.base.settings import Settings
from lti_tool.handlers.worker import Worker
from lti_tool.ledger import due
from lti_tool.lti import platforms
from lti_tool.lti.platforms import Draft
from lti_tool.programmes import mappings, versions
from tests.lti.fake_platform import BASE_URL, FakePlatform, Served, jwk, rsa_key, serving
from xapi import access

KNS = config_folder() / "programmes" / "kns-2025.yaml"
Json = dict[str, Any]


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **delta: float) -> None:
        self.at += timedelta(**delta)


def settings_of(home: Path, database_url: str, base_url: str = BASE_URL) -> Settings:
    """Settings as `settings.load` makes them."""
    return Settings(base_url, database_url, home, b"x" * 32, "the token of the metrics", (), 0, "INFO")


def with_keys(found: Settings) -> Settings:
    """The tool's key is put there, not made: finding primes is what would take the time."""
    folder = found.keys / "lti"
    folder.mkdir(parents=True, exist_ok=True)
    pem = rsa_key(0).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "0001.pem").write_bytes(pem)
    return found


@dataclass
class Assembly:
    """One installation. `credentials`: (key, secret) by label."""

    tool: Tool
    app: Flask
    worker: Worker
    clock: Clock
    served: Served
    platforms: dict[str, FakePlatform] = field(default_factory=dict)
    credentials: dict[str, tuple[str, str]] = field(default_factory=dict)

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def add_platform(self, name: str, issuer: str, kind: str = "moodle", **more: Any) -> FakePlatform:
        """A platform that is registered and approved, with its own key set and a host-intake credential of its name."""
        number = len(self.platforms) + 1
        self.served.answers[f"/{name}/jwks"] = (200, {"keys": [jwk(number, "key-1")]})
        draft = Draft(
            name=name,
            issuer=issuer,
            client_id=f"client-{name}",
            auth_login_url=f"{issuer}/auth",
            token_url=self.served.url(f"/{name}/token"),
            jwks_url=self.served.url(f"/{name}/jwks"),
            kind=kind,
            deployments=("1",),
            **more,
        )
        with self.tool.database.transaction() as connection:
            stored = platforms.add(connection, draft, self.clock())
        self.platforms[name] = FakePlatform(stored, key=number)
        self.add_credential(name, ["statements/write"], source=issuer, host_intake=True)
        return self.platforms[name]

    def add_credential(self, label: str, scopes: list[str], **more: Any) -> None:
        with self.tool.database.transaction() as connection:
            self.credentials[label] = access.add(
                connection, label=label, scopes=scopes, now=self.clock(), **more
            )

    def load(self, text: str = "", name: str = "kns-2025.yaml") -> None:
        """Put a programme in force; the packaged one without a text."""
        text = text or KNS.read_text(encoding="utf-8")
        with self.tool.database.transaction() as connection:
            versions.load(connection, text, name, self.clock(), mark_all=due.mark_all)

    def map(self, text: str) -> None:
        with self.tool.database.transaction() as connection:
            mappings.import_(connection, text, "mapping.yaml", self.clock(), mark_all=due.mark_all)

    def login(self, browser: FlaskClient, platform: str) -> tuple[str, str]:
        """Begin a launch at top level; gives state and nonce as the platform sees them."""
        stored = self.platforms[platform].stored
        form = {
            "iss": stored.issuer,
            "client_id": stored.client_id,
            "login_hint": "hint",
            "target_link_uri": f"{BASE_URL}/lti/launch",
            "lti_deployment_id": "1",
        }
        answer = browser.post("/lti/login", data=form)
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return query["state"][0], query["nonce"][0]

    def launch(
        self, platform: str, browser: FlaskClient | None = None, claims: Json | None = None, **changes: Any
    ) -> TestResponse:
        """A signed launch of `platform`; `claims` (of a recorded launch) replace the fake platform's own, `changes` come last."""
        browser = browser or self.browser()
        fake = self.platforms[platform]
        state, nonce = self.login(browser, platform)
        made = fake.claims(nonce, self.clock())
        if claims is not None:
            kept = ("iss", "aud", "nonce", "iat", "exp", *(key for key in made if key.endswith(_OURS)))
            made = {**claims, **{key: made[key] for key in kept}}
            made.pop("azp", None)
        return browser.post("/lti/launch", data={"id_token": fake.sign({**made, **changes}), "state": state})

    def basic(self, label: str) -> dict[str, str]:
        token = base64.b64encode(":".join(self.credentials[label]).encode()).decode()
        return {"Authorization": f"Basic {token}", "X-Experience-API-Version": "1.0.3"}

    def post(self, label: str, body: Any) -> TestResponse:
        return self.browser().post("/xapi/statements", json=body, headers=self.basic(label))

    def put(self, label: str, statement: Json) -> TestResponse:
        query = {"statementId": statement["id"]}
        return self.browser().put(
            "/xapi/statements", json=statement, query_string=query, headers=self.basic(label)
        )

    def work(self, most: int = 1000) -> None:
        """What the worker does until nothing is due."""
        for _ in range(most):
            if not self.worker.run_once():
                return
        raise AssertionError("the worker never comes to an end")


_OURS = ("claim/deployment_id", "claim/target_link_uri")


@cache
def _shaped() -> bytes:
    """An SQLite file that the real migrations brought to this release's shape: once for all tests of a process."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "shaped.db"
        database = Database(f"sqlite:///{file}")
        migrate.upgrade(database)
        database.close()  # the last connection takes the write-ahead log back into the file
        return file.read_bytes()


@contextmanager
def assembled(home: Path, now: datetime, database_url: str | None = None) -> Iterator[Assembly]:
    """An installation in `home`, on its own SQLite unless `database_url` says where else."""
    clock = Clock(now)
    home.mkdir(parents=True, exist_ok=True)
    if database_url is None:
        (home / "donghanh.db").write_bytes(_shaped())
    found = with_keys(settings_of(home, database_url or f"sqlite:///{home / 'donghanh.db'}"))
    with serving() as served:
        tool = build(found, clock=clock, outbound=Outbound(loopback=True))
        if database_url is not None:
            migrate.upgrade(tool.database)
        try:
            yield Assembly(tool, create_app(tool), create_worker(tool), clock, served)
        finally:
            tool.database.close()
