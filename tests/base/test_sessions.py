"""Launches that are open in a browser."""

import re
from datetime import timedelta

import pytest
from flask import Blueprint, Flask

from lti_tool.base import session_tables, sessions
from lti_tool.base.errors import Problem
from lti_tool.base.sessions import LIFETIME, Opening, Sessions

ISSUER = "https://lms.example.vn"
SECRET = b"s" * 32


def opening(**changes):
    values = {
        "learner_id": "l-1",
        "platform_id": 1,
        "issuer": ISSUER,
        "sub": "4",
        "view": "learner",
        "language": "vi",
        "frame_ancestors": (ISSUER, "https://studio.example.vn"),
        "extra": {"deployment_id": "1"},
    }
    return Opening(**(values | changes))


def open_(database, now, browser="A" * 22, **changes):
    with database.transaction() as connection:
        return sessions.open_(connection, opening(**changes), browser, now)


def find(database, launch_id, browser, now):
    with database.reading() as connection:
        return sessions.find(connection, launch_id, browser, now)


def test_a_launch_is_found_in_its_own_browser_as_it_was_opened(database, now):
    found = find(database, open_(database, now, context_title="Khóa tập huấn"), "A" * 22, now)
    assert (found.learner_id, found.view, found.language) == ("l-1", "learner", "vi")
    assert found.frame_ancestors == (ISSUER, "https://studio.example.vn")
    assert found.extra == {"deployment_id": "1"}
    assert found.context_title == "Khóa tập huấn"
    assert (found.created_at, found.expires_at) == (now, now + LIFETIME)


@pytest.mark.parametrize("browser", ["B" * 22, "", None])
def test_a_launch_id_opens_nothing_in_another_browser(database, now, browser):
    assert find(database, open_(database, now), browser, now) is None


def test_the_cookie_alone_opens_nothing(database, now):
    open_(database, now)
    assert find(database, "x" * 22, "A" * 22, now) is None
    assert find(database, "../etc", "A" * 22, now) is None


def test_a_launch_ends_after_twelve_hours(database, now):
    launch_id = open_(database, now)
    assert find(database, launch_id, "A" * 22, now + LIFETIME - timedelta(seconds=1))
    assert find(database, launch_id, "A" * 22, now + LIFETIME) is None


def test_two_tabs_of_one_person_and_two_platforms_keep_apart(database, now):
    ids = [
        open_(database, now),
        open_(database, now),
        open_(database, now, issuer="https://edx.example.vn", sub="u"),
    ]
    assert len(set(ids)) == 3
    assert [find(database, one, "A" * 22, now).issuer for one in ids] == [
        ISSUER,
        ISSUER,
        "https://edx.example.vn",
    ]


def test_the_next_person_at_a_shared_computer_cannot_walk_back(database, now):
    first = open_(database, now, sub="4")
    elsewhere = open_(database, now, sub="4", browser="B" * 22)
    second = open_(database, now, sub="5")
    assert find(database, first, "A" * 22, now) is None
    assert find(database, elsewhere, "B" * 22, now)
    assert find(database, second, "A" * 22, now)


def test_ended_launches_are_forgotten_and_open_ones_kept(database, now):
    open_(database, now - LIFETIME)
    kept = open_(database, now)
    with database.transaction() as connection:
        assert sessions.clean(connection, now) == 1
        assert sessions.clean(connection, now) == 0
    assert find(database, kept, "A" * 22, now)


def test_the_table_does_not_hold_the_cookie(database, now):
    open_(database, now)
    with database.reading() as connection:
        row = connection.execute(session_tables.launch.select()).mappings().one()
    assert "A" * 22 not in str(dict(row))


@pytest.fixture
def site(database, now):
    keeper = Sessions(reading=database.reading, clock=lambda: now, secret=SECRET)
    blueprint = Blueprint("page", __name__)
    keeper.guard(blueprint)

    @blueprint.route("/learn/<launch_id>", methods=["GET", "POST"])
    def page(launch_id):
        return {"learner": keeper.enter(launch_id).learner_id, "csrf": keeper.token(launch_id)}

    @blueprint.get("/cookie")
    def cookie():
        response = Flask.response_class("x")
        keeper.remember(response, sessions.new_browser())
        return response

    app = Flask(__name__)
    app.register_blueprint(blueprint)
    app.register_error_handler(Problem, lambda problem: ({"code": problem.code}, problem.status))
    return app.test_client()


def test_a_page_knows_its_launch_and_may_be_framed_by_its_platform_only(site, database, now):
    launch_id = open_(database, now)
    site.set_cookie("dh", "A" * 22)
    answer = site.get(f"/learn/{launch_id}")
    assert answer.json["learner"] == "l-1"
    policy = answer.headers["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {ISSUER} https://studio.example.vn" in policy
    assert "script-src 'self';" in policy
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_the_cookie_a_page_is_refused(site, database, now):
    launch_id = open_(database, now)
    assert site.get(f"/learn/{launch_id}").status_code == 403
    site.set_cookie("dh", "short")
    assert site.get(f"/learn/{launch_id}").json == {"code": "LTI-20"}


def test_a_post_needs_the_token_of_this_very_launch(site, database, now):
    mine, other = open_(database, now), open_(database, now)
    site.set_cookie("dh", "A" * 22)
    token = site.get(f"/learn/{mine}").json["csrf"]
    assert site.post(f"/learn/{mine}", data={"csrf": token}).status_code == 200
    assert site.post(f"/learn/{mine}", headers={"X-CSRF-Token": token}).status_code == 200
    assert site.post(f"/learn/{mine}").json == {"code": "LTI-21"}
    assert site.post(f"/learn/{mine}", data={"csrf": "ký tự"}).status_code == 403
    assert site.post(f"/learn/{other}", data={"csrf": token}).status_code == 403


def test_the_cookie_works_in_a_cross_site_frame_and_says_nothing(site):
    header = site.get("/cookie").headers["Set-Cookie"]
    assert re.match(r"dh=[A-Za-z0-9_-]{22};", header)
    for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert part in header
    assert len(header.split(";")[0]) < 200
