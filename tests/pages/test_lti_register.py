"""Dynamic Registration: a Moodle registers itself in one visit, with a one-time invitation."""

import copy
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool.base import tables as base_tables
from lti_tool.lti import invitations, platforms
from tests.lti import sites
from tests.lti.fake_platform import BASE_URL, LTI, FakePlatform, jwk

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"


database_url, site = sites.on_sqlite()


@pytest.fixture
def moodle(site):
    """A Moodle on loopback whose configuration and answer have the measured shapes."""
    home = site.served.url("")
    configuration = {
        "issuer": home,
        "token_endpoint": f"{home}/mod/lti/token.php",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "jwks_uri": f"{home}/mod/lti/certs.php",
        "authorization_endpoint": f"{home}/mod/lti/auth.php",
        "registration_endpoint": f"{home}/mod/lti/openid-registration.php",
        "scopes_supported": ["openid"],
        "https://purl.imsglobal.org/spec/lti-platform-configuration": {
            "product_family_code": "moodle",
            "version": "4.5.5+",
        },
    }
    answer = {
        "client_id": "fresh-client",
        "response_types": ["id_token"],
        "scope": "whatever Moodle thinks",
        TOOL: {"version": "1.3.0", "deployment_id": "9", "target_link_uri": f"{BASE_URL}/lti/launch"},
    }
    site.served.answers |= {
        "/mod/lti/openid-configuration.php": (200, configuration),
        "/mod/lti/openid-registration.php": (200, answer),
        "/mod/lti/certs.php": (200, {"keys": [jwk(2, "m")]}),
    }
    return site.served


def invite(site, **kwargs):
    with site.database.transaction() as connection:
        return invitations.invite(connection, site.now, **kwargs)


def visit(site, token, configuration=None, **params):
    query = {
        "invite": token,
        "openid_configuration": configuration or site.served.url("/mod/lti/openid-configuration.php"),
        "registration_token": "moodles-own-token",
    }
    return site.browser().get("/lti/register", query_string=query | params)


def stored(site):
    with site.database.reading() as connection:
        return platforms.find(connection, site.served.url(""), "fresh-client")


def change(site, path, **changes):
    status, body = site.served.answers[path]
    body = copy.deepcopy(body)
    body.update(changes)
    site.served.answers[path] = (status, {key: value for key, value in body.items() if value is not None})


CONFIGURATION = "/mod/lti/openid-configuration.php"
REGISTRATION = "/mod/lti/openid-registration.php"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"


def test_one_visit_registers_and_says_what_is_left_to_do(site, moodle):
    page = visit(site, invite(site))
    assert page.status_code == 200
    for words in ("Đã đăng ký", "Duyệt", "Pending", "Show in activity chooser", "Đóng cửa sổ này"):
        assert words in page.text
    assert "data-close" in page.text
    assert '<script src="/static/lti.js" defer></script>' in page.text
    found = stored(site)
    assert (found.kind, found.deployments, found.approved) == ("moodle", ("9",), False)
    assert found.name == f"moodle 127.0.0.1:{moodle.port}"
    assert found.jwks_url == moodle.url("/mod/lti/certs.php")
    assert f"frame-ancestors 'self' {moodle.url('')}" in page.headers["Content-Security-Policy"]


def test_the_request_is_what_moodle_wants(site, moodle):
    visit(site, invite(site))
    (posted,) = [asked for asked in moodle.asked if asked[0] == "POST"]
    _, path, headers, raw = posted
    assert path == REGISTRATION
    assert headers["Authorization"] == "Bearer moodles-own-token"
    assert headers["Content-Type"] == "application/json"
    body = json.loads(raw)
    launch = f"{BASE_URL}/lti/launch"
    assert body["redirect_uris"] == [launch]
    assert body["initiate_login_uri"] == f"{BASE_URL}/lti/login"
    assert body["jwks_uri"] == f"{BASE_URL}/lti/jwks"
    assert body["token_endpoint_auth_method"] == "private_key_jwt"
    assert isinstance(body["scope"], str)
    for scope in ("lineitem", "result.readonly", "score", "contextmembership.readonly"):
        assert any(one.endswith(f"scope/{scope}") for one in body["scope"].split())
    tool = body[TOOL]
    assert tool["domain"] == "tool.example.vn"
    assert tool["target_link_uri"] == launch
    assert {"name", "given_name", "family_name", "email"} <= set(tool["claims"])
    # Of what Moodle fills, all that joins a launch with statements and rosters and no claim says already; no phone, no address.
    assert set(tool["custom_parameters"].values()) == {
        "$User.id", "$User.username", "$Person.sourcedId", "$Context.id", "$Context.sourcedId", "$ResourceLink.id", "$LineItem.url",
    }  # fmt: skip
    kinds = {message["type"]: message for message in tool["messages"]}
    assert set(kinds) == {"LtiResourceLinkRequest", "LtiDeepLinkingRequest"}
    assert kinds["LtiDeepLinkingRequest"]["placements"] == ["ContentArea"]


def test_a_fresh_registration_has_no_right_until_an_administrator_approves_it(site, moodle):
    visit(site, invite(site))
    found = stored(site)
    fresh = FakePlatform(found, kid="m", key=2)
    params = {"iss": found.issuer, "client_id": found.client_id, "login_hint": "4"}
    assert "LTI-02" in site.browser().get("/lti/login", query_string=params).text
    with site.database.transaction() as connection:
        assert platforms.approve(connection, found.id)
    browser = site.browser()
    state, nonce = site.login(browser, fresh, lti_deployment_id="9")
    claims = fresh.claims(nonce, site.now, **{LTI + "deployment_id": "9"})
    assert site.post(browser, fresh.sign(claims), state).status_code == 303


def test_an_invitation_serves_once(site, moodle):
    token = invite(site)
    assert visit(site, token).status_code == 200
    again = visit(site, token)
    assert again.status_code == 403
    assert "LTI-30" in again.text
    assert len([asked for asked in moodle.asked if asked[0] == "POST"]) == 1


def test_two_visits_at_once_register_once(site, moodle):
    token, both = invite(site), threading.Barrier(2)

    def one(_):
        both.wait()
        return visit(site, token).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, range(2))) == [200, 403]
    assert len([asked for asked in moodle.asked if asked[0] == "POST"]) == 1


@pytest.mark.parametrize("token", ["", "x", "ký-tự"])
def test_a_stranger_is_told_nothing_and_no_address_is_asked(site, moodle, token):
    assert "LTI-30" in visit(site, token).text
    assert not moodle.asked


def test_a_stranger_does_not_wait_for_the_database_and_holds_up_no_statement(site, moodle):
    with site.database.transaction():
        assert "LTI-30" in visit(site, "x").text


def test_a_platforms_token_that_no_header_can_carry_is_refused_and_keeps_the_invitation(site, moodle):
    token = invite(site)
    assert "LTI-32" in visit(site, token, registration_token="mã bí mật").text
    assert visit(site, token).status_code == 200


def test_an_invitation_expires(site, moodle):
    token = invite(site)
    site.now += timedelta(days=7)
    assert "LTI-30" in visit(site, token).text
    assert not moodle.asked


def test_a_person_who_opens_the_link_is_told_where_to_paste_it(site):
    answer = site.browser().get("/lti/register", query_string={"invite": invite(site)})
    assert answer.status_code == 400
    assert "Manage tools" in answer.text


def fail_configuration(site):
    site.served.answers[CONFIGURATION] = (500, "down")


def fail_html(site):
    site.served.answers[CONFIGURATION] = (200, "<!DOCTYPE html>")


def fail_list(site):
    site.served.answers[CONFIGURATION] = (200, [])


def fail_issuer(site):
    change(site, CONFIGURATION, issuer="https://lms.example.vn")


def fail_port(site):
    change(site, CONFIGURATION, issuer="http://127.0.0.1:1")


def fail_query(site):
    change(site, CONFIGURATION, issuer=site.served.url("/?x=1"))


def fail_endpoint(site):
    change(site, CONFIGURATION, jwks_uri="file:///etc/passwd")


def fail_missing(site):
    change(site, CONFIGURATION, registration_endpoint=None)


def fail_refused(site):
    site.served.answers[REGISTRATION] = (400, "domain_targetlinkuri_mismatch")


def fail_token(site):
    site.served.answers[REGISTRATION] = (401, "token_already_used")


def fail_answer(site):
    site.served.answers[REGISTRATION] = (200, "<!DOCTYPE html>")


def fail_deep(site):
    site.served.answers[CONFIGURATION] = (200, "[" * 100_000 + "]" * 100_000)


def fail_no_text(site):
    change(site, REGISTRATION, client_id="fresh\ud800")


def fail_nul(site):
    change(site, CONFIGURATION, **{PLATFORM: {"product_family_code": "moodle\0"}})


def fail_client(site):
    change(site, REGISTRATION, client_id=None)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (fail_configuration, "LTI-31"),
        (fail_html, "LTI-31"),
        (fail_list, "LTI-31"),
        (fail_issuer, "LTI-31"),
        (fail_port, "LTI-31"),
        (fail_query, "LTI-31"),
        (fail_endpoint, "LTI-31"),
        (fail_missing, "LTI-31"),
        (fail_refused, "LTI-33"),
        (fail_token, "LTI-33"),
        (fail_answer, "LTI-33"),
        (fail_client, "LTI-33"),
        (fail_deep, "LTI-31"),
        (fail_nul, "LTI-31"),
        (fail_no_text, "LTI-33"),
    ],
)
def test_what_fails_is_told_in_words_and_does_not_cost_the_invitation(site, moodle, fault, code):
    good, token = copy.deepcopy(moodle.answers), invite(site)
    fault(site)
    answer = visit(site, token)
    assert answer.status_code in range(400, 500)
    assert code in answer.text
    assert "liên kết vẫn dùng được" in answer.text.lower()
    assert stored(site) is None
    moodle.answers.update(good)
    assert visit(site, token).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:1/openid-configuration",
        "http://169.254.169.254/latest/meta-data",
        "http://lms.example.vn/openid",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "https://u:p@lms.example.vn/openid",
        "https://",
        "x",
        "http://[::1",
    ],
)
def test_hostile_or_dead_configuration_addresses_are_refused_and_keep_the_invitation(site, moodle, url):
    token = invite(site)
    answer = visit(site, token, configuration=url)
    assert answer.status_code in range(400, 500)
    assert "LTI-3" in answer.text
    assert visit(site, token).status_code == 200


def test_an_update_keeps_the_registration_and_its_approval(site, moodle):
    visit(site, invite(site))
    first = stored(site)
    with site.database.transaction() as connection:
        platforms.approve(connection, first.id)
        platforms.frame(connection, first.id, ["https://apps.example.vn"])
    visit(site, invite(site))
    again = stored(site)
    assert again.id == first.id
    assert again.approved
    assert again.deployments == ("9",)
    assert again.frame_origins == ("https://apps.example.vn",)


def test_an_update_with_other_addresses_has_to_be_approved_again(site, moodle):
    visit(site, invite(site))
    with site.database.transaction() as connection:
        platforms.approve(connection, stored(site).id)
    change(site, CONFIGURATION, jwks_uri=site.served.url("/other.php"))
    visit(site, invite(site))
    assert not stored(site).approved
    assert stored(site).jwks_url.endswith("/other.php")


@pytest.mark.parametrize("deployment", [None, "", 9, True, ["9"]])
def test_a_deployment_may_be_said_later(site, moodle, deployment):
    change(site, REGISTRATION, **{TOOL: {"deployment_id": deployment}})
    page = visit(site, invite(site))
    assert page.status_code == 200
    assert stored(site).deployments == (("9",) if deployment == 9 else ())
    assert ("chưa cho biết Deployment ID" in page.text) == (deployment != 9)


def test_two_moodles_of_one_name_keep_apart(site, moodle):
    visit(site, invite(site))
    change(site, REGISTRATION, client_id="another-client")
    visit(site, invite(site))
    with site.database.reading() as connection:
        names = [one.name for one in platforms.by_issuer(connection, moodle.url(""))]
    assert names == [f"moodle 127.0.0.1:{moodle.port}", f"moodle 127.0.0.1:{moodle.port} (2)"]


def test_the_registration_is_in_the_log_of_decisions_without_its_secrets(site, moodle):
    token = invite(site)
    visit(site, token)
    with site.database.reading() as connection:
        row = connection.execute(select(base_tables.audit)).mappings().one()
    assert row["act"] == "platform registered"
    assert row["subject"] == f"platform:{stored(site).id}"
    assert token not in str(dict(row))
    assert "moodles-own-token" not in str(dict(row))


def test_the_link_is_made_for_pasting(site):
    token = invite(site)
    assert invitations.address(BASE_URL, token) == f"{BASE_URL}/lti/register?invite={token}"
    with pytest.raises(ValueError, match="blackboard"):
        invite(site, kind="blackboard")
