"""Deep linking: a teacher places the learner's page, with its line item."""

import html
import re

import jwt
import pytest

from lti_tool.base.sessions import COOKIE
from lti_tool.lti import platforms
from tests.lti import sites
from tests.lti.fake_platform import LEARNER, LTI, rsa_key

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


database_url, site = sites.on_sqlite()


def begin(site, browser, platform=None, **changes):
    platform = platform or site.platform
    state, nonce = site.login(browser, platform)
    return site.post(browser, platform.sign(platform.deep_linking(nonce, site.now, **changes)), state)


def token_of(page):
    return re.search(r'name="csrf" value="(\w+)"', page.text)[1]


def place(site, browser, path):
    return browser.post(path, data={"csrf": token_of(browser.get(path)), "placement": "kns-2026"})


def response_of(page):
    signed = re.search(r'name="JWT" value="([^"]+)"', page.text)[1]
    return jwt.get_unverified_header(signed), jwt.decode(
        signed, rsa_key(0).public_key(), algorithms=["RS256"], audience="https://lms.example.vn"
    )


def test_a_teacher_is_shown_what_can_be_placed(site):
    browser = site.browser()
    answer = begin(site, browser)
    assert answer.headers["Location"].startswith("/place/")
    page = browser.get(answer.headers["Location"])
    assert "Đặt trang tiến độ" in page.text
    assert "Khóa tập huấn cấp xã" in page.text
    assert "frame-ancestors 'self' https://lms.example.vn" in page.headers["Content-Security-Policy"]
    assert not site.launched


def test_the_placed_link_brings_its_line_item(site):
    browser = site.browser()
    page = place(site, browser, begin(site, browser).headers["Location"])
    header, claims = response_of(page)
    assert header["kid"] == site.keys.signing().kid
    assert claims["iss"] == "client-1"
    assert claims["aud"] == ["https://lms.example.vn"]
    assert claims[LTI + "deployment_id"] == "1"
    assert claims[LTI + "message_type"] == "LtiDeepLinkingResponse"
    assert claims[DL + "content_items"] == [
        {
            "type": "ltiResourceLink",
            "title": "Tiến độ và giấy chứng nhận",
            "text": "Chương trình thử",
            "custom": {"page": "progress"},
            "lineItem": {
                "scoreMaximum": 100,
                "label": "Hoàn thành chương trình thử",
                "resourceId": "certificate:kns-2026",
            },
        }
    ]
    assert DL + "data" not in claims
    assert claims[DL + "msg"] == "Đã đặt: Tiến độ và giấy chứng nhận"


def test_the_platforms_own_data_goes_back_as_it_came(site):
    browser = site.browser()
    settings = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "deep_link_return_url": "https://lms.example.vn/return",
        "data": "csrftoken:c7fbba78",
    }
    answer = begin(site, browser, **{DL + "deep_linking_settings": settings})
    _, claims = response_of(place(site, browser, answer.headers["Location"]))
    assert claims[DL + "data"] == "csrftoken:c7fbba78"


def test_the_response_is_posted_to_that_platform_only_and_by_hand_without_javascript(site):
    browser = site.browser()
    page = place(site, browser, begin(site, browser).headers["Location"])
    assert (
        'action="https://lms.example.vn/mod/lti/contentitem_return.php?course=7" data-send'
        in html.unescape(page.text)
    )
    assert '<script src="/static/lti.js" defer></script>' in page.text
    assert "Hoàn tất" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://lms.example.vn;" in policy
    assert "unsafe" not in policy


def test_what_open_edx_replaces_is_said_again(site):
    edx = site.add_platform("edx", "https://lms.example.vn", "block-1", key=2, kind="openedx")
    browser = site.browser()
    page = place(site, browser, begin(site, browser, edx).headers["Location"])
    _, claims = response_of(page)
    assert claims[DL + "content_items"][0]["custom"] == {"page": "progress", "xapi_actor": "${xapi_actor}"}


def test_a_learner_may_not_place(site):
    answer = begin(site, site.browser(), **{LTI + "roles": [LEARNER]})
    assert answer.status_code == 403
    assert "LTI-14" in answer.text


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "", None, "//lms.example.vn/x", "https://"),
        *("https://an@lms.example.vn/", "https://lms.example.vn:99999/", "https://lms.example.vn;x/"),
    ],
)
def test_a_return_address_that_is_none_is_refused(site, url):
    settings = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "deep_link_return_url": url,
    }
    answer = begin(site, site.browser(), **{DL + "deep_linking_settings": settings})
    assert answer.status_code == 400
    assert "LTI-10" in answer.text


def test_a_platform_that_takes_no_resource_links_is_refused(site):
    settings = {"accept_types": ["link"], "deep_link_return_url": "https://lms.example.vn/return"}
    assert "LTI-10" in begin(site, site.browser(), **{DL + "deep_linking_settings": settings}).text


def test_placing_needs_the_form_of_this_launch(site):
    browser = site.browser()
    path = begin(site, browser).headers["Location"]
    assert browser.post(path, data={"placement": "kns-2026"}).text == "LTI-21"
    assert "LTI-03" in browser.post(path, data={"csrf": token_of(browser.get(path)), "placement": "x"}).text


def test_a_learners_launch_opens_no_placing_page(site):
    browser = site.browser()
    launch_id = site.launch(browser).headers["Location"].rsplit("/", 1)[1]
    assert browser.get(f"/place/{launch_id}").status_code == 403
    browser.delete_cookie(COOKIE)
    assert browser.get(f"/place/{launch_id}").text == "LTI-20"


def test_a_registration_taken_back_meanwhile_places_nothing(site, database):
    browser = site.browser()
    path = begin(site, browser).headers["Location"]
    token = token_of(browser.get(path))
    with database.transaction() as connection:
        platforms.approve(connection, site.platform.stored.id, approved=False)
    answer = browser.post(path, data={"csrf": token, "placement": "kns-2026"})
    assert answer.status_code == 403  # its launches ended with its rights
    assert "LTI-20" in answer.text
