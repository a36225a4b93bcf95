"""A launch from the practice Open edX has the shape that was measured on the real platform code."""

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MEASURED = [
    LTI + "message_type", LTI + "version", "iss", "aud", "azp", LTI + "deployment_id", LTI + "target_link_uri", "sub", LTI + "roles",
    LTI + "resource_link", LTI + "context", LTI + "launch_presentation", LTI + "tool_platform", LTI + "custom",
    "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint", "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
    "nonce", "iat", "exp",
]  # fmt: skip


def test_a_learner_is_launched_by_get_without_a_name(world):
    page = world.person("openedx").launch(dest="iframe")
    assert page.text == "trang của công cụ"
    method, fields = world.tool.logins[0]
    assert method == "GET"
    assert list(fields) == [
        "iss",
        "client_id",
        "lti_deployment_id",
        "target_link_uri",
        "login_hint",
        "lti_message_hint",
    ]
    claims = world.tool.launches[0]
    assert list(claims) == MEASURED
    assert claims["azp"] == claims["aud"]
    assert claims["exp"] - claims["iat"] == 3600
    assert claims[LTI + "deployment_id"] == "1"


def test_the_lti_id_is_not_the_xapi_id_and_the_custom_parameter_joins_them(world):
    world.person("openedx").launch()
    person = world.face("openedx").people.find("hong-anh")
    claims = world.tool.launches[0]
    assert claims["sub"] == person.lti_id != person.xapi_id
    assert claims[LTI + "custom"]["xapi_actor"] == person.xapi_id
    assert claims[LTI + "custom"]["unknown"] == "${nope}"


def test_the_custom_parameter_can_be_missing(world):
    world.control("openedx", "option", xapi_actor=False)
    world.person("openedx").launch()
    assert "xapi_actor" not in world.tool.launches[0][LTI + "custom"]


def test_names_are_sent_when_the_block_shares_them(world):
    world.control("openedx", "option", share_names=True)
    world.person("openedx").launch()
    claims = world.tool.launches[0]
    assert (claims["name"], claims["preferred_username"]) == ("Nguyễn Thị Hồng Ánh", "hong-anh")
    assert "given_name" not in claims


def test_the_gate_looks_neither_at_the_session_nor_at_login_hint_for_ten_minutes(world):
    person = world.person("openedx")
    login = world.http.get(person.activity().frame_url(), allow_redirects=False)
    gate = login.headers["Location"].replace("login_hint=", "login_hint=anybody")
    assert 'name="id_token"' in world.http.get(gate).text
    world.clock.forward(601)
    assert world.http.get(gate).status_code == 400


def test_a_redirect_uri_with_a_query_is_refused(world):
    world.tool.changes = {"redirect_uri": "http://127.0.0.1:8200/lti/launch?x=1"}
    assert world.person("openedx").launch().status == 400


def test_the_page_holds_raw_ampersands_that_need_an_html_parser(world):
    assert "&lti_deployment_id=1" in world.person("openedx").activity().text
