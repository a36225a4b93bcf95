"""The tool on another site than the LMS, in browsers that keep other sites' cookies away.

Chromium takes localhost and 127.0.0.1 for two sites and trusts both, so that `Secure` cookies work there over plain http.
"""

import json

import pytest
from playwright.sync_api import expect

from tests.chromium import CHROMIUM, OPTIONS
from tests.journeys import clicking
from tests.journeys.practising import RunningPractice

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def two_sites(playwright, tmp_path_factory):
    home = tmp_path_factory.mktemp("two-sites")
    with RunningPractice(home, host="localhost", send_every=0.3).start() as running:
        yield running


@pytest.fixture
def profile(playwright, tmp_path):
    """A fresh profile with preferences of its own."""
    contexts = []

    def make(**preferences):
        (tmp_path / "Default").mkdir()
        (tmp_path / "Default" / "Preferences").write_text(json.dumps({"profile": preferences}))
        options = {"executable_path": CHROMIUM, "args": list(OPTIONS), "locale": "vi-VN"}
        contexts.append(playwright.chromium.launch_persistent_context(tmp_path, **options))
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()


def test_our_cookie_works_in_the_frame_where_third_party_cookies_are_blocked(two_sites, profile):
    context = profile(cookie_controls_mode=1)
    page = clicking.sign_in(context, two_sites.lms, "moodle", "Thạch Sô Phia")
    frame = clicking.open_tool(page)
    expect(frame.get_by_role("heading", name="Thạch Sô Phia")).to_be_visible()
    inside = next(one for one in page.frames if one.url.startswith(two_sites.url))
    assert wanted(inside, "other=1; SameSite=None; Secure") == ""  # so the browser does block here
    assert wanted(inside, "own=1; SameSite=None; Secure; Partitioned") == "own=1"
    assert [one["name"] for one in context.cookies() if one["domain"] == "localhost" and one["httpOnly"]] == [
        "dh"
    ]


def wanted(frame, cookie):
    """What the frame's own script can read back of a cookie that it sets."""
    return frame.evaluate("cookie => { document.cookie = cookie; return document.cookie }", cookie)


def test_one_tap_opens_the_tool_where_every_cookie_of_a_frame_is_blocked(two_sites, profile):
    blocked = {f"http://localhost:*,{two_sites.lms}": {"setting": 2}}
    context = profile(content_settings={"exceptions": {"cookies": blocked}})
    page = clicking.sign_in(context, two_sites.lms, "moodle", "Phạm Thị Ngọc Ưng")
    frame = clicking.open_tool(page)
    expect(frame.get_by_role("heading", name="Chạm một lần để mở")).to_be_visible()
    # Found out before the platform was asked: its launch id, which serves once, is not used up.
    assert [launch["used"] for launch in launches(two_sites, "ngoc-ung")] == [None]

    with context.expect_page() as opened:
        frame.get_by_role("button", name="Mở trong thẻ mới").click()
    expect(opened.value.get_by_role("heading", name="Phạm Thị Ngọc Ưng")).to_be_visible()
    assert opened.value.url.startswith(f"{two_sites.url}/learn/")
    assert [launch["used"] is None for launch in launches(two_sites, "ngoc-ung")] == [False]


def launches(practice, person):
    return [one for one in practice.control.state()["moodle"]["launches"] if one["person"] == person]
