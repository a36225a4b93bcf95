from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from lti_tool.lti import ags, scores
from lti_tool.lti.connector import Connector
from lti_tool.lti.keys import ToolKeys
from lti_tool.lti.platforms import Platform

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
LINEITEM = "https://lms.example/7/lineitems/15/lineitem?type_id=1"
SCORE = scores.Score("41", 100, 100, NOW, "Đã cấp")


def platform(kind="moodle"):
    base = "https://lms.example"
    return Platform(
        1, "LMS", base, "c", ("1",), f"{base}/auth", f"{base}/token", f"{base}/jwks", kind, (), True
    )


def answer(status=200, body=b"", **headers):
    made = requests.Response()
    made.status_code = status
    made._content = body
    made.url = LINEITEM
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


TOKEN = answer(200, b'{"access_token": "abc", "token_type": "Bearer", "expires_in": 3600}')


class Wire:
    """Answers what it was told to, in order, and keeps what was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def post(self, url, **kwargs):
        self.asked.append((url, kwargs))
        given = self.answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    get = post


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> ToolKeys:
    return ToolKeys(Path(tmp_path_factory.mktemp("ags-keys")))


@pytest.fixture
def speak(keys):
    def do(*answers, clock=lambda: NOW):
        wire = Wire(*answers)
        return ags.Ags(keys=keys.signing, session=lambda: wire, clock=clock), wire

    return do


def test_the_requests_are_made_by_pylti1p3s_connector():
    assert any(base.__module__ == "pylti1p3.service_connector" for base in Connector.__mro__)


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (answer(200), scores.Accepted()),
        (answer(201, b"{}"), scores.Accepted()),
        (answer(200, b"<html>not json"), scores.Accepted()),
        (answer(409), scores.AlreadyThere()),
        (answer(400, b"Incorrect score received"), scores.Refused("not-taken-400")),
        (answer(404), scores.Refused("line-item-gone")),
        (answer(302, Location="/elsewhere"), scores.Refused("not-taken-302")),
        (answer(429, Retry_After="7"), scores.Later("busy-429", timedelta(seconds=7))),
        (answer(503), scores.Later("busy-503")),
        (answer(500), scores.Uncertain("server-error-500")),
        (answer(504), scores.Uncertain("server-error-504")),
        (requests.ReadTimeout(), scores.Uncertain("no-answer")),
        (requests.ConnectionError(), scores.Uncertain("no-answer")),
        (requests.ConnectTimeout(), scores.Later("unreachable")),
    ],
)
def test_every_answer_becomes_a_truthful_value(speak, answered, said):
    service, _ = speak(TOKEN, answered)
    assert service.send(platform(), LINEITEM, SCORE) == said


def test_retry_after_may_be_a_date(speak):
    service, _ = speak(
        TOKEN, answer(429, Date="Tue, 09 Dec 2025 13:30:00 GMT", Retry_After="Tue, 09 Dec 2025 13:31:00 GMT")
    )
    assert service.send(platform(), LINEITEM, SCORE) == scores.Later("busy-429", timedelta(minutes=1))


@pytest.mark.parametrize("nonsense", ["", "soon", "-5", "Tue, 99 Dec"])
def test_a_nonsense_retry_after_is_ignored(speak, nonsense):
    service, _ = speak(TOKEN, answer(429, Retry_After=nonsense))
    assert service.send(platform(), LINEITEM, SCORE) == scores.Later("busy-429")


def test_open_edxs_own_words_for_a_conflict_are_understood_from_it_alone(speak):
    body = b'{"timestamp": ["Score already exists for the provided timestamp."]}'
    assert (
        speak(TOKEN, answer(400, body))[0].send(platform("openedx"), LINEITEM, SCORE) == scores.AlreadyThere()
    )
    assert speak(TOKEN, answer(400, body))[0].send(platform(), LINEITEM, SCORE) == scores.Refused(
        "not-taken-400"
    )


def test_a_refused_token_is_asked_for_once_more_and_no_more(speak):
    service, wire = speak(TOKEN, answer(401), TOKEN, answer(401))
    assert service.send(platform(), LINEITEM, SCORE) == scores.Later("token-expired")
    assert wire.answers == []


def test_a_403_is_believed_only_with_a_fresh_token(speak):
    """Open edX answers 403 to an expired token, because its authenticator names no scheme."""
    service, wire = speak(TOKEN, answer(403), TOKEN, answer(200))
    assert service.send(platform("openedx"), LINEITEM, SCORE) == scores.Accepted()
    assert wire.answers == []
    refusing, _ = speak(TOKEN, answer(403), TOKEN, answer(403))
    assert refusing.send(platform(), LINEITEM, SCORE) == scores.Refused("not-allowed")


def test_without_a_token_nothing_was_sent(speak):
    assert speak(answer(400))[0].send(platform(), LINEITEM, SCORE) == scores.Later("token-refused-400")
    assert speak(requests.ReadTimeout())[0].send(platform(), LINEITEM, SCORE) == scores.Later("unreachable")
    assert speak(answer(200, b"{}"))[0].send(platform(), LINEITEM, SCORE) == scores.Later("token-refused-200")


def test_media_types_are_exact_and_the_line_items_query_stays(speak):
    service, wire = speak(TOKEN, answer(200))
    service.send(platform(), LINEITEM, SCORE)
    url, sent = wire.asked[1]
    assert url == "https://lms.example/7/lineitems/15/lineitem/scores?type_id=1"
    assert sent["headers"]["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
    assert '"scoreMaximum": 100,' in sent["data"]


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("moodle", "https://lms.example/7/lineitems/15/lineitem/results?type_id=1&user_id=4%2F1"),
        ("openedx", "https://lms.example/7/lineitems/15/lineitem/results/4%2F1?type_id=1"),
    ],
)
def test_one_result_is_asked_for_as_each_host_wants_it_and_never_with_limit(speak, kind, url):
    service, wire = speak(TOKEN, answer(200, b"[]"))
    assert service.read_result(platform(kind), LINEITEM, "4/1") is None
    assert wire.asked[1][0] == url


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            b'[{"userId": "7"}, {"userId": 41, "resultScore": 8.5, "resultMaximum": 10}]',
            scores.Result(8.5, 10),
        ),
        (b'[{"userId": "41"}]', scores.Result(None, None)),
        (b'[{"userId": "7", "resultScore": 1}]', None),
        (b"{}", scores.Unreadable("no-list")),
        (b"<html>", scores.Unreadable("unreachable")),
    ],
)
def test_the_persons_own_result_is_picked(speak, body, found):
    service, _ = speak(TOKEN, answer(200, body))
    assert service.read_result(platform(), LINEITEM, "41") == found


def test_a_result_that_may_not_be_read_says_so(speak):
    service, _ = speak(TOKEN, answer(403), TOKEN, answer(403))
    assert service.read_result(platform(), LINEITEM, "41") == scores.Unreadable("http-403")
    assert speak(answer(400))[0].read_result(platform(), LINEITEM, "41") == scores.Unreadable(
        "token-refused-400"
    )


def test_tokens_expire(speak):
    passed = [0]
    service, wire = speak(
        TOKEN, answer(200), answer(200), TOKEN, answer(200), clock=lambda: NOW + timedelta(seconds=passed[0])
    )
    for seconds in (0, 3539, 3541):
        passed[0] = seconds
        assert service.send(platform(), LINEITEM, SCORE) == scores.Accepted()
    assert [url for url, _ in wire.asked].count("https://lms.example/token") == 2
