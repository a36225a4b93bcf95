"""LTI Dynamic Registration answers as the measured Moodle did, its errors included."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
REGISTER = "http://127.0.0.1:8201/moodle/mod/lti/openid-registration.php"
TOOL = "http://127.0.0.1:8200"


def body(**changes):
    plain = {
        "application_type": "web", "response_types": ["id_token"], "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": TOOL + "/lti/login", "redirect_uris": [TOOL + "/lti/launch"], "client_name": "Đồng hành",
        "jwks_uri": TOOL + "/lti/jwks", "token_endpoint_auth_method": "private_key_jwt",
        "scope": "https://purl.imsglobal.org/spec/lti-ags/scope/score",
        CONFIGURATION: {
            "domain": "127.0.0.1:8200", "target_link_uri": TOOL + "/lti/launch", "claims": ["iss", "sub", "family_name"],
            "custom_parameters": {"person_phone": "$Person.phone.mobile"},
            "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": TOOL + "/lti/launch", "placements": ["ContentArea"]}],
        },
    }  # fmt: skip
    return {name: value for name, value in (plain | changes).items() if value is not ...}


def configured(**changes):
    return body(**{CONFIGURATION: body()[CONFIGURATION] | changes})


@pytest.fixture
def admin(world):
    return world.person("moodle", "quan-tri")


@pytest.fixture
def opened(admin):
    """Paste the tool's registration address; gives what the tool gets in its query."""

    def begin(client_id=""):
        page = admin.browser.get(admin.root + "/admin")
        frame = admin.browser.submit(
            page.form("/admin/register"), {"url": TOOL + "/lti/register?token=einmal", "client_id": client_id}
        )
        return {name: values[0] for name, values in parse_qs(urlsplit(frame.frame_url()).query).items()}

    return begin


@pytest.fixture
def register(world, opened):
    def post(payload, token=None):
        token = token or opened()["registration_token"]
        data = payload if isinstance(payload, str) else json.dumps(payload)
        return world.http.post(
            REGISTER,
            data=data,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )

    return post


def test_the_tool_is_opened_with_the_configuration_and_a_token_and_its_own_query_is_kept(world, opened):
    query = opened()
    assert query["token"] == "einmal"
    found = world.http.get(query["openid_configuration"]).json()
    assert list(found)[:7] == [
        "issuer", "token_endpoint", "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported", "jwks_uri",
        "authorization_endpoint", "registration_endpoint",
    ]  # fmt: skip
    assert found["issuer"] == "http://127.0.0.1:8201/moodle"
    assert found["registration_endpoint"] == REGISTER


def test_a_registration_is_pending_and_its_answer_holds_the_deployment_inside_the_tool_configuration(
    world, register
):
    answer = register(body())
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    found = answer.json()
    assert found[CONFIGURATION]["deployment_id"] == "2"
    assert found[CONFIGURATION]["claims"] == ["sub", "iss", "family_name"]
    # One AGS scope asked for, all four said: the response's scope cannot be trusted.
    assert len(found["scope"].split()) == 4
    assert world.state()["moodle"]["tools"][1]["state"] == "pending"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (configured(domain=""), "missing_domain"),
        (configured(domain="elsewhere.example"), "domain_targetlinkuri_mismatch"),
        (configured(domain="127.0.0.1"), "domain_targetlinkuri_mismatch"),
        (body(redirect_uris=...), "missing required attribute redirect_uris"),
        (body(jwks_uri=...), "missing required attribute jwks_uri"),
        (body(token_endpoint_auth_method="client_secret_basic"), "invalid_token_endpoint_auth_method"),
    ],
)
def test_what_moodle_refuses_it_refuses_in_two_words(register, payload, reason):
    answer = register(payload)
    assert (answer.status_code, answer.text) == (400, reason)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("payload", [body(scope=["a", "b"]), ""])
def test_what_moodle_cannot_read_is_an_error_page(register, payload):
    answer = register(payload)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_whole_url_as_domain_is_accepted(register):
    assert register(configured(domain=TOOL)).status_code == 200


def test_a_token_serves_once_and_a_foreign_one_never(register, opened):
    token = opened()["registration_token"]
    assert register(body(), token).status_code == 200
    again = register(body(), token)
    assert (again.status_code, again.text) == (401, "token_already_used")
    assert register(body(), "nonsense").status_code == 404


def test_an_old_token_is_refused(world, register, opened):
    token = opened()["registration_token"]
    world.clock.forward(3601)
    assert register(body(), token).status_code == 401


def test_an_activated_tool_can_be_placed_and_launched(world, admin, register):
    register(body())
    page = admin.browser.get(admin.root + "/admin")
    assert admin.browser.submit(page.form("/admin/activate"), {"tool": "2"}).status == 200
    admin.browser.submit(page.form("/admin/place"), {"tool": "2"})
    world.person("moodle").launch(2)
    claims = world.tool.launches[0]
    assert claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"] == "2"
    assert claims["https://purl.imsglobal.org/spec/lti/claim/custom"]["person_phone"] == "0912000004"
    assert "family_name" in claims
    assert "email" not in claims  # sent only if the claims list asks


def test_an_update_keeps_client_id_and_deployment_id(world, register, opened):
    first = register(body()).json()
    token = opened(first["client_id"])["registration_token"]
    second = register(body(client_name="Đồng hành mới"), token).json()
    assert (second["client_id"], second[CONFIGURATION]["deployment_id"]) == (first["client_id"], "2")
    assert [tool["name"] for tool in world.state()["moodle"]["tools"]] == ["Đồng hành", "Đồng hành mới"]
