"""From verified claims to a valid launch."""

from datetime import UTC, datetime

import pytest

from lti_tool.lti import claims, roles
from lti_tool.lti.launch import Context, Link, Roles
from lti_tool.lti.platforms import Platform
from tests.lti.fake_platform import BASE_URL, INSTRUCTOR, LEARNER, LTI, FakePlatform

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
NOW = datetime(2025, 12, 9, tzinfo=UTC)


def platform(kind="moodle"):
    home = "https://lms.example.vn"
    return Platform(1, "p", home, "client-1", ("1",), f"{home}/a", f"{home}/t", f"{home}/j", kind, (), True)


def read(kind="moodle", **changes):
    return claims.read(FakePlatform(platform(kind)).claims("n", NOW, **changes), platform(kind), BASE_URL)


def test_a_launch_of_moodle_is_read_whole():
    launch = read()
    assert (launch.sub, launch.xapi_actor, launch.deployment_id) == ("4", "4", "1")
    assert launch.profile.full_name == "Trần Thị Bưởi"
    assert (launch.profile.username, launch.profile.sourcedid) == ("0912000111", "CB0042")
    assert launch.context == Context("7", "TH2026", "Khóa tập huấn cấp xã")
    assert launch.link == Link("22", "Giấy chứng nhận")
    assert launch.custom == {"context_id": "7"}
    assert launch.ags_scopes == {"https://purl.imsglobal.org/spec/lti-ags/scope/score"}
    assert launch.memberships_url.endswith("/memberships")
    assert (launch.locale, launch.document_target, launch.view) == ("vi", "iframe", "learner")


def test_a_launch_of_open_edx_without_personal_data_is_read():
    nothing = dict.fromkeys(
        ("family_name", "given_name", "name", "email", LTI + "ext", LTI + "lis", "locale")
    )
    presentation = {LTI + "launch_presentation": {"document_target": "iframe"}}
    launch = read("openedx", **nothing, **presentation, **{LTI + "custom": {"xapi_actor": "${xapi_actor}"}})
    assert launch.xapi_actor is None
    assert launch.profile.full_name is None
    assert (launch.locale, launch.return_url) == (None, None)


SERVICE = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


@pytest.mark.parametrize(
    "url", ["https://other-lms.example.vn/lineitems/15", "http://lms.example.vn/15", "https://10.0.0.1/15"]
)
def test_a_service_at_an_address_of_somebody_elses_is_absent_and_logged(url, caplog):
    launch = read(**{SERVICE: {"lineitem": url, "lineitems": url}, MEMBERS: {"context_memberships_url": url}})
    assert (launch.lineitem, launch.lineitems, launch.memberships_url) == (None, None, None)
    assert "none of the platform's addresses" in caplog.text


def test_a_service_at_any_address_the_administrator_approved_is_the_platforms_own():
    home = "https://canvas.example.com"
    stored = Platform(
        *(
            1,
            "p",
            home,
            "client-1",
            ("1",),
            f"{home}/a",
            "https://sso.example.com/t",
            f"{home}/j",
            "standard",
        ),
        ("https://school.example.edu",),
        approved=True,
    )
    for url in ("https://school.example.edu/15", "https://sso.example.com:443/15", f"{home}/15"):
        made = FakePlatform(stored).claims("n", NOW, **{SERVICE: {"lineitem": url}})
        assert claims.read(made, stored, BASE_URL).lineitem == url


def test_claims_nested_however_deep_are_read():
    deep: object = "x"
    for _ in range(5000):
        deep = [deep]
    assert read(**{"https://example.vn/deep": deep}).sub == "4"


def test_open_edx_says_the_sign_in_name_in_another_claim():
    assert read("openedx", preferred_username="an", **{LTI + "ext": None}).profile.username == "an"


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "//x", "", None, 7, "http://[::1", "$X"),
        *("https://an@lms.example.vn/", "https://lms.example.vn:99999/", "https://a b;c/"),
    ],
)
def test_an_address_that_is_none_is_absent(url):
    launch = read(**{LTI + "launch_presentation": {"return_url": url}})
    assert launch.return_url is None


@pytest.mark.parametrize("value", ["text", 7, [], None, {"id": None}, {"id": ""}])
def test_an_optional_claim_of_a_wrong_shape_is_absent(value):
    launch = read(**{LTI + "context": value, LTI + "custom": value, LTI + "lis": value})
    assert launch.context is None
    assert launch.custom == {}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ([LEARNER], Roles(True, False, False)),
        ([INSTRUCTOR], Roles(False, True, False)),
        ([LEARNER, INSTRUCTOR], Roles(True, True, False)),
        ([MEMBERSHIP + "Administrator"], Roles(False, False, True)),
        ([MEMBERSHIP + "ContentDeveloper"], Roles(False, False, False, True)),
        (["Instructor"], Roles(False, True, False)),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"], Roles(True, False, False)),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], Roles(True, False, False)),
        (
            ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator", LEARNER],
            Roles(True, False, False),
        ),
        ([MEMBERSHIP + "Mentor"], Roles(True, False, False)),
        (["instructor", "INSTRUCTOR", MEMBERSHIP, ""], Roles(True, False, False)),
        ([], Roles(True, False, False)),
    ],
)
def test_roles_are_an_allow_list_of_the_context(claim, expected):
    assert roles.read(claim) == expected


@pytest.mark.parametrize(
    ("claim", "view"),
    [([LEARNER], "learner"), ([INSTRUCTOR], "teacher"), ([MEMBERSHIP + "Administrator"], "teacher"),
     ([MEMBERSHIP + "ContentDeveloper"], "learner"), ([LEARNER, INSTRUCTOR], "teacher")],
)  # fmt: skip
def test_a_role_opens_its_page(claim, view):
    assert read(**{LTI + "roles": claim}).view == view


def test_who_may_place_is_staff_of_the_course():
    assert Roles(False, False, False, True).may_place
    assert Roles(False, True, False).may_place
    assert Roles(False, False, True).may_place
    assert not Roles(True, False, False).may_place
