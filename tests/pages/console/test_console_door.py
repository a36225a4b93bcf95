"""Who gets in, what each role may open, and what a hostile page cannot do."""

import re

import pytest
from sqlalchemy import select

from lti_tool.base.doors import Audience, audience_of
from lti_tool.base.tables import audit
from lti_tool.pages.console import enter as entrance
from lti_tool.pages.console.door import COOKIE
from lti_tool.people import staff, staff_sessions
from lti_tool.people.staff import Role

PASSWORD = "một mật khẩu đủ dài"


def pages(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.")]


def test_every_page_asks_for_a_right_but_the_few_that_let_people_in(app):
    blueprint = app.blueprints["console"]
    open_ = {f"console.{name}" for name in entrance.PUBLIC}
    assert {rule.endpoint for rule in pages(app)} == set(blueprint.rights) | open_
    assert audience_of(blueprint) is Audience.STAFF


def test_without_a_session_every_page_leads_to_the_sign_in_and_no_act_is_done(app, newcomer):
    for rule in pages(app):
        if rule.endpoint.removeprefix("console.") in entrance.PUBLIC:
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        if "GET" in rule.methods:
            assert newcomer.client.get(path).location == "/console/sign-in", path
        else:
            assert newcomer.client.post(path).status_code == 403, path


def test_signing_in_gives_a_host_cookie_that_scripts_and_other_sites_never_see(newcomer, enter, admin):
    newcomer.get("/console/sign-in")
    cookie = newcomer.post("/console/sign-in", {"login": "lan", "password": PASSWORD}).headers["Set-Cookie"]
    assert cookie.startswith("__Host-dh_console=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} == set(cookie.split("; ")[1:])


def test_the_cookie_of_the_sign_in_form_is_worth_nothing_after_the_sign_in(newcomer, admin):
    newcomer.get("/console/sign-in")
    planted = newcomer.client.get_cookie(COOKIE).value
    newcomer.post("/console/sign-in", {"login": "lan", "password": PASSWORD})
    assert newcomer.client.get_cookie(COOKIE).value != planted
    newcomer.client.set_cookie(COOKIE, planted)
    assert newcomer.get("/console/").status_code == 303


def test_a_wrong_password_says_so_and_too_many_are_held_up(newcomer, admin):
    newcomer.get("/console/sign-in")
    for _ in range(8):
        answer = newcomer.post("/console/sign-in", {"login": "lan", "password": "sai"})
        assert answer.status_code == 401
    answer = newcomer.post("/console/sign-in", {"login": "lan", "password": PASSWORD})
    assert answer.status_code == 429
    assert "15 phút" in answer.text


def test_one_subscriber_of_ipv6_has_the_tries_of_one_address(newcomer):
    newcomer.get("/console/sign-in")
    answers = [
        newcomer.post(
            "/console/sign-in",
            {"login": f"person{number}", "password": "sai"},
            environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"},
        ).status_code
        for number in range(staff_sessions.TRIES_OF_ADDRESS + 1)
    ]
    assert answers == [401] * staff_sessions.TRIES_OF_ADDRESS + [429]


def test_a_one_time_link_lets_choose_a_password_once(database, newcomer, now):
    with database.transaction() as connection:
        staff.add(connection, "minh", Role.SUPPORT, now=now)
        token = staff.make_link(connection, "minh", now=now)
    newcomer.get(f"/console/link/{token}")
    differ = newcomer.post(f"/console/link/{token}", {"password": PASSWORD, "again": "khác hẳn nhau"})
    assert (differ.status_code, "không giống nhau" in differ.text) == (422, True)
    assert (
        newcomer.post(f"/console/link/{token}", {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    )
    assert newcomer.get("/console/").status_code == 200
    assert newcomer.get(f"/console/link/{token}").status_code == 410


def test_signing_out_ends_the_session_on_the_server(admin):
    kept = admin.client.get_cookie(COOKIE).value
    admin.post("/console/sign-out")
    admin.client.set_cookie(COOKIE, kept)
    assert admin.get("/console/").location == "/console/sign-in"


def test_an_idle_session_ends(admin, moving):
    moving.move(hours=2)
    assert admin.get("/console/").location == "/console/sign-in"


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_an_act_without_the_forms_token_is_refused(app, admin, token):
    assert admin.client.post("/console/platforms/invite", data={"csrf": token}).status_code == 403


def test_the_token_of_one_session_serves_no_other(admin, enter):
    other = enter("minh")
    answer = admin.client.post(
        "/console/sign-out", data={"csrf": re.search('csrf" value="([^"]*)', other.last.text)[1]}
    )
    assert answer.status_code == 403


def test_an_act_sent_by_another_site_is_refused_even_with_the_token(admin):
    answer = admin.post("/console/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_no_page_can_be_framed_cached_or_run_a_script(app, admin):
    for rule in pages(app):
        if "GET" in rule.methods and not rule.arguments:
            answer = admin.get(rule.rule)
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "script" not in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"
            assert "<script" not in answer.text
            assert " style=" not in answer.text
            assert not re.search(r'\son[a-z]+="', answer.text)


@pytest.mark.parametrize(
    ("role", "closed"),
    [
        (
            Role.SUPPORT,
            {
                "platforms",
                "credentials",
                "programmes",
                "statements",
                "quarantine",
                "jobs",
                "identity",
                "certificates",
            },
        ),
        (Role.ORGANISER, {"platforms", "credentials", "programmes", "statements", "quarantine", "jobs"}),
    ],
)
def test_a_role_opens_its_sections_and_no_other(app, enter, role, closed):
    browser = enter("minh", role)
    for rule in pages(app):
        if "GET" in rule.methods and not rule.arguments and rule.endpoint in app.blueprints["console"].rights:
            right = app.blueprints["console"].rights[rule.endpoint]
            assert browser.get(rule.rule).status_code == (403 if right in closed else 200), rule.rule
    assert not any(f'href="/console/{section}"' in browser.get("/console/").text for section in closed)


def test_what_was_done_is_named_only_in_the_catalogues_own_words(admin):
    assert "Đã xóa nền tảng" in admin.get("/console/platforms?done=platform_removed").text
    assert "buy" not in admin.get("/console/platforms?done=buy-now").text


def test_the_language_can_be_chosen_and_stays(admin):
    assert "Tổng quan" in admin.get("/console/", headers={"Accept-Language": "vi"}).text
    admin.get("/console/language/en")
    assert "Overview" in admin.get("/console/", headers={"Accept-Language": "vi"}).text


def test_no_text_of_the_console_is_missing_in_either_language(app, admin):
    for language in ("vi", "en"):
        admin.get(f"/console/language/{language}")
        for rule in pages(app):
            if "GET" in rule.methods and not rule.arguments:
                visible = re.sub(r"<[^>]+>", " ", admin.get(rule.rule).text)
                assert not re.search(r"console\.[a-z_.]+", visible), rule.rule


def test_a_password_chosen_is_recorded_without_a_name(database, newcomer, now):
    with database.transaction() as connection:
        made = staff.add(connection, "minh", Role.SUPPORT, now=now)
        token = staff.make_link(connection, "minh", now=now)
    newcomer.get(f"/console/link/{token}")
    newcomer.post(f"/console/link/{token}", {"password": PASSWORD, "again": PASSWORD})
    with database.reading() as connection:
        rows = connection.execute(select(audit.c.who, audit.c.act)).all()
    assert (f"staff:{made.id}", "staff.password") in [tuple(row) for row in rows]
