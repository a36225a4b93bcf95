"""Fault switches do to the tool what a failing LMS does."""

import time

import pytest
import requests

from lti_tool.simulator.vocabulary import SCORE_TYPE

PATH = "/moodle/mod/lti/services.php/7/lineitems/15/lineitem/scores?type_id=1"
URL = "http://127.0.0.1:8201" + PATH
BODY = {
    "userId": "4", "scoreGiven": 10, "scoreMaximum": 10, "timestamp": "2025-12-09T13:30:00Z", "activityProgress": "Completed",
    "gradingProgress": "FullyGraded",
}  # fmt: skip


@pytest.fixture
def post(world):
    token = world.tool.token("moodle")
    return lambda: world.tool.call("POST", URL, token, SCORE_TYPE, BODY)


@pytest.mark.parametrize("status", [401, 404, 409, 500])
def test_a_status_comes_the_wanted_number_of_times_and_without_effect(world, post, status):
    world.control("moodle", "fault", target="scores", mode="status", status=status, times=2)
    assert [post().status_code for _ in range(2)] == [status] * 2
    assert world.state()["moodle"]["scores"] == []
    assert post().status_code == 200


def test_too_many_requests_says_when_to_come_again(world, post):
    world.control("moodle", "fault", target="ags", mode="status", status=429, retry_after=7)
    assert post().headers["Retry-After"] == "7"


def test_an_expired_token_is_refused_and_a_new_one_works(world, post):
    world.control("moodle", "fault", target="ags", mode="expired_token")
    assert post().status_code == 401
    assert world.tool.call("POST", URL, world.tool.token("moodle"), SCORE_TYPE, BODY).status_code == 200


def test_a_lost_reply_had_its_effect(world, post):
    world.control("moodle", "fault", target="scores", mode="reply_lost")
    with pytest.raises(requests.ConnectionError):
        post()
    assert len(world.state()["moodle"]["scores"]) == 1
    assert post().status_code == 409


def test_a_fault_without_end_lasts_until_cleared(world, post):
    world.control("moodle", "fault", target="ags", mode="status", status=500, times=None)
    assert {post().status_code for _ in range(3)} == {500}
    world.control("moodle", "clear")
    assert post().status_code == 200


def test_the_token_endpoint_can_fail_too(world):
    world.control("openedx", "fault", target="token", mode="status", status=503)
    assert world.tool.ask_token("openedx").status_code == 503
    assert world.tool.ask_token("openedx").status_code == 200


def test_on_a_real_socket_a_closed_connection_is_no_answer_at_all(world, serving):
    token = world.tool.token("moodle")
    world.control("moodle", "fault", target="scores", mode="closed")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": SCORE_TYPE}
    with pytest.raises(requests.ConnectionError):
        requests.post(serving + PATH, json=BODY, headers=headers, timeout=5)
    assert world.state()["moodle"]["scores"] == []
    answer = requests.post(serving + PATH, json=BODY, headers=headers, timeout=5)
    assert answer.status_code == 200


def test_a_time_out_is_silence_until_cleared(world, serving):
    world.control("moodle", "fault", target="jwks", mode="timeout", seconds=20)
    begun = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        requests.get(serving + "/moodle/mod/lti/certs.php", timeout=0.3)
    assert 0.25 < time.monotonic() - begun < 5
    world.control("moodle", "clear")


def test_an_unknown_fault_is_refused(world):
    headers = {"X-Control-Token": "ct"}
    answer = world.http.post(
        "http://127.0.0.1:8201/control",
        json={"face": "moodle", "do": "fault", "target": "x", "mode": "y"},
        headers=headers,
    )
    assert answer.status_code == 400


def test_the_control_door_wants_its_token(world):
    assert world.http.get("http://127.0.0.1:8201/control/state").status_code == 403
