"""The platforms' public keys."""

from datetime import timedelta

import pytest

from lti_tool.base.outbound import Outbound
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.lti.refusal import KEYS_UNREACHABLE, Refused
from tests.lti import sites
from tests.lti.fake_platform import jwk, serving


@pytest.fixture
def served():
    with serving() as found:
        found.answers["/jwks"] = (200, {"keys": [jwk(1, "a")]})
        yield found


class Moving:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def time(now):
    return Moving(now)


@pytest.fixture
def keys(time):
    return PlatformKeys(session=Outbound(loopback=True).session, clock=time)


def kids(found):
    return [key["kid"] for key in found["keys"]]


def test_a_key_set_is_fetched_once_an_hour(keys, served, time):
    for minutes in (0, 10, 59):
        time.now += timedelta(minutes=minutes)
        keys.key_set(served.url("/jwks"), "a")
    assert len(served.asked) == 2


def test_an_unknown_key_id_causes_at_most_one_fetch_a_minute(keys, served, time):
    keys.key_set(served.url("/jwks"), "a")
    for _ in range(50):
        assert kids(keys.key_set(served.url("/jwks"), "forged")) == ["a"]
    assert len(served.asked) == 1
    time.now += timedelta(minutes=1)
    for _ in range(50):
        keys.key_set(served.url("/jwks"), "forged")
    assert len(served.asked) == 2


def test_a_key_the_platform_rotated_in_is_found_at_once(keys, served, time):
    keys.key_set(served.url("/jwks"), "a")
    for hour in range(1, 6):
        time.now += timedelta(hours=1)
        served.answers["/jwks"] = (200, {"keys": [jwk(2, f"rotated-{hour}")]})
        assert f"rotated-{hour}" in kids(keys.key_set(served.url("/jwks"), f"rotated-{hour}"))
    assert len(served.asked) == 6


def test_known_keys_outlive_an_outage_of_the_platform(keys, served, time):
    keys.key_set(served.url("/jwks"), "a")
    served.answers["/jwks"] = (500, "down")
    time.now += timedelta(hours=2)
    assert kids(keys.key_set(served.url("/jwks"), "a")) == ["a"]


@pytest.mark.parametrize(
    "answer", [(500, "down"), (200, "no json"), (200, []), (200, {"keys": "x"}), (404, {})]
)
def test_a_platform_without_a_key_set_is_named_in_the_refusal(keys, served, answer):
    served.answers["/jwks"] = answer
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            keys.key_set(served.url("/jwks"), "a")
        assert refused.value.refusal is KEYS_UNREACHABLE
    assert len(served.asked) == 1


def test_private_addresses_are_not_asked(served, time):
    guarded = PlatformKeys(session=Outbound().session, clock=time)
    with pytest.raises(Refused, match="OutboundRefused"):
        guarded.key_set(served.url("/jwks"), "a")
    assert not served.asked


database_url, site = sites.on_sqlite()


def test_platforms_with_the_same_key_id_do_not_cross(site):
    others = [site.add_platform(f"p{n}", f"https://p{n}.example.vn", "client-1", key=n) for n in (2, 3)]
    browser = site.browser()
    for platform in (site.platform, *others):
        state, nonce = site.login(browser, platform)
        assert site.post(browser, platform.sign(platform.claims(nonce, site.now)), state).status_code == 303
        platform.key = 4 if platform.key == 1 else 1
        state, nonce = site.login(browser, platform)
        assert "LTI-08" in site.post(browser, platform.sign(platform.claims(nonce, site.now)), state).text
    assert [launch.platform.name for launch in site.launched] == ["moodle", "p2", "p3"]


def test_a_key_set_that_cannot_be_used_is_a_refusal_and_no_crash(site):
    for broken in (
        {"kty": "RSA", "n": "!", "e": "AQAB"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "nonsense"},
        {},
    ):
        site.now += timedelta(hours=1)
        site.served.answers["/moodle/jwks"] = (200, {"keys": [broken | {"kid": "key-1", "alg": "RS256"}]})
        assert "LTI-08" in site.launch().text
