"""A practice LMS, a clock that is moved by hand and a small tool of our own, joined without a socket."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask, Response, redirect, request
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.test import Client, EnvironBuilder

from lti_tool.simulator.app import PracticeLms, create
from lti_tool.simulator.browser import Browser
from lti_tool.simulator.config import Config, FaceConfig, Lrs
from lti_tool.simulator.driver import Person
from lti_tool.simulator.server import make_server
from lti_tool.simulator.vocabulary import ALL_SCOPES

LMS = "http://127.0.0.1:8201"
TOOL = "http://127.0.0.1:8200"
CLIENTS = {"moodle": "practice-moodle", "openedx": "6f1c8a52-4f0b-4b7e-9d57-0d6a3c1e2b90"}


@dataclass
class MovingClock:
    now: datetime = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class WsgiAdapter(BaseAdapter):
    """Lets `requests` talk to a WSGI application in this process."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self.client = Client(app, use_cookies=False)

    def send(self, prepared: requests.PreparedRequest, **_: Any) -> requests.Response:
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
        builder = EnvironBuilder(
            path=prepared.path_url,
            base_url=prepared.url.split("/", 3)[0] + "//" + prepared.url.split("/", 3)[2],
            method=prepared.method,
            headers=dict(prepared.headers),
            data=body,
        )
        answer = self.client.open(builder.get_request())
        if answer.status_code == 599:
            raise requests.ConnectionError("dropped")
        found = requests.Response()
        found.status_code, found.reason, found.url, found.request = (
            answer.status_code,
            answer.status.partition(" ")[2],
            prepared.url,
            prepared,
        )
        found.headers = requests.structures.CaseInsensitiveDict(answer.headers)
        found.raw = HTTPResponse(
            BytesIO(answer.data), headers=HTTPHeaderDict(answer.headers.to_wsgi_list()), preload_content=False
        )
        found.encoding = "utf-8"
        return found

    def close(self) -> None:
        pass


@dataclass
class SmallTool:
    """The least an LTI 1.3 tool is: it keeps what it was launched with and what was sent to its LRS."""

    http: requests.Session
    clock: Callable[[], datetime]
    key: rsa.RSAPrivateKey
    launches: list[dict[str, Any]] = field(default_factory=list)
    logins: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)
    received: list[tuple[str, Any, dict[str, str]]] = field(default_factory=list)
    lrs_status: Callable[[Any], int] = lambda _: 200
    changes: dict[str, str] = field(default_factory=dict)

    def app(self) -> Flask:
        app = Flask("small tool")
        app.add_url_rule("/lti/login", view_func=self._login, methods=["GET", "POST"])
        app.add_url_rule("/lti/launch", view_func=self._launch, methods=["POST"])
        app.add_url_rule("/lti/jwks", view_func=self._jwks)
        app.add_url_rule("/page", view_func=lambda: "trang của công cụ")
        app.add_url_rule("/xapi/statements", view_func=self._statements, methods=["POST", "PUT"])
        return app

    def _jwks(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [public | {"kid": "tool-1", "use": "sig", "alg": "RS256"}]}

    def _login(self) -> Any:
        given = request.values.to_dict()
        self.logins.append((request.method, given))
        auth = given["iss"] + (
            "/mod/lti/auth.php" if given["iss"].endswith("/moodle") else "/api/lti_consumer/v1/launch/"
        )
        parameters = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": given["client_id"],
            "redirect_uri": TOOL + "/lti/launch",
            "login_hint": given["login_hint"],
            "lti_message_hint": given["lti_message_hint"],
            "state": "state-1",
            "nonce": "nonce-1",
        }
        answer = redirect(f"{auth}?{urlencode(parameters | self.changes)}")
        answer.set_cookie("dh", "browser-1", secure=True, samesite="None")
        return answer

    def _launch(self) -> Any:
        if "error" in request.form:
            self.errors.append(request.form.to_dict())
            return Response("refused", status=400)
        token = request.form["id_token"]
        issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
        path = (
            "/mod/lti/certs.php"
            if issuer.endswith("/moodle")
            else "/api/lti_consumer/v1/public_keysets/block"
        )
        keys = jwt.PyJWKSet.from_dict(self.http.get(issuer + path).json())
        options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
        self.launches.append(jwt.decode(token, keys.keys[0].key, algorithms=["RS256"], options=options))
        self.cookie = request.cookies.get("dh")
        return redirect("/page", 303)

    def _statements(self) -> Any:
        body = json.loads(request.get_data())
        self.received.append(
            (
                request.method,
                body,
                {**dict(request.headers), "statementId": request.args.get("statementId", "")},
            )
        )
        return Response("[]", status=self.lrs_status(body))

    def statements(self) -> list[dict[str, Any]]:
        return [one for _, body, _ in self.received for one in (body if isinstance(body, list) else [body])]

    def assertion(self, face: str, **changes: Any) -> str:
        # The signature's clock is this machine's, as at the tool.
        now = int(time.time())
        claims = {
            "iss": CLIENTS[face],
            "sub": CLIENTS[face],
            "aud": TOKEN_URLS[face],
            "iat": now,
            "exp": now + 60,
            "jti": str(now),
        }
        return jwt.encode(claims | changes, self.key, algorithm="RS256", headers={"kid": "tool-1"})

    def ask_token(
        self, face: str, *scopes: str, assertion: str | None = None, **changes: str
    ) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion or self.assertion(face),
            "scope": " ".join(scopes or ALL_SCOPES),
        }
        return self.http.post(TOKEN_URLS[face], data=form | changes)

    def token(self, face: str, *scopes: str) -> str:
        return json.loads(self.ask_token(face, *scopes).text)["access_token"]

    def call(self, method: str, url: str, token: str, media: str, body: Any = None) -> requests.Response:
        name = "Accept" if method in {"GET", "DELETE"} else "Content-Type"
        headers = {"Authorization": f"Bearer {token}", name: media}
        return self.http.request(
            method, url, headers=headers, data=None if body is None else json.dumps(body)
        )


TOKEN_URLS = {
    "moodle": LMS + "/moodle/mod/lti/token.php",
    "openedx": LMS
    + "/openedx/api/lti_consumer/v1/token/block-v1%3AMOST%2BDONGHANH%2B2025%2Btype%40lti_consumer%2Bblock%40donghanh",
}


@dataclass
class World:
    practice: PracticeLms
    tool: SmallTool
    clock: MovingClock
    http: requests.Session

    def person(self, face: str, key: str = "hong-anh", **browser: Any) -> Person:
        return Person(LMS, face, key, Browser(_http=self.http, **browser)).sign_in()

    def face(self, key: str) -> Any:
        return self.practice.faces[key]

    def control(self, face: str, do: str, **values: Any) -> Any:
        headers = {"X-Control-Token": self.practice.control_token}
        answer = self.http.post(LMS + "/control", json={"face": face, "do": do, **values}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> Any:
        return self.http.get(
            LMS + "/control/state", headers={"X-Control-Token": self.practice.control_token}
        ).json()

    def send(self, face: str) -> list[dict[str, Any]]:
        """What one sending brings to the LRS."""
        before = len(self.tool.statements())
        self.practice.senders[face].run_once()
        return self.tool.statements()[before:]


def config(**values: Any) -> Config:
    lrs = Lrs(TOOL + "/xapi", "key", "secret")
    return Config(faces={key: FaceConfig(client, lrs=lrs) for key, client in CLIENTS.items()}, **values)


@pytest.fixture
def moving() -> MovingClock:
    return MovingClock()


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    """One key for everybody: making them is most of a test's time."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def world(tmp_path: Path, moving: MovingClock, rsa_key: rsa.RSAPrivateKey) -> Iterator[World]:
    pem = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for face in CLIENTS:
        (tmp_path / f"{face}.pem").write_bytes(pem)
    http = requests.Session()
    tool = SmallTool(http, moving, rsa_key)
    practice = create(config(control_token="ct"), tmp_path, clock=moving, http=http)
    http.mount(TOOL, WsgiAdapter(tool.app()))
    http.mount(LMS, WsgiAdapter(practice.app))
    yield World(practice, tool, moving, http)
    for face in practice.faces.values():
        face.store.close()


@pytest.fixture
def serving(world: World) -> Iterator[str]:
    """The same practice LMS on a real socket; gives its address."""
    server = make_server("http://127.0.0.1:0", world.practice.app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
