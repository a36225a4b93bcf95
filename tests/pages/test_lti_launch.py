"""/lti/launch and /lti/jwks, and what the pages behind a launch may do."""

import pytest
from sqlalchemy import select

from lti_tool.base import session_tables
from lti_tool.base.doors import Audience, audience_of
from tests.lti import sites
from tests.lti.fake_platform import INSTRUCTOR, LTI

database_url, site = sites.on_sqlite()


def test_a_launch_ends_at_an_address_without_a_token(site):
    answer = site.launch()
    assert answer.status_code == 303
    path = answer.headers["Location"]
    assert path.startswith("/learn/")
    assert "?" not in path
    assert len(path) == len("/learn/") + 22


def test_a_teacher_arrives_at_the_teachers_page(site):
    assert site.launch(**{LTI + "roles": [INSTRUCTOR]}).headers["Location"].startswith("/teach/")


@pytest.mark.parametrize("agent", ["MoodleBot/1.0", "Mozilla/5.0"])
def test_looking_at_the_launch_address_is_answered_sanely(site, agent):
    for method in ("GET", "HEAD"):
        answer = site.browser().open("/lti/launch", method=method, headers={"User-Agent": agent})
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/html")


def test_the_session_knows_what_the_launch_said(site, database):
    site.launch()
    with database.reading() as connection:
        row = connection.execute(select(session_tables.launch)).mappings().one()
    assert (row["learner_id"], row["issuer"], row["sub"]) == ("learner-4", "https://lms.example.vn", "4")
    assert (row["context_id"], row["context_title"], row["link_id"]) == ("7", "Khóa tập huấn cấp xã", "22")
    assert row["lineitem"] == "https://lms.example.vn/services.php/7/lineitems/15/lineitem"
    assert row["return_url"] == "https://lms.example.vn/mod/lti/return.php?course=7"
    assert (row["language"], row["view"]) == ("vi", "learner")


@pytest.mark.parametrize(
    ("locale", "accept", "language"), [("en", "vi", "en"), ("fr", "en", "en"), ("vi_VN", "en", "vi")]
)
def test_the_language_is_the_launchs_else_the_browsers(site, database, locale, accept, language):
    browser = site.browser()
    state, nonce = site.login(browser)
    claims = site.platform.claims(nonce, site.now, **{LTI + "launch_presentation": {"locale": locale}})
    site.post(browser, site.platform.sign(claims), state, headers={"Accept-Language": accept})
    with database.reading() as connection:
        assert connection.execute(select(session_tables.launch.c.language)).scalar_one() == language


def test_two_tabs_of_one_browser_both_launch(site):
    browser = site.browser()
    site.login(browser)
    begun = [site.login(browser) for _ in range(2)]
    pages = []
    for state, nonce in reversed(begun):
        answer = site.post(browser, site.platform.sign(site.platform.claims(nonce, site.now)), state)
        pages.append(answer.headers["Location"])
    assert len(set(pages)) == 2
    assert [browser.get(page).status_code for page in pages] == [200, 200]


def test_two_platforms_in_one_browser_keep_apart(site):
    edx = site.add_platform("edx", "https://edx.example.vn", "block-1", key=2, kind="openedx")
    browser = site.browser()
    first = site.launch(browser).headers["Location"]
    state, nonce = site.login(browser, edx)
    claims = edx.claims(nonce, site.now, sub="a-uuid", **{LTI + "custom": {"xapi_actor": "b-uuid"}})
    second = site.post(browser, edx.sign(claims), state).headers["Location"]
    assert browser.get(first).json == {"learner": "learner-4"}
    assert browser.get(second).json == {"learner": "learner-a-uuid"}
    assert [launch.xapi_actor for launch in site.launched] == ["4", "b-uuid"]


def test_the_page_of_a_launch_opens_in_no_other_browser(site):
    page = site.launch().headers["Location"]
    stranger = site.browser()
    site.launch(stranger, sub="5")
    assert stranger.get(page).status_code == 403


def test_our_keys_are_published_with_their_ids(site):
    answer = site.browser().get("/lti/jwks")
    assert answer.json["keys"][0]["kid"] == site.keys.signing().kid
    assert answer.content_type == "application/json"


def test_every_blueprint_says_who_may_enter(site):
    assert {name: audience_of(one) for name, one in site.app.blueprints.items()} == {
        "lti": Audience.PLATFORM,
        "placing": Audience.LAUNCHED,
    }
