"""The assembled application: what is true of every page and every door, whoever wrote it."""

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pylti1p3.deep_link import DeepLink
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.service_connector import ServiceConnector
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

import lti_tool
from lti_tool.app import build, create_app
from lti_tool.base import session_tables
from lti_tool.base.database import insert
from lti_tool.base.doors import Audience, audience_of
from lti_tool.base.tables import heartbeat
from lti_tool.pages.surroundings import HEADERS
from tests.assembly import (
    METRICS_TOKEN,
    TEN,
    Assembly,
    Clock,
    assembled,
    completion,
    csrf_of,
    settings_of,
    with_keys,
)
from tests.lti.fake_platform import BASE_URL
from xapi import tables

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
CHECKOUT = Path(__file__).resolve().parents[1]
SOURCES = Path(lti_tool.__file__).parent
ISSUER, FRAME = "https://hoc.example.vn", "https://khung.example.vn"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Assembly]:
    """One Moodle whose pages are framed by one more origin, and the real programme."""
    with assembled(tmp_path, NOW) as found:
        found.add_platform("moodle", ISSUER, frame_origins=(FRAME,))
        found.load()
        yield found


def enter(house: Assembly, browser: FlaskClient, **changes: object) -> str:
    """Launch; gives the page's path."""
    answer = house.launch("moodle", browser, **changes)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def place(house: Assembly, browser: FlaskClient) -> str:
    """A deep linking launch; gives the page's path."""
    state, nonce = house.login(browser, "moodle")
    fake = house.platforms["moodle"]
    token = fake.sign(fake.deep_linking(nonce, house.clock()))
    answer = browser.post("/lti/launch", data={"id_token": token, "state": state})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


# Doors


def test_every_blueprint_declares_who_may_enter(house: Assembly):
    assert {name for name, one in house.app.blueprints.items() if audience_of(one) is None} == set()
    outside = {rule.endpoint for rule in house.app.url_map.iter_rules() if "." not in rule.endpoint}
    assert outside == {"static"}


PUBLIC_IN_THE_CONSOLE = {"sign_in", "sign_in_now", "sign_out", "link", "link_used", "language"}


def test_nobody_enters_a_door_that_is_not_theirs(house: Assembly):
    """Every page of every door, asked for by a browser that has nothing."""
    for rule in house.app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        room, _, view = rule.endpoint.partition(".")
        path = re.sub(r"<int:\w+>", "1", re.sub(r"<\w+>", "x" * 22, rule.rule))
        audience = audience_of(house.app.blueprints[room])
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            status = house.browser().open(path, method=method).status_code
            match audience:
                case Audience.LAUNCHED:
                    assert status == 403, (rule, method)
                case Audience.STAFF if view not in PUBLIC_IN_THE_CONSOLE:
                    assert status in ({303} if method == "GET" else {303, 403}), (rule, method)
                case Audience.CREDENTIAL if view not in {"about", "openapi"}:
                    assert status == 401, (rule, method)
                case Audience.OPERATIONS if view == "metrics":
                    assert status == 401, (rule, method)


def test_an_administrator_of_the_platform_is_nobody_in_the_console(house: Assembly):
    browser = house.browser()
    admin = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
    roles = {"https://purl.imsglobal.org/spec/lti/claim/roles": [admin]}
    enter(house, browser, **roles)
    answer = browser.get("/console/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/sign-in")


# Jobs


def enqueued_kinds() -> set[str]:
    """The kind of every `enqueue(connection, kind, …)` in the source, constants resolved in their module."""
    found = set()
    for path in sorted(SOURCES.rglob("*.py")):
        module = ".".join(("lti_tool", *path.relative_to(SOURCES).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == "enqueue":
                scope = vars(importlib.import_module(module.removesuffix(".__init__")))
                found.add(eval(ast.unparse(node.args[1]), dict(scope)))  # our own source, a constant's name
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_every_kind_of_job_has_a_handler_and_every_handler_a_kind_of_job(house: Assembly):
    assert enqueued_kinds() == set(house.worker.handlers)


# Answers to what is not there or not well


def test_an_unknown_address_is_a_page_in_vietnamese_or_english_or_a_problem_document(house: Assembly):
    page = house.browser().get("/khong-co")
    assert (page.status_code, page.mimetype, 'lang="vi"' in page.text) == (404, "text/html", True)
    assert "HTTP-404" in page.text
    english = house.browser().get("/khong-co", headers={"Accept-Language": "en"})
    assert 'lang="en"' in english.text
    for path, accept in (("/khong-co", "application/json"), ("/xapi/khong-co", "*/*")):
        answer = house.browser().get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
        assert answer.json["status"] == 404
        assert answer.json["instance"] == f"urn:request:{answer.headers['X-Request-Id']}"


def test_with_the_worker_away_for_an_hour_statements_still_get_200(house: Assembly):
    with house.tool.database.transaction() as connection:
        hour = {"name": "worker", "at": NOW - timedelta(hours=1)}
        connection.execute(insert(connection, heartbeat).values(hour))
    assert house.complete("moodle", "4", TEN).status_code == 200
    assert house.browser().get("/readyz").status_code == 200
    bearer = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    metrics = house.browser().get("/metrics", headers=bearer).text
    assert "donghanh_worker_heartbeat_age_seconds 3600.0" in metrics
    answer = house.launch("moodle")
    assert answer.status_code == 303


DEAD = "postgresql://nobody@127.0.0.1:1/nothing"


def test_without_a_database_every_door_says_come_again_and_nothing_is_acknowledged(tmp_path: Path):
    app = create_app(build(with_keys(settings_of(tmp_path, DEAD)), clock=Clock(NOW)))
    browser = app.test_client()
    key = {
        "Authorization": "Basic " + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY6eA==",
        "X-Experience-API-Version": "1.0.3",
    }
    login = {"iss": ISSUER, "client_id": "c", "login_hint": "4", "target_link_uri": f"{BASE_URL}/lti/launch"}
    answers = [
        browser.post("/xapi/statements", json=[], headers=key),
        browser.post("/lti/login", data=login),
        browser.get("/verify/3BWH-8HFG-SGF2-MS5T"),
        browser.get("/console/", headers={"Cookie": "__Host-dh_console=" + "x" * 43}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5"), answer.request
    assert answers[0].mimetype == "application/problem+json"
    assert "DB-01" in answers[1].text
    assert [browser.get(path).status_code for path in ("/healthz", "/readyz", "/")] == [200, 503, 200]


def test_statements_whose_commit_fails_are_not_acknowledged(house: Assembly):
    def fail(_connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("the disk is full"))

    engine = house.tool.database.engine
    event.listen(engine, "commit", fail)
    answer = house.complete("moodle", "4", TEN)
    event.remove(engine, "commit", fail)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    with house.tool.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.statement)).scalar_one() == 0
    assert len(house.complete("moodle", "4", TEN).json) == 10


# What surrounds every answer


def public_pages(house: Assembly) -> list[TestResponse]:
    browser = house.browser()
    paths = (
        "/",
        "/verify",
        "/verify/khong-co",
        "/console/sign-in",
        "/khong-co",
        "/learn/x",
        "/lti/launch",
        "/robots.txt",
    )
    return [
        browser.get(path, buffered=True) for path in (*paths, "/healthz", "/xapi/about", "/static/app.css")
    ]


def console_pages(house: Assembly) -> list[TestResponse]:
    browser = house.sign_in()
    rules = [rule for rule in house.app.url_map.iter_rules() if rule.endpoint.startswith("console.")]
    return [
        browser.get(rule.rule) for rule in rules if "GET" in (rule.methods or ()) and "<" not in rule.rule
    ]


def launched_pages(house: Assembly) -> list[TestResponse]:
    browser = house.browser()
    learn = enter(house, browser)
    wanted = [learn, f"{learn}/practice", f"{learn}/questions", f"{learn}/state"]
    teacher = house.browser()
    teach = enter(house, teacher, **{"https://purl.imsglobal.org/spec/lti/claim/roles": [TEACHER]})
    placing = house.browser()
    pages = [browser.get(path) for path in wanted] + [teacher.get(teach), placing.get(place(house, placing))]
    assert [page.status_code for page in pages] == [200] * len(pages)
    return pages


TEACHER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"


def policy_of(answer: TestResponse) -> dict[str, list[str]]:
    parts = answer.headers["Content-Security-Policy"].split(";")
    return {name: values for name, *values in (part.split() for part in parts)}


def test_every_answer_carries_the_headers_that_protect_it(house: Assembly):
    for answer in (*public_pages(house), *console_pages(house), *launched_pages(house)):
        for name in HEADERS:
            assert name in answer.headers, (answer.request.path, name)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Strict-Transport-Security"]
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
        policy = policy_of(answer)
        assert policy["default-src"] == ["'none'"]
        assert not any(
            word.startswith(("'unsafe", "*", "http:", "data:")) for word in policy.get("script-src", [])
        )
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


def test_pages_hold_no_script_style_or_handler_of_their_own(house: Assembly):
    """They would not run under the policy, and whoever could add one would not either."""
    for answer in (*public_pages(house), *console_pages(house), *launched_pages(house)):
        if answer.mimetype == "text/html":
            found = re.findall(
                r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=|javascript:", answer.text
            )
            assert found == [], answer.request.path


def test_no_page_shows_a_text_by_the_name_it_has_in_the_catalogue(house: Assembly):
    areas = "|".join(path.stem for path in (SOURCES / "translations" / "vi").glob("*.po"))
    key = re.compile(rf"(?<![\w./@-])(?:{areas})(?:\.[a-z_]+){{1,3}}(?![\w/@-])")
    browser = house.browser()
    refused = [
        browser.post("/verify"),  # 405
        browser.post("/lti/launch", data={"x": "y" * 2**21}),  # 413
        browser.post("/lti/launch"),
        browser.get("/lti/login"),
        browser.get("/lti/register?openid_configuration=x"),
        browser.get("/console/link/x"),
    ]
    assert [answer.status_code for answer in refused[:2]] == [405, 413]
    for answer in (*refused, *public_pages(house), *console_pages(house), *launched_pages(house)):
        if answer.mimetype == "text/html":
            text = re.sub(r"<(script|style|code)\b.*?</\1>|<[^>]*>", " ", answer.text, flags=re.DOTALL)
            assert key.findall(text) == [], answer.request.path


def test_only_the_launchs_own_platform_may_frame_a_page(house: Assembly):
    for answer in (*public_pages(house), *console_pages(house)):
        allowed = policy_of(answer)["frame-ancestors"]
        # Known to no platform yet: an address looked at, and the page that says there is no such launch, in whatever frame.
        nobodys = {"/lti/launch": ["'self'"], "/learn/x": ["'self'", "*"]}
        assert allowed == nobodys.get(answer.request.path, ["'none'"]), answer.request.path
    for answer in launched_pages(house):
        assert set(policy_of(answer)["frame-ancestors"]) == {"'self'", ISSUER, FRAME}, answer.request.path


def test_a_launched_page_opens_in_no_other_browser(house: Assembly):
    mine, another = house.browser(), house.browser()
    path = enter(house, mine)
    enter(house, another, sub="5")
    assert mine.get(path).status_code == 200
    for browser in (another, house.browser()):
        answer = browser.get(path)
        assert answer.status_code == 403
        assert "Bưởi" not in answer.text
        assert browser.post(f"{path}/questions", data={"text": "?"}).status_code == 403
    csrf = csrf_of(another.get(enter(house, another, sub="5") + "/questions").text)
    assert mine.post(f"{path}/questions", data={"text": "?", "csrf": csrf}).status_code == 403


def test_a_request_keeps_a_sensible_id_and_gets_one_of_ours_instead_of_another(house: Assembly):
    given = {"yêu-cầu": False, "abc": False, "a" * 65: False, "f00-ba7.id_1": True, "x y z w v u": False}
    for name, kept in given.items():
        headers = {"X-Request-Id": name.encode().decode("latin-1")}
        answered = house.browser().get("/healthz", headers=headers).headers["X-Request-Id"]
        assert (answered == name) is kept


# PyLTI1p3 is in the path of the assembled tool


def no(*_: object, **__: object) -> None:
    raise LtiException("the library says no")


def test_a_launch_that_the_library_refuses_is_refused(house: Assembly, monkeypatch: pytest.MonkeyPatch):
    assert house.launch("moodle").status_code == 303
    monkeypatch.setattr(MessageLaunch, "validate_jwt_signature", no)
    assert house.launch("moodle").status_code in range(400, 500)


def test_without_the_librarys_deep_link_nothing_is_placed(house: Assembly, monkeypatch: pytest.MonkeyPatch):
    browser = house.browser()
    path = place(house, browser)
    form = {"csrf": csrf_of(browser.get(path).text), "placement": "kns-2025"}
    assert 'name="JWT"' in browser.post(path, data=form).text
    monkeypatch.setattr(DeepLink, "encode_jwt", no)
    assert 'name="JWT"' not in browser.post(path, data=form).text


@pytest.mark.parametrize("step", ["get_access_token", "make_service_request"])
def test_without_the_librarys_service_connector_no_score_is_sent(
    house: Assembly, monkeypatch: pytest.MonkeyPatch, step: str
):
    seen = []
    original = getattr(ServiceConnector, step)

    def watched(self: ServiceConnector, *given: object, **named: object) -> object:
        seen.append(type(self))
        return original(self, *given, **named)

    monkeypatch.setattr(ServiceConnector, step, watched)
    enter(house, house.browser(), **{ENDPOINT: house.open_gradebook("moodle")})
    house.complete("moodle", "4", TEN)
    house.work()
    assert [score["scoreGiven"] for score in house.scores("moodle")] == [100]
    assert seen
    house.clock.pass_by(hours=2)  # the token expires
    monkeypatch.setattr(ServiceConnector, step, no)
    enter(house, house.browser(), sub="5", **{ENDPOINT: house.open_gradebook("moodle")})
    house.complete("moodle", "5", TEN)
    house.work()
    assert {score["userId"] for score in house.scores("moodle")} == {"4"}


# Two processes


def test_of_two_processes_of_the_tool_that_get_one_launch_exactly_one_takes_it(
    house: Assembly, tmp_path: Path
):
    browser = house.browser()
    state, nonce = house.login(browser, "moodle")
    fake = house.platforms["moodle"]
    token = fake.sign(fake.claims(nonce, NOW))
    cookie = browser.get_cookie("dh")
    assert cookie is not None
    said = json.dumps({"token": token, "state": state, "cookie": cookie.value, "now": NOW.isoformat()})
    processes = [start(tmp_path, house.tool.settings.database_url, said) for _ in range(2)]
    assert [process.stdout.readline().strip() for process in processes if process.stdout] == [
        "ready",
        "ready",
    ]
    with ThreadPoolExecutor() as pool:
        statuses = list(pool.map(told, processes))
    for process in processes:
        process.communicate(timeout=20)
    assert sorted(statuses) == ["303", "403"]
    with house.tool.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(session_tables.launch)).scalar_one() == 1


def start(home: Path, database_url: str, said: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.replaying", str(home), database_url, said]
    return subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told(process: "subprocess.Popen[str]") -> str:
    assert process.stdin
    assert process.stdout
    process.stdin.write("go\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_the_completion_of_these_tests_is_what_a_host_sends():
    made = completion(ISSUER, "4", "cd-01", NOW)
    assert made["actor"]["account"] == {"homePage": ISSUER, "name": "4"}
