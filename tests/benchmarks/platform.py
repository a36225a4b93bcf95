"""A learning platform and its browsers: keys, a key set, a token endpoint, a gradebook that says yes; launches by hand."""

import base64
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwcrypto.jwk import JWK

from tests.benchmarks.http import Answer, Connection

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
CLIENT, DEPLOYMENT = "client-of-the-bench", "1"


@dataclass
class Platform:
    """One issuer with the face of Moodle, listening on loopback."""

    url: str = ""
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)

    def signed(self, claims: dict[str, Any]) -> str:
        head = _encoded(json.dumps({"typ": "JWT", "alg": "RS256", "kid": "bench"}).encode())
        text = f"{head}.{_encoded(json.dumps(claims, ensure_ascii=False).encode())}"
        return f"{text}.{_encoded(self.key.sign(text.encode(), PKCS1v15(), SHA256()))}"

    def key_set(self) -> dict[str, Any]:
        public = JWK.from_pyca(self.key.public_key()).export_public(as_dict=True)
        return {"keys": [{**public, "kid": "bench", "alg": "RS256", "use": "sig"}]}

    def claims(self, sub: str, nonce: str, target: str) -> dict[str, Any]:
        """A learner's launch in the shape and size Moodle gives it."""
        now = int(time.time())
        course = f"{self.url}/mod/lti/services.php/7/lineitems"
        return {
            "iss": self.url,
            "aud": CLIENT,
            "sub": sub,
            "nonce": nonce,
            "iat": now,
            "exp": now + 60,
            LTI + "deployment_id": DEPLOYMENT,
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "version": "1.3.0",
            LTI + "target_link_uri": target,
            LTI + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            LTI + "context": {
                "id": "7",
                "label": "TH",
                "title": "Khóa tập huấn cấp xã",
                "type": ["CourseSection"],
            },
            LTI + "resource_link": {"id": "22", "title": "Giấy chứng nhận"},
            LTI + "custom": {"context_id_history": "", "image": "$User.image"},
            LTI + "ext": {"user_username": f"hv{sub}", "lms": "moodle-2"},
            LTI + "launch_presentation": {
                "locale": "vi",
                "document_target": "iframe",
                "return_url": f"{self.url}/course/view.php?id=7",
            },
            AGS + "claim/endpoint": {
                "scope": [AGS + "scope/lineitem", AGS + "scope/score", AGS + "scope/result.readonly"],
                "lineitems": course,
                "lineitem": f"{course}/15/lineitem?type_id=1",
            },
            "family_name": "Nguyễn Thị",
            "given_name": f"Ánh {sub}",
            "name": f"Ánh {sub} Nguyễn Thị",
            "email": f"hv{sub}@xa.example.vn",
        }


@dataclass
class Launch:
    """One launch: its three answers' times, its page, its cookie."""

    seconds: tuple[float, float, float]
    path: str
    cookie: str
    page: Answer


def launch(platform: Platform, connection: Connection, tool: str, sub: str) -> Launch:
    """A new browser: login, launch, page. Raises AssertionError for a wrong answer."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    asked = {"iss": platform.url, "client_id": CLIENT, "login_hint": sub, "lti_message_hint": '{"cmid":34}'}
    begun = time.perf_counter()
    login = connection.ask("POST", "/lti/login", urlencode({**asked, "target_link_uri": tool}).encode(), form)
    at_login = time.perf_counter()
    assert login.status == 302, (login.status, login.body[:300])
    answer = parse_qs(urlsplit(login.headers["location"]).query)
    token = platform.signed(platform.claims(sub, answer["nonce"][0], answer["redirect_uri"][0]))
    cookie = login.headers["set-cookie"].split(";")[0]
    body = urlencode({"id_token": token, "state": answer["state"][0]}).encode()
    posting = time.perf_counter()
    posted = connection.ask("POST", "/lti/launch", body, {**form, "Cookie": cookie})
    at_launch = time.perf_counter()
    assert posted.status == 303, (posted.status, posted.body[:300])
    page = connection.ask("GET", posted.headers["location"], headers={"Cookie": cookie})
    at_page = time.perf_counter()
    assert page.status == 200, (page.status, page.body[:300])
    return Launch(
        (at_login - begun, at_launch - posting, at_page - at_launch), posted.headers["location"], cookie, page
    )


@contextmanager
def open_platform() -> Iterator[Platform]:
    """A platform that answers for its keys, tokens, scores and results."""
    platform = Platform()
    tokens = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith("/jwks"):
                return self._say(platform.key_set())
            sub = parse_qs(urlsplit(self.path).query).get("user_id", [""])[0]
            score = platform.scores.get(sub)
            return self._say([] if score is None else [_result(self.path, score)])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith("/token"):
                return self._say(
                    {
                        "access_token": f"t{next(tokens)}",
                        "token_type": "Bearer",
                        "expires_in": 3600,
                        "scope": "",
                    }
                )
            score = json.loads(body)
            platform.scores[score["userId"]] = score
            return self._say({})

        def _say(self, plain: Any) -> None:
            raw = json.dumps(plain).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    platform.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()


def _result(path: str, score: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": path,
        "userId": score["userId"],
        "resultScore": score["scoreGiven"],
        "resultMaximum": score["scoreMaximum"],
    }


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
