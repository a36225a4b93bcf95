"""A learning platform small enough to hold in the hand: one key, one key set over loopback HTTP, and our pages around it."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask, g
from flask.testing import FlaskClient
from jwcrypto.jwk import JWK

from lti_tool.base.errors import Problem
from lti_tool.base.outbound import Outbound
from lti_tool.base.resources import package_folder
from lti_tool.base.sessions import Sessions
from lti_tool.base.texts import Texts
from lti_tool.lti import platforms
from lti_tool.lti.deep_linking import Placement
from lti_tool.lti.keys import ToolKeys
from lti_tool.lti.platforms import Draft, Platform
from lti_tool.pages.lti import create_blueprint, create_placing_blueprint
from tests.loopback import Answering, listening

BASE_URL = "https://tool.example.vn"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
SECRET = b"the secret of an installation, 32+"


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """Made once for all tests: finding primes is what would take the time."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def tool_keys(folder: Path) -> ToolKeys:
    """The tool's keys in a fresh folder, without waiting for a new one."""
    folder.mkdir(parents=True)
    (folder / "0001.pem").write_bytes(
        rsa_key(0).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return ToolKeys(folder)


def jwk(number: int, kid: str) -> dict:
    public = JWK.from_pyca(rsa_key(number).public_key()).export_public(as_dict=True)
    return {**public, "kid": kid, "alg": "RS256", "use": "sig"}


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Served:
    """What the loopback server answers: path to (status, JSON or text), and what it was asked."""

    port: int = 0
    answers: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def serving() -> Iterator[Served]:
    served = Served()

    class Handler(Answering):
        def answer(self) -> None:
            path = urlsplit(self.path).path
            served.asked.append((self.command, path, dict(self.headers), self.asked()))
            status, content = served.answers.get(path, (404, "not here"))
            if callable(content):
                content = content()
            raw = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.say(status, raw, {"Content-Type": "application/json"})

    with listening(Handler) as served.port:
        yield served


@dataclass
class FakePlatform:
    """Signs what it is told to. `kid` and `key` may be changed, as when a platform rotates or an attacker forges."""

    stored: Platform
    kid: str = "key-1"
    key: int = 1

    def claims(self, nonce: str, now: datetime, /, **changes: object) -> dict:
        """A learner's launch in the shape Moodle sends; `changes` by claim name, a value of None leaves the claim out."""
        moment = int(now.timestamp())
        values = {
            "iss": self.stored.issuer,
            "aud": self.stored.client_id,
            "sub": "4",
            "nonce": nonce,
            "iat": moment,
            "exp": moment + 60,
            LTI + "deployment_id": "1",
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "version": "1.3.0",
            LTI + "target_link_uri": f"{BASE_URL}/lti/launch",
            LTI + "roles": [LEARNER],
            LTI + "context": {
                "id": "7",
                "label": "TH2026",
                "title": "Khóa tập huấn cấp xã",
                "type": ["CourseSection"],
            },
            LTI + "resource_link": {"id": "22", "title": "Giấy chứng nhận"},
            LTI + "custom": {"context_id": "7", "image": "$User.image", "link": None, "empty": ""},
            LTI + "ext": {"user_username": "0912000111", "lms": "moodle-2"},
            LTI + "lis": {"person_sourcedid": "CB0042"},
            LTI + "launch_presentation": {
                "locale": "vi",
                "document_target": "iframe",
                "return_url": f"{self.stored.issuer}/mod/lti/return.php?course=7",
            },
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
                "lineitems": f"{self.stored.issuer}/services.php/7/lineitems",
                "lineitem": f"{self.stored.issuer}/services.php/7/lineitems/15/lineitem",
            },
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{self.stored.issuer}/services.php/7/memberships",
            },
            "family_name": "Trần Thị",
            "given_name": "Bưởi",
            "name": "Bưởi Trần Thị",
            "email": "buoi@xa.example.vn",
        }
        return {key: value for key, value in (values | changes).items() if value is not None}

    def deep_linking(
        self, nonce: str, now: datetime, /, *, return_url: str | None = None, **changes: object
    ) -> dict:
        settings = {
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["frame", "iframe", "window"],
            "accept_multiple": True,
            "deep_link_return_url": return_url
            or f"{self.stored.issuer}/mod/lti/contentitem_return.php?course=7",
        }
        wanted = {
            LTI + "message_type": "LtiDeepLinkingRequest",
            LTI + "roles": [INSTRUCTOR],
            LTI + "resource_link": None,
            "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": settings,
        }
        return self.claims(nonce, now, **(wanted | changes))

    def sign(self, claims: dict, **headers: object) -> str:
        """Signed by hand, because a library refuses to sign what a test wants refused."""
        wanted = {"typ": "JWT", "alg": "RS256", "kid": self.kid} | headers
        head = {key: value for key, value in wanted.items() if value is not None}
        text = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(claims).encode())}"
        return f"{text}.{encoded(rsa_key(self.key).sign(text.encode(), PKCS1v15(), SHA256()))}"


@dataclass
class Site:
    """Our pages, one platform, and a clock that can be moved."""

    app: Flask
    database: object
    platform: FakePlatform
    served: Served
    keys: ToolKeys
    now: datetime
    launched: list = field(default_factory=list)

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def login(
        self, browser: FlaskClient, platform: FakePlatform | None = None, **changes: str | None
    ) -> tuple[str, str]:
        """Begin a launch at top level; gives state and nonce as the platform sees them."""
        stored = (platform or self.platform).stored
        params = {
            "iss": stored.issuer,
            "client_id": stored.client_id,
            "login_hint": "4",
            "lti_message_hint": '{"cmid":34,"launchid":"ltilaunch1_2"}',
            "target_link_uri": f"{BASE_URL}/lti/launch",
            "lti_deployment_id": "1",
        }
        given = {key: value for key, value in (params | changes).items() if value is not None}
        answer = browser.post("/lti/login", data=given)
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return query["state"][0], query["nonce"][0]

    def post(self, browser: FlaskClient, token: str, state: str, **kwargs: object):
        return browser.post("/lti/launch", data={"id_token": token, "state": state}, **kwargs)

    def launch(self, browser: FlaskClient | None = None, headers: dict | None = None, **changes: object):
        """Login and launch in one browser; `changes` to the claims, `headers` to the token's header."""
        browser = browser or self.browser()
        state, nonce = self.login(browser)
        claims = self.platform.claims(nonce, self.now, **changes)
        return self.post(browser, self.platform.sign(claims, **(headers or {})), state)

    def add_platform(
        self, name: str, issuer: str, client_id: str, *, key: int, kid: str = "key-1", **more: object
    ):
        """One more platform, whose key set is served at its own address."""
        self.served.answers[f"/{name}/jwks"] = (200, {"keys": [jwk(key, kid)]})
        approved = more.pop("approved", True)
        draft = Draft(
            name=name,
            issuer=issuer,
            client_id=client_id,
            auth_login_url=f"{issuer}/mod/lti/auth.php",
            token_url=f"{issuer}/mod/lti/token.php",
            jwks_url=self.served.url(f"/{name}/jwks"),
            **({"kind": "moodle", "deployments": ("1",)} | more),
        )
        with self.database.transaction() as connection:
            return FakePlatform(
                platforms.add(connection, draft, self.now, approved=approved), kid=kid, key=key
            )


PLACEMENT = Placement(
    key="kns-2026",
    title="Tiến độ và giấy chứng nhận",
    text="Chương trình thử",
    label="Hoàn thành chương trình thử",
    resource_id="certificate:kns-2026",
    score_maximum=100,
    custom=(("page", "progress"),),
)


@contextmanager
def running_site(database: object, folder: Path, now: datetime) -> Iterator[Site]:
    """The LTI pages on a database, with one approved Moodle."""
    with serving() as served:
        keys = tool_keys(folder / "keys" / "lti")
        site = Site(Flask("site"), database, None, served, keys, now)
        build(site, database, keys)
        site.platform = site.add_platform("moodle", "https://lms.example.vn", "client-1", key=1)
        yield site


def build(site: Site, database: object, keys: ToolKeys) -> None:
    texts = Texts.load(package_folder("translations"))
    site.app.template_folder = str(package_folder("templates"))
    site.app.jinja_loader.searchpath[:] = [str(package_folder("templates"))]
    site.app.config["TESTING"] = True
    sessions = Sessions(reading=database.reading, clock=lambda: site.now, secret=SECRET)

    def on_launched(connection, launch, now):
        site.launched.append(launch)
        return f"learner-{launch.sub}"

    site.app.register_blueprint(
        create_blueprint(
            database=database,
            clock=lambda: site.now,
            base_url=BASE_URL,
            secret=SECRET,
            keys=keys,
            outbound=Outbound(loopback=True),
            sessions=sessions,
            texts=texts,
            on_launched=on_launched,
        )
    )
    site.app.register_blueprint(
        create_placing_blueprint(
            database=database,
            keys=keys,
            sessions=sessions,
            texts=texts,
            placements=lambda _connection, _language: [PLACEMENT],
        )
    )

    @site.app.get("/learn/<launch_id>")
    def learn(launch_id):
        return {"learner": sessions.enter(launch_id).learner_id}

    site.app.register_error_handler(Problem, lambda problem: (problem.code, problem.status))

    @site.app.context_processor
    def words():
        language = g.get("language", "vi")
        return {
            "lang": language,
            "t": lambda key, **values: texts.t(language, key, **values),
            "tn": lambda key, n, **values: texts.tn(language, key, n, **values),
        }
