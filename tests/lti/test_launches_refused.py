"""Every launch PyLTI1p3 wrongly accepts alone is refused; what it wrongly refuses is accepted."""

import logging
from datetime import timedelta

import pytest

from tests.lti import sites
from tests.lti.fake_platform import BASE_URL, LTI

database_url, site = sites.on_sqlite()


def refused(answer, code):
    assert answer.status_code in range(400, 500), answer.text
    assert code in answer.text
    return True


def test_a_valid_launch_opens_the_learners_page(site):
    browser = site.browser()
    answer = site.launch(browser)
    assert answer.status_code == 303
    assert browser.get(answer.headers["Location"]).json == {"learner": "learner-4"}


def test_the_same_token_and_state_serve_once(site):
    browser = site.browser()
    state, nonce = site.login(browser)
    token = site.platform.sign(site.platform.claims(nonce, site.now))
    assert site.post(browser, token, state).status_code == 303
    assert refused(site.post(browser, token, state), "LTI-07")
    assert len(site.launched) == 1


def test_a_second_token_for_another_person_on_a_used_nonce_is_refused(site):
    browser = site.browser()
    state, nonce = site.login(browser)
    site.post(browser, site.platform.sign(site.platform.claims(nonce, site.now)), state)
    other = site.platform.sign(site.platform.claims(nonce, site.now, sub="5"))
    assert refused(site.post(browser, other, state), "LTI-07")


def test_the_state_of_one_login_does_not_go_with_the_nonce_of_another(site):
    browser = site.browser()
    state, _ = site.login(browser)
    _, nonce = site.login(browser)
    assert refused(
        site.post(browser, site.platform.sign(site.platform.claims(nonce, site.now)), state), "LTI-10"
    )


def test_a_login_begun_at_one_platform_takes_no_token_of_another(site):
    other = site.add_platform("other", "https://edx.example.vn", "client-9", key=2)
    browser = site.browser()
    state, nonce = site.login(browser)
    assert refused(site.post(browser, other.sign(other.claims(nonce, site.now)), state), "LTI-05")


def test_a_login_begun_for_one_client_of_an_issuer_takes_no_token_of_another(site):
    other = site.add_platform("other", site.platform.stored.issuer, "client-2", key=2)
    browser = site.browser()
    state, nonce = site.login(browser)
    assert refused(site.post(browser, other.sign(other.claims(nonce, site.now)), state), "LTI-05")


def test_a_login_begun_for_one_deployment_takes_no_token_of_another(site):
    both = site.add_platform("both", "https://both.example.vn", "c", key=2, deployments=("1", "2"))
    browser = site.browser()
    state, nonce = site.login(browser, both, lti_deployment_id="1")
    claims = both.claims(nonce, site.now, **{LTI + "deployment_id": "2"})
    assert refused(site.post(browser, both.sign(claims), state), "LTI-05")


def test_a_login_without_a_deployment_takes_any_known_one(site):
    both = site.add_platform("both", "https://both.example.vn", "c", key=2, deployments=("1", "2"))
    browser = site.browser()
    state, nonce = site.login(browser, both, lti_deployment_id=None)
    claims = both.claims(nonce, site.now, **{LTI + "deployment_id": "2"})
    assert site.post(browser, both.sign(claims), state).status_code == 303


def test_a_deployment_nobody_registered_is_refused(site):
    browser = site.browser()
    state, nonce = site.login(browser, lti_deployment_id=None)
    claims = site.platform.claims(nonce, site.now, **{LTI + "deployment_id": "77"})
    assert refused(site.post(browser, site.platform.sign(claims), state), "LTI-11")


def test_a_login_begun_in_another_browser_is_refused(site):
    state, nonce = site.login(site.browser())
    stranger = site.browser()
    site.login(stranger)
    token = site.platform.sign(site.platform.claims(nonce, site.now))
    assert refused(site.post(stranger, token, state), "LTI-04")
    assert refused(site.post(site.browser(), token, state), "LTI-04")


DAY = 86400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": None}, "LTI-10"),
        ({"iat": None}, "LTI-10"),
        ({"iat": "soon"}, "LTI-10"),
        ({"exp": True}, "LTI-10"),
        ({"exp": float("inf")}, "LTI-10"),
        ({"exp": 10**400}, "LTI-10"),
        ({"nonce": None}, "LTI-10"),
        ({"azp": "client-of-another"}, "LTI-10"),
        ({"aud": ["client-1", "another"]}, "LTI-10"),
        ({"aud": ["client-1", "another"], "azp": "another"}, "LTI-01"),
        ({"aud": []}, "LTI-10"),
        ({"aud": [7]}, "LTI-10"),
        ({"aud": "client-of-nobody"}, "LTI-01"),
        ({"iss": "https://nobody.example.vn"}, "LTI-01"),
        ({"iss": ["https://lms.example.vn"]}, "LTI-10"),
        ({"iss": "https://lms.example.vn\ud800"}, "LTI-10"),
        ({"iss": "https://lms.example.vn\0"}, "LTI-10"),
        ({"aud": "client-1\ud800"}, "LTI-10"),
        ({"aud": ["client-1", "another"], "azp": "client-1\0"}, "LTI-10"),
        ({LTI + "target_link_uri": None}, "LTI-10"),
        ({LTI + "target_link_uri": "https://evil.example.com/lti/launch"}, "LTI-12"),
        ({LTI + "target_link_uri": "https://tool.example.vn.evil.example/"}, "LTI-12"),
        ({LTI + "target_link_uri": "http://tool.example.vn/lti/launch"}, "LTI-12"),
        ({LTI + "target_link_uri": "javascript:alert(1)"}, "LTI-12"),
        ({LTI + "deployment_id": "77"}, "LTI-05"),
        ({LTI + "message_type": "LtiSubmissionReviewRequest"}, "LTI-10"),
        ({LTI + "resource_link": "22"}, "LTI-10"),
        ({LTI + "roles": "Learner"}, "LTI-10"),
        ({"sub": 4}, "LTI-10"),
        ({"sub": "x" * 256}, "LTI-10"),
        ({"sub": "4\0"}, "LTI-10"),
        ({"name": "\ud800"}, "LTI-10"),
        ({LTI + "context": {"id": "c" * 300}}, "LTI-10"),
    ],
)
def test_a_token_that_is_not_exactly_right_is_refused(site, changes, code):
    assert refused(site.launch(**changes), code)
    assert not site.launched


def test_a_token_older_than_its_login_or_good_for_years_is_refused(site):
    moment = int(site.now.timestamp())
    assert refused(site.launch(iat=moment - 2 * DAY), "LTI-06")
    assert refused(site.launch(exp=moment + 3650 * DAY), "LTI-10")
    assert refused(site.launch(iat=moment, exp=moment - 10), "LTI-10")


@pytest.mark.parametrize(("shift", "good"), [(-59, True), (59, True), (-62, False), (62, False)])
def test_clocks_may_differ_by_a_minute_and_no_more(site, shift, good):
    moment = int(site.now.timestamp()) + shift
    answer = site.launch(iat=moment, exp=moment + 60)
    assert answer.status_code == 303 if good else refused(answer, "LTI-06")


def test_a_token_that_expired_on_the_way_is_refused_after_the_leeway(site):
    browser = site.browser()
    state, nonce = site.login(browser)
    token = site.platform.sign(site.platform.claims(nonce, site.now))
    site.now += timedelta(seconds=121)
    assert refused(site.post(browser, token, state), "LTI-06")


def test_a_token_that_is_not_yet_good_is_refused(site):
    assert refused(site.launch(nbf=int(site.now.timestamp()) + 120), "LTI-06")
    assert site.launch(nbf=int(site.now.timestamp()) + 30).status_code == 303


def test_a_login_is_good_for_ten_minutes(site):
    browser = site.browser()
    state, nonce = site.login(browser)
    site.now += timedelta(minutes=10)
    token = site.platform.sign(site.platform.claims(nonce, site.now))
    assert refused(site.post(browser, token, state), "LTI-05")


def test_several_audiences_are_accepted_when_the_token_is_meant_for_us(site):
    assert site.launch(aud=["another", "client-1"], azp="client-1").status_code == 303
    assert site.launch(aud=["client-1"]).status_code == 303
    assert site.launch(azp="client-1").status_code == 303


@pytest.mark.parametrize("state", ["", "x", "AAAA", "Ā", "A" * 140, "../../etc"])
def test_a_state_that_is_not_ours_is_refused(site, state):
    browser = site.browser()
    _, nonce = site.login(browser)
    assert refused(
        site.post(browser, site.platform.sign(site.platform.claims(nonce, site.now)), state), "LTI-0"
    )


def test_a_state_changed_in_one_letter_is_refused(site):
    browser = site.browser()
    state, nonce = site.login(browser)
    token = site.platform.sign(site.platform.claims(nonce, site.now))
    for place in (0, 40, 100, len(state) - 1):
        changed = state[:place] + ("A" if state[place] != "A" else "B") + state[place + 1 :]
        assert refused(site.post(browser, token, changed), "LTI-05")


@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c.d", "á.b.c", "e30.e30.", "W10.W10.c2ln", "e30.e30.c2ln", "x" * 200_000]
)
def test_what_is_no_token_is_refused(site, token):
    browser = site.browser()
    state, _ = site.login(browser)
    assert refused(site.post(browser, token, state), "LTI-0")


def test_a_token_signed_with_a_strangers_key_is_refused(site):
    site.platform.key = 3
    assert refused(site.launch(), "LTI-08")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", None])
def test_only_rs256_is_believed(site, algorithm):
    assert refused(
        site.launch(headers={"alg": algorithm}) if algorithm else site.launch(headers={"kid": 7}), "LTI-08"
    )


def test_a_platform_nobody_approved_has_no_right(site):
    pending = site.add_platform("pending", "https://new.example.vn", "c", key=2, approved=False)
    params = {"iss": "https://new.example.vn", "login_hint": "4", "target_link_uri": BASE_URL}
    assert refused(site.browser().get("/lti/login", query_string=params), "LTI-02")
    browser = site.browser()
    state, nonce = site.login(browser)
    assert refused(site.post(browser, pending.sign(pending.claims(nonce, site.now)), state), "LTI-02")


def test_an_error_of_the_platform_is_told_in_words(site):
    answer = site.browser().post("/lti/launch", data={"error": "login_required", "state": "x"})
    assert refused(answer, "LTI-15")


def test_the_log_names_the_exact_reason_and_no_person(site, caplog):
    with caplog.at_level(logging.WARNING):
        site.launch(exp=None)
        site.launch(**{LTI + "deployment_id": "77"})
        site.launch(sub="x" * 256)
    lines = [record.getMessage() for record in caplog.records if record.name == "donghanh.lti"]
    assert lines[0] == "LTI-10 refused: exp is missing or no number"
    assert "another deployment" in lines[1]
    assert "sub is missing" in lines[2]
    for personal in ("Bưởi", "Trần", "0912000111", "buoi@", "CB0042", "xxx"):
        assert not any(personal in line for line in lines)


def test_a_refusal_speaks_vietnamese_or_english_and_says_what_to_do(site):
    vietnamese = site.browser().post("/lti/launch", data={})
    assert "Hãy quay lại khóa học" in vietnamese.text
    assert '<html lang="vi">' in vietnamese.text
    english = site.browser().post("/lti/launch", data={}, headers={"Accept-Language": "en-US,en;q=0.9"})
    assert "Go back to the course" in english.text
    assert "frame-ancestors 'self' *" in english.headers["Content-Security-Policy"]


def test_a_launch_that_our_own_rooms_fail_leaves_the_nonce_unused(site):
    browser = site.browser()
    state, nonce = site.login(browser)
    token = site.platform.sign(site.platform.claims(nonce, site.now))
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    site.app.testing = False

    class Broken(list):
        def append(self, _):
            raise RuntimeError("the people's room is on fire")

    kept, site.launched = site.launched, Broken()
    assert site.post(browser, token, state).status_code == 500
    site.launched = kept
    assert site.post(browser, token, state).status_code == 303
