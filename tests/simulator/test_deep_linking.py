"""What the hosts make of a deep-linking response."""

import time

import jwt
import pytest

from lti_tool.simulator.browser import Form

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"


@pytest.fixture
def respond(world):
    """Open the dialogue as a teacher and send items back."""

    def send(face, items, **changes):
        teacher = world.person(face, "giao-vien")
        teacher.open_deep_linking()
        request = world.tool.launches[-1]
        now = int(time.time())
        claims = {
            "iss": request["aud"], "aud": request["iss"], "iat": now, "exp": now + 60, "nonce": "n",
            LTI + "message_type": "LtiDeepLinkingResponse", LTI + "version": "1.3.0",
            LTI + "deployment_id": request[LTI + "deployment_id"], DL + "content_items": items,
        }  # fmt: skip
        token = jwt.encode(claims | changes, world.tool.key, algorithm="RS256", headers={"kid": "tool-1"})
        url = request[DL + "deep_linking_settings"]["deep_link_return_url"]
        return teacher, teacher.browser.submit(Form(url, "POST", {"JWT": token}, {}))

    return send


ITEM = {
    "type": "ltiResourceLink",
    "title": "Giấy chứng nhận",
    "custom": {"topic": "cd-01"},
    "lineItem": {"scoreMaximum": 10, "resourceId": "cert", "label": "bỏ qua"},
}


def test_the_teacher_finds_the_dialogue_in_the_course_page(world):
    teacher = world.person("moodle", "giao-vien")
    url = next(link["href"] for link in teacher.course().links if link.get("class") == "deep")
    page = teacher.browser.get("http://127.0.0.1:8201" + url)
    teacher.browser.settle(teacher.browser.get(page.frame_url(), dest="iframe"))
    assert world.tool.launches[0][LTI + "message_type"] == "LtiDeepLinkingRequest"


def test_moodle_asks_with_null_resource_links_and_no_line_item(world):
    world.person("moodle", "giao-vien").open_deep_linking()
    claims = world.tool.launches[0]
    assert claims[LTI + "message_type"] == "LtiDeepLinkingRequest"
    assert claims[LTI + "custom"]["resource_link_id"] is None
    assert claims[LTI + "custom"]["lineitem_url"] == ""
    assert claims[LTI + "launch_presentation"] == {"locale": "vi"}
    assert claims[DL + "deep_linking_settings"]["accept_types"] == ["ltiResourceLink"]


def test_moodle_makes_an_activity_with_a_grade_column_of_each_item(world, respond):
    _, page = respond("moodle", [ITEM, ITEM | {"title": "Luyện tập"}])
    assert page.status == 200
    state = world.state()["moodle"]
    assert [one["title"] for one in state["activities"]][1:] == ["Giấy chứng nhận", "Luyện tập"]
    assert [(one["label"], one["maximum"], one["resource_id"]) for one in state["lineitems"]][1] == (
        "Giấy chứng nhận",
        10,
        "cert",
    )
    world.person("moodle").launch(2)
    assert world.tool.launches[-1][LTI + "custom"]["topic"] == "cd-01"


def test_moodle_notices_no_duplicate(world, respond):
    respond("moodle", [ITEM])
    respond("moodle", [ITEM])
    assert len(world.state()["moodle"]["activities"]) == 3


def test_moodle_fails_on_a_link_with_its_own_url(respond):
    _, page = respond("moodle", [ITEM | {"url": "http://127.0.0.1:8200/x"}])
    assert page.status == 400
    assert "Invalid request" in page.text


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "http://elsewhere.example"},
        {"iss": "another"},
        {LTI + "deployment_id": "9"},
        {"nonce": ""},
        {"exp": 1},
    ],
)
@pytest.mark.parametrize("face", ["moodle", "openedx"])
def test_a_response_that_is_not_for_here_is_refused(respond, face, changes):
    assert respond(face, [ITEM], **changes)[1].status == 400


def test_open_edx_replaces_the_earlier_set_and_launches_items_with_their_own_custom(world, respond):
    respond("openedx", [ITEM])
    teacher, _ = respond("openedx", [ITEM | {"title": "Mới", "custom": {"topic": "cd-02"}}])
    assert "Giấy chứng nhận</a>" not in teacher.activity().text
    page = teacher.activity(query="&item=1")
    teacher.browser.settle(teacher.browser.get(page.frame_url()))
    assert world.tool.launches[-1][LTI + "custom"] == {"topic": "cd-02"}
    assert world.tool.launches[-1][LTI + "resource_link"]["id"].endswith("block@donghanh")
    assert len(world.state()["openedx"]["lineitems"]) == 1


def test_open_edx_refuses_a_type_it_does_not_know(respond):
    assert respond("openedx", [{"type": "file", "url": "http://x.example"}])[1].status == 400


def test_a_learner_cannot_open_the_dialogue(world):
    learner = world.person("moodle")
    assert learner.browser.get(learner.root + "/mod/lti/contentitem.php?id=1").status == 403
