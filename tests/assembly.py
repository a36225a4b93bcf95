"""The whole tool in one process: `build` and `create_app` as the server calls them, on a clock that a test moves.

Platforms are `FakePlatform`s whose key set is served on loopback; people come in by real signed launches, statements by HTTP.
"""

import base64
import json
import re
import shutil
from collections.abc import Iterable, Iterator
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
from lti_tool.base import migrate, settings
from lti_tool.base.database import Database
from lti_tool.base.outbound import Outbound
from lti_tool.base.resources import config_folder
from lti_tool.base.settings import Settings
from lti_tool.handlers.worker import Worker
from lti_tool.ledger import due
from lti_tool.ledger.evidence import EXTERNAL_ID
from lti_tool.lti import ags, platforms
from lti_tool.lti.platforms import Draft
from lti_tool.people import staff
from lti_tool.people.staff import Role
from lti_tool.programmes import mappings, versions
from tests.lti.fake_platform import BASE_URL, FakePlatform, Served, jwk, rsa_key, serving
from xapi import access

KNS = config_folder() / "programmes" / "kns-2025.yaml"
TEN = tuple(f"cd-{number:02}" for number in range(1, 11))
METRICS_TOKEN = "the token of the metrics"
PASSWORD = "một mật khẩu đủ dài"
SCOPES = (ags.SCORE_SCOPE, ags.RESULT_SCOPE)
Json = dict[str, Any]


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **delta: float) -> None:
        self.at += timedelta(**delta)


def settings_of(home: Path, database_url: str, base_url: str = BASE_URL, **more: str) -> Settings:
    """The settings of an installation in `home`."""
    environ = {
        "DONGHANH_BASE_URL": base_url,
        "DONGHANH_DATABASE_URL": database_url,
        "DONGHANH_HOME": str(home),
        "DONGHANH_SECRET_KEY": "the secret of an installation: 32",
        "DONGHANH_METRICS_TOKEN": METRICS_TOKEN,
        **more,
    }
    return settings.load(environ, home)


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

    def complete(self, platform: str, sub: str, topics: Iterable[str]) -> TestResponse:
        """A batch that says these topics' activities are done, found by their ID numbers, a minute ago each."""
        issuer, at = self.platforms[platform].stored.issuer, self.clock() - timedelta(hours=1)
        return self.post(platform, [completion(issuer, sub, topic, at) for topic in topics])

    def open_gradebook(self, platform: str) -> Json:
        """Have the platform take scores and give them back; gives the claim of a launch from its graded link."""
        base = f"/{platform}/lineitem"

        def results() -> list[Json]:
            posted = [json.loads(body) for _, path, _, body in self.served.asked if path == f"{base}/scores"]
            return [
                {
                    "userId": one["userId"],
                    "resultScore": one["scoreGiven"],
                    "resultMaximum": one["scoreMaximum"],
                }
                for one in posted[-1:]
            ]

        token = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600, "scope": " ".join(SCOPES)}
        self.served.answers |= {
            f"/{platform}/token": (200, token),
            f"{base}/scores": (200, ""),
            f"{base}/results": (200, results),
        }
        return {"scope": list(SCOPES), "lineitem": self.served.url(base)}

    def scores(self, platform: str) -> list[Json]:
        """The scores the platform was sent."""
        path = f"/{platform}/lineitem/scores"
        return [json.loads(body) for _, asked, _, body in self.served.asked if asked == path]

    def sign_in(self, login: str = "lan", role: Role = Role.ADMINISTRATOR) -> FlaskClient:
        """A browser of a new account of the console that came in by its one-time link."""
        with self.tool.database.transaction() as connection:
            staff.add(connection, login, role, staff.EVERYWHERE, now=self.clock())
            link = staff.make_link(connection, login, now=self.clock())
        browser = self.browser()
        page = browser.get(f"/console/link/{link}")
        form = {"csrf": csrf_of(page.text), "password": PASSWORD, "again": PASSWORD}
        assert browser.post(f"/console/link/{link}", data=form).status_code == 303
        return browser

    def work(self, most: int = 1000) -> None:
        """What the worker does until nothing is due."""
        for _ in range(most):
            if not self.worker.run_once():
                return
        raise AssertionError("the worker never comes to an end")


def completion(issuer: str, sub: str, topic: str, at: datetime) -> Json:
    """A module's completion as logstore_xapi sends it with "Send ID number" on."""
    return {
        "actor": {"name": f"Người {sub}", "account": {"homePage": issuer, "name": sub}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": "completed"}},
        "object": {
            "id": f"{issuer}/mod/page/view.php?id={topic.removeprefix('cd-')}",
            "definition": {"extensions": {EXTERNAL_ID: topic}},
        },
        "result": {"completion": True},
        "timestamp": at.isoformat(),
    }


def csrf_of(page: str) -> str:
    """The token a page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    assert found, page
    return found[1]


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
def at_moodle(home: Path, now: datetime, issuer: str) -> Iterator["Assembly"]:
    """An installation with one Moodle, the programme, and a credential `admin` that may do everything."""
    with assembled(home, now) as house:
        house.add_platform("moodle", issuer)
        house.add_credential("admin", ["all"])
        house.load()
        yield house


@contextmanager
def assembled(home: Path, now: datetime, database_url: str | None = None, **more: str) -> Iterator[Assembly]:
    """An installation in `home`, on its own SQLite unless `database_url` says where else."""
    clock = Clock(now)
    home.mkdir(parents=True, exist_ok=True)
    if database_url is None:
        (home / "donghanh.db").write_bytes(_shaped())
    found = with_keys(settings_of(home, database_url or f"sqlite:///{home / 'donghanh.db'}", **more))
    with serving() as served:
        tool = build(found, clock=clock, outbound=Outbound(loopback=True))
        if database_url is not None:
            migrate.upgrade(tool.database)
        try:
            yield Assembly(tool, create_app(tool), create_worker(tool), clock, served)
        finally:
            tool.database.close()


@contextmanager
def copied(home: Path, lived: Assembly, into: Path) -> Iterator[Assembly]:
    """A copy of an installation in which people lived and that is closed: living takes longer than what is to be seen after it."""
    shutil.copytree(home, into)
    database = (home / "donghanh.db").read_bytes()
    with assembled(into, lived.clock.at) as found:
        (into / "donghanh.db").write_bytes(database)
        found.platforms, found.credentials = dict(lived.platforms), dict(lived.credentials)
        yield found
