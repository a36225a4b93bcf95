"""/lti/login: a browser without cookies is found out before the platform is asked."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.lti import sites
from tests.lti.fake_platform import BASE_URL

PARAMS = {
    "iss": "https://lms.example.vn",
    "client_id": "client-1",
    "login_hint": "4",
    "lti_message_hint": '{"cmid":34,"launchid":"ltilaunch1_2"}',
    "target_link_uri": f"{BASE_URL}/lti/launch",
    "lti_deployment_id": "1",
}
FRAME = {"Sec-Fetch-Dest": "iframe"}


database_url, site = sites.on_sqlite()


@pytest.fixture(params=["GET", "POST"])
def ask(request):
    """The login request by both methods of the standard."""

    def asking(browser, headers=None, **changes):
        given = {key: value for key, value in (PARAMS | changes).items() if value is not None}
        if request.param == "POST":
            return browser.post("/lti/login", data=given, headers=headers)
        return browser.get("/lti/login", query_string=given, headers=headers)

    return asking


def test_a_login_at_top_level_goes_on_at_once_with_a_cookie(site, ask):
    answer = ask(site.browser(), headers={"Sec-Fetch-Dest": "document"})
    assert answer.status_code == 302
    assert re.match(
        r"dh=[A-Za-z0-9_-]{22}; Secure; HttpOnly; Path=/; SameSite=None; Partitioned",
        answer.headers["Set-Cookie"],
    )


def test_a_login_without_fetch_metadata_goes_on_at_once(site, ask):
    assert ask(site.browser()).status_code == 302


def test_the_authentication_request_says_what_the_standard_wants(site, ask):
    url = urlsplit(ask(site.browser()).headers["Location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://lms.example.vn/mod/lti/auth.php"
    query = {key: values[0] for key, values in parse_qs(url.query).items()}
    assert len(query.pop("state")) < 200
    assert len(query.pop("nonce")) == 32
    assert query == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "client-1",
        "redirect_uri": f"{BASE_URL}/lti/launch",
        "login_hint": "4",
        "lti_message_hint": PARAMS["lti_message_hint"],
    }


def test_a_frame_with_our_cookie_goes_on_at_once_and_keeps_it(site, ask):
    browser = site.browser()
    browser.set_cookie("dh", "A" * 22)
    answer = ask(browser, headers=FRAME)
    assert answer.status_code == 302
    assert "Set-Cookie" not in answer.headers


def test_a_frame_without_our_cookie_is_probed_by_the_same_request(site, ask):
    browser = site.browser()
    answer = ask(browser, headers=FRAME)
    assert answer.status_code == 307
    assert "Partitioned" in answer.headers["Set-Cookie"]
    url = urlsplit(answer.headers["Location"])
    assert (url.netloc, url.path) == ("", "/lti/login")
    if answer.request.method == "POST":
        assert url.query == "probe=1"
    again = browser.open(answer.headers["Location"], method=answer.request.method, headers=FRAME,
                         data=PARAMS if answer.request.method == "POST" else None)  # fmt: skip
    assert again.status_code == 302
    assert "Set-Cookie" not in again.headers


def test_a_frame_that_keeps_no_cookie_gets_one_button_before_the_platform_is_asked(site, ask):
    first = ask(site.browser(), headers=FRAME)
    page = site.browser().open(first.headers["Location"], method=first.request.method, headers=FRAME,
                               data=PARAMS if first.request.method == "POST" else None)  # fmt: skip
    assert page.status_code == 200
    assert "Chạm một lần để mở" in page.text
    form = re.search(r'<form method="post" action="/lti/login" target="_blank" rel="noopener">', page.text)
    assert form
    assert "<script" not in page.text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    assert fields["login_hint"] == "4"
    assert fields["lti_message_hint"].startswith("{&#34;cmid&#34;")
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://lms.example.vn" in policy
    assert "form-action 'self' https:" in policy


def test_the_button_opens_the_whole_launch_at_top_level(site):
    framed = {"Sec-Fetch-Dest": "iframe"}
    page = site.browser().post("/lti/login?probe=1", data=PARAMS, headers=framed).text
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    browser = site.browser()
    onward = browser.post("/lti/login", data={name: html.unescape(value) for name, value in fields})
    query = parse_qs(urlsplit(onward.headers["Location"]).query)
    token = site.platform.sign(site.platform.claims(query["nonce"][0], site.now))
    answer = site.post(browser, token, query["state"][0])
    assert browser.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("missing", ["iss", "login_hint"])
def test_an_incomplete_login_is_refused(site, ask, missing):
    answer = ask(site.browser(), **{missing: None})
    assert answer.status_code == 400
    assert "LTI-03" in answer.text


@pytest.mark.parametrize("changes", [{"iss": "https://nobody.example"}, {"client_id": "nobody"}])
def test_a_login_of_an_unknown_platform_is_refused_without_a_cookie(site, ask, changes):
    answer = ask(site.browser(), headers=FRAME, **changes)
    assert answer.status_code == 403
    assert "LTI-01" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_client_id_is_needed_only_to_tell_two_registrations_apart(site, ask):
    assert ask(site.browser(), client_id=None).status_code == 302
    site.add_platform("second", "https://lms.example.vn", "client-2", key=2, deployments=("2",))
    answer = ask(site.browser(), client_id=None, lti_deployment_id="2")
    assert "client_id=client-2" in answer.headers["Location"]
    assert ask(site.browser(), client_id=None, lti_deployment_id=None).status_code == 403


def test_a_cookie_we_did_not_make_counts_as_none(site, ask):
    browser = site.browser()
    browser.set_cookie("dh", "<script>")
    assert ask(browser, headers=FRAME).status_code == 307


@pytest.mark.parametrize("launches", [200, pytest.param(2000, marks=pytest.mark.slow)])
def test_our_cookies_stay_small_and_opaque_at_the_two_thousandth_launch(site, launches):
    browser = site.browser()
    seen = set()
    for number in range(launches):
        assert site.launch(browser, sub=str(number % 7)).status_code == 303
        seen.add("; ".join(f"{cookie.key}={cookie.value}" for cookie in browser._cookies.values()))
    (only,) = seen
    assert len(only) < 200
    assert re.fullmatch(r"dh=[A-Za-z0-9_-]{22}", only)
