"""Platform registrations and invitations as they are stored, on every database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lti_tool.base import sessions
from lti_tool.lti import invitations, platforms
from lti_tool.lti.platforms import Draft, PlatformError, origin
from lti_tool.lti.refusal import INVITATION, Refused


def draft(**changes):
    values = {
        "name": "Moodle Ninh Bình",
        "issuer": "https://lms.example.vn",
        "client_id": "c-1",
        "auth_login_url": "https://lms.example.vn/auth",
        "token_url": "https://lms.example.vn/token",
        "jwks_url": "https://lms.example.vn/jwks",
        "kind": "moodle",
        "deployments": ("1", "2"),
        "frame_origins": ("https://apps.example.vn/learning",),
    }
    return Draft(**(values | changes))


def test_a_registration_is_found_by_every_name_it_has(database, now):
    with database.transaction() as connection:
        added = platforms.add(connection, draft(), now)
        platforms.add(connection, draft(name="second", client_id="c-2", deployments=()), now)
    with database.reading() as connection:
        assert platforms.find(connection, "https://lms.example.vn", "c-1") == added
        assert platforms.by_id(connection, added.id) == added
        assert platforms.by_name(connection, "Moodle Ninh Bình") == added
        assert [one.client_id for one in platforms.by_issuer(connection, "https://lms.example.vn")] == [
            "c-1",
            "c-2",
        ]
        assert len(platforms.list_(connection)) == 2
        assert platforms.find(connection, "https://lms.example.vn", "c-3") is None
        assert platforms.by_name(connection, "nobody") is None
    assert added.deployments == ("1", "2")
    assert added.frame_ancestors == ("https://lms.example.vn", "https://apps.example.vn")


@pytest.mark.parametrize("stop", [platforms.remove, lambda *of: platforms.approve(*of, approved=False)])
def test_open_launches_end_with_their_platforms_rights(database, now, stop):
    browser = sessions.new_browser()
    with database.transaction() as connection:
        mine, other = (platforms.add(connection, draft(name=one, client_id=one), now) for one in ("a", "b"))
        opened = [sessions.open_(connection, launched(one), browser, now) for one in (mine, other)]
        stop(connection, mine.id)
        found = [sessions.find(connection, one, browser, now) for one in opened]
    assert found[0] is None
    assert found[1] is not None


def launched(platform):
    return sessions.Opening(
        learner_id="l",
        platform_id=platform.id,
        issuer=platform.issuer,
        sub="4",
        view="learner",
        language="vi",
    )


def test_names_and_client_ids_are_unique(database, now):
    with database.transaction() as connection:
        platforms.add(connection, draft(), now)
        with pytest.raises(PlatformError, match="client_id"):
            platforms.add(connection, draft(name="other"), now)
        with pytest.raises(PlatformError, match="name"):
            platforms.add(connection, draft(client_id="c-2"), now)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", "lms.example.vn"),
        ("issuer", "https://u:p@lms.example.vn"),
        ("issuer", "https://lms.example.vn/" + "x" * 250),
        ("jwks_url", "file:///etc/passwd"),
        ("token_url", ""),
        ("client_id", ""),
        ("name", "  "),
        ("kind", "blackboard"),
    ],
)
def test_a_wrong_value_is_named(database, now, field, value):
    with database.transaction() as connection, pytest.raises(PlatformError) as error:
        platforms.add(connection, draft(**{field: value}), now)
    assert error.value.field == field


def test_an_origin_that_is_none_is_named(database, now):
    with database.transaction() as connection, pytest.raises(PlatformError, match="frame_origin"):
        platforms.add(connection, draft(frame_origins=("apps.example.vn",)), now)


def test_deployments_are_added_once_and_rights_taken_back(database, now):
    with database.transaction() as connection:
        added = platforms.add(connection, draft(deployments=()), now)
        for _ in range(2):
            platforms.add_deployment(connection, added.id, "7")
        assert platforms.by_id(connection, added.id).deployments == ("7",)
        with pytest.raises(PlatformError):
            platforms.add_deployment(connection, added.id, "")
        assert platforms.approve(connection, added.id, approved=False)
        assert not platforms.by_id(connection, added.id).approved
        assert platforms.remove(connection, added.id)
        assert not platforms.remove(connection, added.id)
        assert not platforms.approve(connection, added.id)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://LMS.example.vn:443/a?b", "https://lms.example.vn"),
        ("http://127.0.0.1:8100/", "http://127.0.0.1:8100"),
        ("http://[::1]:80/x", "http://[::1]"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url, expected):
    assert origin(url) == expected


def test_of_parallel_claims_of_an_invitation_one_wins(database, now):
    with database.transaction() as connection:
        token = invitations.invite(connection, now)
    together = threading.Barrier(4)

    def claim(_):
        together.wait()
        try:
            with database.transaction() as connection:
                return invitations.claim(connection, token, now)
        except Refused as refused:
            return refused.refusal

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(claim, range(4)))
    assert sorted(found, key=str) == sorted(["moodle", *[INVITATION] * 3], key=str)


def test_a_claim_whose_visit_died_frees_itself(database, now):
    with database.transaction() as connection:
        token = invitations.invite(connection, now)
        invitations.claim(connection, token, now)
        with pytest.raises(Refused):
            invitations.claim(connection, token, now + timedelta(minutes=1))
        assert invitations.claim(connection, token, now + timedelta(minutes=2)) == "moodle"
        invitations.use(connection, token, now)
        with pytest.raises(Refused):
            invitations.use(connection, token, now)
        invitations.release(connection, token)
        with pytest.raises(Refused):
            invitations.claim(connection, token, now + timedelta(minutes=5))


@pytest.mark.parametrize(
    "url", ["https://a b", "https://a;script-src *", "https://a'/", "https://a:99999", "https://a..b"]
)
def test_what_would_say_more_in_a_header_is_no_origin(url):
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        origin(url)


def test_an_origin_in_vietnamese_is_written_as_browsers_write_it():
    assert origin("https://trường.vn/x") == "https://xn--trng-rib8295b.vn"
