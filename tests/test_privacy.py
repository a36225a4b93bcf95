"""Nothing that names a person stands in a log line, an address or a cookie, over the whole main job and all that goes wrong in it.

Addresses: every one that was asked for here, that an answer led to or that a page links to, and every one we asked a platform for.
Two are the standards' own: `login_hint` goes back to the platform that gave it (OIDC third-party login), and a result is asked for
by its person (AGS 2.0, 3.3.2 `user_id`); both go to the person's own platform and stand in no log of ours.
"""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit, urlunsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lti_tool.base.logs import JsonLines, quiet
from lti_tool.base.tables import audit
from tests.assembly import TEN, Assembly, assembled, csrf_of
from tests.lti.fake_platform import INSTRUCTOR, LTI

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER, OPENEDX = "https://hoc.example.vn", "https://khoahoc.example.vn"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


@dataclass(frozen=True)
class Person:
    """Someone, in words that occur nowhere else."""

    sub: str
    family_name: str
    given_name: str
    phone: str
    account: str = ""

    @property
    def email(self) -> str:
        return f"hopthu.{self.sub}@riengtu.example"

    @property
    def username(self) -> str:
        return f"taikhoan{self.sub}"

    @property
    def secrets(self) -> tuple[str, ...]:
        given = (
            self.sub,
            self.email,
            self.username,
            self.phone,
            self.account,
            self.family_name,
            self.given_name,
        )
        return tuple(one for one in (*given, self.email.partition("@")[0], f"maso{self.sub}") if one)

    @property
    def claims(self) -> dict[str, Any]:
        return {
            "sub": self.sub,
            "family_name": self.family_name,
            "given_name": self.given_name,
            "name": f"{self.given_name} {self.family_name}",
            "email": self.email,
            LTI + "ext": {"user_username": self.username},
            LTI + "lis": {"person_sourcedid": f"maso{self.sub}"},
            LTI + "custom": {"phone": self.phone, "xapi_actor": self.account},
        }


DONE = Person("88010231", "Lường Quàng", "Sửu", "0987650001")
OPEN = Person("88010232", "Giàng Seo", "Phừ", "0987650002")
TEACHER = Person("88010233", "Tô Thị", "Xoè", "0987650003")
EDX = Person(
    "d1a2b3c4-0000-4000-8000-000088010234",
    "Vừ Mí",
    "Kẻ",
    "0987650004",
    "e9e9e9e9-0000-4000-8000-000088010235",
)
REFUSED = Person("88010236", "Chảo Láo", "Tả", "0987650006")
STAFF = Person("88010237", "Âu Dương", "Hoè", "0987650007")
PEOPLE = (DONE, OPEN, TEACHER, EDX, REFUSED, STAFF)
# A word of one syllable may stand in any text; whole names and everything else may not.
NEEDLES = {one.casefold() for person in PEOPLE for one in person.secrets if len(one) > 3}


@dataclass
class Watch:
    """Everything seen so far."""

    lines: io.StringIO
    addresses: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)

    def over(self, app: Flask) -> None:
        inner = app.wsgi_app

        def watched(environ: Any, start: Any) -> Any:
            query = environ.get("QUERY_STRING", "")
            self.addresses.append(
                f"{environ['PATH_INFO'].encode('latin-1').decode(errors='replace')}?{query}"
            )

            def starting(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                self.cookies += [value for name, value in headers if name == "Set-Cookie"]
                self.addresses += [
                    value for name, value in headers if name in {"Location", "Link", "Refresh"}
                ]
                return start(status, headers, *rest)

            answer = inner(environ, starting)
            body = b"".join(answer)
            if hasattr(answer, "close"):
                answer.close()
            links = re.findall(r'(?:href|action|src)="([^"]*)"', body.decode(errors="replace"))
            self.addresses += [unescape(link) for link in links]
            return [body]

        app.wsgi_app = watched  # type: ignore[method-assign]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The JSON lines that a process of ours writes at its most talkative."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    quiet()
    yield Watch(handler.stream)
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def house(tmp_path: Path, watch: Watch) -> Iterator[Assembly]:
    with assembled(tmp_path, NOW) as found:
        watch.over(found.app)
        found.add_platform("moodle", ISSUER)
        found.add_platform("openedx", OPENEDX, "openedx")
        found.load()
        yield found


def learners_day(house: Assembly) -> None:
    """Launches, statements, pages, practice, a question, the certificate, the grade; also a name that is asked for."""
    browser = house.browser()
    gradebook = {ENDPOINT: house.open_gradebook("moodle")}
    path = house.launch("moodle", browser, **DONE.claims, **gradebook).headers["Location"]
    house.complete("moodle", DONE.sub, TEN)
    house.work()
    walk(browser, path)
    ask = {"csrf": csrf_of(browser.get(f"{path}/questions").text), "topic": "cd-01"}
    browser.post(
        f"{path}/questions", data={**ask, "text": f"Tôi là {DONE.family_name}, {DONE.phone}: hỏi gì ở đâu?"}
    )
    other = house.browser()
    nameless = {**EDX.claims, "family_name": None, "given_name": None, "name": None}
    house.post("openedx", [edx_statement(house, topic) for topic in TEN])
    path = house.launch("openedx", other, **nameless).headers["Location"]
    house.work()
    walk(other, path)
    asked = other.get(f"{path}/name")
    if asked.status_code == 200:
        form = {"csrf": csrf_of(asked.text), "name": f"{EDX.family_name} {EDX.given_name}"}
        other.post(f"{path}/name", data=form)
    house.work()
    walk(house.browser(), "/verify")


def edx_statement(house: Assembly, topic: str) -> dict[str, Any]:
    actor = {"account": {"homePage": OPENEDX, "name": EDX.account}, "name": EDX.family_name}
    extension = {"https://w3id.org/learning-analytics/learning-management-system/external-id": topic}
    return {
        "actor": actor,
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"{OPENEDX}/xblock/{topic}", "definition": {"extensions": extension}},
        "timestamp": "2025-12-09T10:00:00Z",
    }


def teachers_day(house: Assembly) -> None:
    browser = house.browser()
    path = house.launch("moodle", browser, **TEACHER.claims, **{LTI + "roles": [INSTRUCTOR]}).headers[
        "Location"
    ]
    walk(browser, path)
    state, nonce = house.login(browser, "moodle")
    fake = house.platforms["moodle"]
    token = fake.sign(fake.deep_linking(nonce, NOW, **TEACHER.claims))
    placing = browser.post("/lti/launch", data={"id_token": token, "state": state}).headers["Location"]
    form = {"csrf": csrf_of(browser.get(placing).text), "placement": "kns-2025"}
    browser.post(placing, data=form)


def bad_day(house: Assembly) -> None:
    """What is refused, broken or unknown: nothing of it may be quoted."""
    fake = house.platforms["moodle"]
    wrong: list[dict[str, Any]] = [
        # Which platform, client, deployment and message it was is what the log is for.
        {"exp": 1}, {"iat": 1}, {"aud": "another"}, {"azp": "another"}, {"iss": "https://khac.example"}, {LTI + "deployment_id": "9"},
        {LTI + "message_type": "LtiSubmissionReviewRequest"}, {LTI + "version": "1.1"}, {LTI + "target_link_uri": "https://x.example/"},
        # Whatever a person's name may get into is not.
        {"nonce": REFUSED.phone}, {"sub": None}, {"sub": [REFUSED.sub]}, {LTI + "roles": REFUSED.email}, {LTI + "roles": [REFUSED.email]},
        {LTI + "resource_link": REFUSED.email}, {LTI + "context": [REFUSED.email]}, {"email": [REFUSED.email]}, {"name": {"a": REFUSED.email}},
        {LTI + "custom": REFUSED.phone}, {LTI + "launch_presentation": {"return_url": REFUSED.email, "locale": REFUSED.username}},
        {ENDPOINT: {"lineitem": REFUSED.email, "scope": REFUSED.email}}, {ENDPOINT: REFUSED.email},
    ]  # fmt: skip
    for changes in wrong:
        browser = house.browser()
        state, nonce = house.login(browser, "moodle")
        token = fake.sign({**fake.claims(nonce, NOW, **REFUSED.claims), **changes})
        browser.post("/lti/launch", data={"id_token": token, "state": state})
    browser = house.browser()
    state, nonce = house.login(browser, "moodle")
    unsigned = fake.sign(fake.claims(nonce, NOW, **REFUSED.claims), alg="none")
    forged = fake.sign(fake.claims(nonce, NOW, **REFUSED.claims), kid=REFUSED.username)
    for token in (unsigned, forged, REFUSED.email, f"a.{REFUSED.phone}.c", ""):
        browser.post("/lti/launch", data={"id_token": token, "state": state})
        browser.post("/lti/launch", data={"id_token": token, "state": REFUSED.username})
    form = {"error": "access_denied", "error_description": REFUSED.email, "state": state}
    browser.post("/lti/launch", data=form)
    browser.post("/lti/login", data={"iss": ISSUER, "login_hint": REFUSED.sub, "client_id": "another"})
    browser.post("/lti/login", data={"iss": ISSUER, "login_hint": REFUSED.sub, "target_link_uri": "x"})
    broken: list[Any] = [
        [{"actor": {"mbox": REFUSED.email}}], REFUSED.email, {"actor": {"name": REFUSED.family_name}}, [REFUSED.phone],
        [{**edx_statement(house, "cd-01"), "verb": REFUSED.email}], [{**edx_statement(house, "cd-01"), REFUSED.username: 1}],
    ]  # fmt: skip
    house.add_credential("client", ["all"])
    for body in broken:
        house.post("moodle", body)
        house.post("client", body)
    house.browser().post("/xapi/statements", data=REFUSED.email.encode(), headers=house.basic("moodle"))
    house.browser().get("/xapi/statements", headers={"Authorization": f"Basic {REFUSED.email}"})
    house.work()


def staffs_day(house: Assembly) -> None:
    """Sign-in, refused and let in, and every page of the console, a search by name and a roster among it."""
    newcomer = house.browser()
    form = {
        "csrf": csrf_of(newcomer.get("/console/sign-in").text),
        "login": STAFF.username,
        "password": STAFF.phone,
    }
    assert newcomer.post("/console/sign-in", data=form).status_code == 401
    browser = house.sign_in(STAFF.username)
    for rule in sorted(
        rule.rule for rule in house.app.url_map.iter_rules() if rule.endpoint.startswith("console.")
    ):
        if "<" not in rule:
            page = browser.get(rule)
            for link in sorted(set(re.findall(r'href="(/console/[^"#]+)"', page.text))):
                if "language" not in link:
                    browser.get(unescape(link))
    csrf = csrf_of(browser.get("/console/learners").text)
    found = browser.post("/console/learners", data={"csrf": csrf, "q": DONE.family_name})
    assert DONE.family_name in found.text
    for link in sorted(set(re.findall(r'href="(/console/learners/[^"#]+)"', found.text))):
        assert DONE.sub in browser.get(link).text
    for link in sorted(
        set(re.findall(r'href="(/console/certificates/[^"#]+)"', browser.get("/console/certificates").text))
    ):
        browser.get(link)
    browser.post("/console/sign-out", data={"csrf": csrf_of(browser.get("/console/").text)})


def walk(browser: FlaskClient, start: str, most: int = 60) -> None:
    """Every page that the pages from `start` on lead to within our own address."""
    seen, waiting = set(), [start]
    while waiting and len(seen) < most:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = browser.get(path)
        if answer.mimetype == "text/html":
            waiting += [unescape(link) for link in re.findall(r'href="(/[^"#]*)"', answer.text)]


def mandated(address: str) -> str:
    """The address without the two parameters that the standards put a person into."""
    parts = urlsplit(address)
    if parts.netloc in {"hoc.example.vn", "khoahoc.example.vn"} and parts.path == "/auth":
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "login_hint"]
        return urlunsplit(parts._replace(query=urlencode(kept)))
    return address


def naming(text: str) -> set[str]:
    plain = unquote_plus(unquote_plus(text)).casefold()
    return {needle for needle in NEEDLES if needle in plain or needle in text.casefold()}


def test_no_log_line_address_or_cookie_names_a_person(house: Assembly, watch: Watch):
    learners_day(house)
    teachers_day(house)
    bad_day(house)
    staffs_day(house)
    lines = watch.lines.getvalue().splitlines()
    assert len(lines) > 100
    assert sum(1 for line in lines if "refused" in line or "problem" in line) > 20
    assert {
        line for line in lines if naming(line) or naming(json.dumps(json.loads(line), ensure_ascii=False))
    } == set()
    assert len(set(watch.addresses)) > 50
    assert {address for address in watch.addresses if naming(mandated(address))} == set()
    assert len(watch.cookies) > 5
    assert {cookie for cookie in watch.cookies if naming(cookie)} == set()


def test_platforms_are_asked_by_addresses_that_name_a_person_only_where_the_standard_does(house: Assembly):
    learners_day(house)
    asked = [path for _, path, _, _ in house.served.asked]
    assert any(path.endswith("/scores") for path in asked)
    assert {path for path in asked if naming(path)} == set()


def test_the_audit_log_holds_ids_and_no_names(house: Assembly):
    learners_day(house)
    teachers_day(house)
    staffs_day(house)
    with house.tool.database.reading() as connection:
        rows = [" ".join(map(str, row)) for row in connection.execute(select(audit))]
    assert len(rows) > 5
    assert {row for row in rows if naming(row)} == set()
