"""A launch from the practice Moodle has the shape that was measured on the real one."""

import json
from urllib.parse import parse_qs, urlsplit

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MEASURED = [
    "nonce", "iat", "exp", "iss", "aud", LTI + "deployment_id", LTI + "target_link_uri", "sub", LTI + "lis", LTI + "roles", LTI + "context",
    LTI + "message_type", LTI + "resource_link", "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome", "given_name", "family_name",
    "name", LTI + "ext", "email", LTI + "launch_presentation", LTI + "tool_platform", LTI + "version", LTI + "custom",
    "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint", "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
]  # fmt: skip


def test_a_learner_is_launched_in_the_iframe_with_the_measured_claims_in_their_order(world):
    page = world.person("moodle").launch(dest="iframe")
    assert page.text == "trang của công cụ"
    claims = world.tool.launches[0]
    assert list(claims) == MEASURED
    assert claims["iss"] == "http://127.0.0.1:8201/moodle"
    assert (claims["sub"], claims["name"], claims["family_name"]) == (
        "4",
        "Hồng Ánh Nguyễn Thị",
        "Nguyễn Thị",
    )
    assert claims["exp"] - claims["iat"] == 60
    assert claims[LTI + "roles"] == ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]
    assert claims[LTI + "resource_link"]["id"] == "1"


def test_the_login_is_a_form_post_whose_hint_holds_the_cmid_that_the_token_does_not(world):
    world.person("moodle").launch()
    method, fields = world.tool.logins[0]
    assert method == "POST"
    assert list(fields) == [
        "iss",
        "target_link_uri",
        "login_hint",
        "lti_message_hint",
        "client_id",
        "lti_deployment_id",
    ]
    hint = json.loads(fields["lti_message_hint"])
    assert hint["cmid"] == 34
    assert hint["launchid"].startswith("ltilaunch1_")
    assert fields["login_hint"] == "4"


def test_known_variables_are_filled_and_unknown_ones_arrive_as_they_were(world):
    world.person("moodle").launch()
    custom = world.tool.launches[0][LTI + "custom"]
    assert custom["person_phone"] == "0912000004"
    assert custom["due"] == "$ResourceLink.submission.endDateTime"
    assert custom["lineitem_url"].endswith("/7/lineitems/15/lineitem?type_id=1")
    assert custom["context_memberships_url"].endswith("/CourseSection/7/bindings/1/memberships")


def test_an_administrators_launch_says_instructor_too(world):
    world.person("moodle", "quan-tri").launch()
    roles = world.tool.launches[0][LTI + "roles"]
    assert [role.rpartition("/")[2] for role in roles] == [
        "person#Administrator",
        "membership#Instructor",
        "person#Administrator",
    ]


def test_a_launch_id_serves_once(world):
    person = world.person("moodle")
    person.launch()
    used = next(url for method, url, _ in person.browser.history if "/auth.php" in url)
    assert person.browser.get(used).status == 404


def test_a_launch_id_of_another_browser_is_refused(world):
    person = world.person("moodle")
    source = person.activity().frame_url()
    form = person.browser.get(source).forms[0]
    login = world.http.post(form.action, data=dict(form.fields), allow_redirects=False)
    other = world.person("moodle", "huu-uoc")
    assert other.browser.get(login.headers["Location"]).status == 404


def test_a_login_hint_of_somebody_else_is_answered_with_access_denied(world):
    world.tool.changes = {"login_hint": "5"}
    world.person("moodle").launch()
    assert world.tool.errors == [{"error": "access_denied", "state": "state-1"}]


def test_a_redirect_uri_must_equal_a_registered_one_exactly(world):
    world.tool.changes = {"redirect_uri": "http://127.0.0.1:8200/lti/launch?x=1"}
    assert world.person("moodle").launch().status == 404


def test_a_foreign_client_id_is_unauthorised(world):
    world.tool.changes = {"client_id": "another"}
    world.person("moodle").launch()
    assert world.tool.errors[0]["error"] == "unauthorized_client"


def test_on_a_phone_the_whole_window_goes_to_the_tool_and_a_way_back_is_given(world):
    person = world.person("moodle", agent="Mozilla/5.0 (iPhone) Mobile/15E148")
    page = person.browser.settle(person.browser.get(person.root + "/mod/lti/view.php?l=1"))
    assert page.text == "trang của công cụ"
    presentation = world.tool.launches[0][LTI + "launch_presentation"]
    assert presentation["document_target"] == "frame"
    back = person.browser.get(presentation["return_url"] + "&lti_msg=Xong")
    assert "Xong" in back.text
    assert parse_qs(urlsplit(presentation["return_url"]).query)["launch_container"] == ["5"]


def test_a_new_window_says_so(world):
    person = world.person("moodle")
    url = next(link["href"] for link in person.activity().links if link.get("class") == "window")
    person.browser.settle(person.browser.get("http://127.0.0.1:8201" + url))
    assert world.tool.launches[0][LTI + "launch_presentation"]["document_target"] == "window"


def test_names_and_e_mail_can_be_withheld(world):
    world.control("moodle", "option", share_name=False, share_email=False)
    world.person("moodle").launch()
    assert not {"name", "given_name", "family_name", "email"} & set(world.tool.launches[0])


def test_without_a_session_the_authorisation_page_posts_to_itself_once_more(world):
    person = world.person("moodle")
    form = person.browser.get(person.activity().frame_url()).forms[0]
    login = world.http.post(form.action, data=dict(form.fields), allow_redirects=False)
    page = world.http.get(login.headers["Location"])
    assert 'name="repost" value="1"' in page.text
