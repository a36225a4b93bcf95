"""PyLTI1p3 stays in the path: a step of it that says no refuses the launch."""

import pytest
from pylti1p3.deep_link import DeepLink
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch

from lti_tool.lti.keys import ToolKeys
from lti_tool.lti.pylti import ToolLaunch, registration
from tests.lti import sites

STEPS = (
    "validate_state",
    "validate_jwt_format",
    "validate_nonce",
    "validate_registration",
    "validate_jwt_signature",
    "validate_deployment",
    "validate_message",
)


database_url, site = sites.on_sqlite()


@pytest.mark.parametrize("step", STEPS)
def test_a_launch_passes_every_step_of_the_librarys_own_validation(site, monkeypatch, step):
    assert site.launch().status_code == 303

    def no(_self):
        raise LtiException("the library says no")

    monkeypatch.setattr(MessageLaunch, step, no)
    assert site.launch().status_code in range(400, 500)
    assert len(site.launched) == 1


def test_the_librarys_message_validators_really_run(site, monkeypatch):
    seen = []
    original = MessageLaunch.validate_message

    def watched(self):
        seen.append(type(self))
        return original(self)

    monkeypatch.setattr(MessageLaunch, "validate_message", watched)
    site.launch()
    assert seen == [ToolLaunch]


def test_a_deep_linking_response_is_made_by_the_library(site, monkeypatch):
    def no(_self, _message):
        raise LtiException("the library says no")

    browser = site.browser()
    state, nonce = site.login(browser)
    answer = site.post(browser, site.platform.sign(site.platform.deep_linking(nonce, site.now)), state)
    page = browser.get(answer.headers["Location"]).text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    monkeypatch.setattr(DeepLink, "encode_jwt", no)
    with pytest.raises(LtiException):
        browser.post(answer.headers["Location"], data={"csrf": csrf, "placement": "kns-2026"})


def test_the_registration_names_the_key_that_signs(site):
    key = site.keys.signing()
    made = registration(site.platform.stored, key)
    assert made.get_kid() == key.kid
    assert made.get_jwks()[0]["n"] == key.jwk()["n"]
    assert made.get_auth_token_url() == site.platform.stored.token_url
    assert isinstance(site.keys, ToolKeys)
