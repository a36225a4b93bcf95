"""Moodle's Assignment and Grade Services, behaviour by behaviour as measured."""

import json

import pytest

from lti_tool.simulator.vocabulary import (
    LINEITEM_CONTAINER_TYPE,
    LINEITEM_TYPE,
    MEMBERSHIP_READONLY,
    RESULT_CONTAINER_TYPE,
    SCORE_TYPE,
)

ITEMS = "http://127.0.0.1:8201/moodle/mod/lti/services.php/7/lineitems"
ITEM = ITEMS + "/15/lineitem?type_id=1"
SCORES = ITEMS + "/15/lineitem/scores?type_id=1"
RESULTS = ITEMS + "/15/lineitem/results?type_id=1"


@pytest.fixture
def token(world):
    return world.tool.token("moodle")


def score(**changes):
    plain = {
        "userId": "4", "scoreGiven": 10, "scoreMaximum": 10, "comment": "Đạt", "timestamp": "2025-12-09T13:30:00Z",
        "activityProgress": "Completed", "gradingProgress": "FullyGraded",
    }  # fmt: skip
    return {name: value for name, value in (plain | changes).items() if value is not ...}


@pytest.fixture
def post(world, token):
    return lambda **changes: world.tool.call("POST", SCORES, token, SCORE_TYPE, score(**changes))


@pytest.fixture
def result(world, token):
    return lambda person="4": world.tool.call(
        "GET", f"{RESULTS}&user_id={person}", token, RESULT_CONTAINER_TYPE
    ).json()


def completed(world, person="hong-anh"):
    return any(
        row["person"] == person and row["module"] == "lti:1" and row["state"]
        for row in world.state()["moodle"]["completion"]
    )


def test_a_score_reaches_gradebook_and_completion_in_the_same_request(world, post, result):
    answer = post()
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (
        200,
        "",
        SCORE_TYPE + "; charset=utf-8",
    )
    assert world.state()["moodle"]["grades"][0]["value"] == 100
    assert completed(world)
    assert list(result()[0]) == [
        "id",
        "userId",
        "resultScore",
        "resultMaximum",
        "comment",
        "scoreOf",
        "timestamp",
    ]
    assert (result()[0]["resultScore"], result()[0]["timestamp"]) == (100, "2025-12-09T20:30:00+07:00")


@pytest.mark.parametrize(
    "timestamp", ["2025-12-09T13:30:00Z", "2025-12-09T13:30:00.900Z", "2025-12-09T13:29:59Z"]
)
def test_the_same_second_or_an_older_one_is_a_conflict(post, timestamp):
    post()
    answer = post(timestamp=timestamp)
    assert (answer.status_code, answer.text) == (409, "[]")
    assert answer.reason == "Refusing score with an earlier timestamp for item 15 and user 4"


def test_a_future_timestamp_blocks_all_until_it_passes(post):
    assert post(timestamp="2030-01-01T00:00:00Z").status_code == 200
    assert post().status_code == 409


@pytest.mark.parametrize("changes", [{"scoreGiven": ...}, {"gradingProgress": "Pending"}])
def test_a_missing_score_or_one_not_fully_graded_clears_all(world, post, result, changes):
    post()
    assert post(timestamp="2025-12-09T13:30:01Z", **changes).status_code == 200
    assert list(result()[0]) == ["id", "userId"]
    assert not completed(world)


def test_a_score_without_comment_erases_the_comment(post, result):
    post()
    post(timestamp="2025-12-09T13:30:01Z", comment=...)
    assert "comment" not in result()[0]


def test_more_than_the_maximum_is_clipped(post, result):
    post(scoreGiven=25)
    assert result()[0]["resultScore"] == 100


@pytest.mark.parametrize("person", ["3", "99999"])
def test_a_teacher_or_somebody_unknown_is_incorrect(post, person):
    answer = post(userId=person)
    assert (answer.status_code, answer.text) == (400, "[]")
    assert answer.reason.startswith('Incorrect score received{"userId": ')


@pytest.mark.parametrize(
    "timestamp", ["2025-12-09T20:30:00", "2025-12-09T13:30:00.123456Z", "2025-12-09T20:30:00+07:00"]
)
def test_every_iso_form_of_a_moment_is_understood(post, result, timestamp):
    assert post(timestamp=timestamp).status_code == 200
    assert result()[0]["timestamp"] == "2025-12-09T20:30:00+07:00"


def test_a_suspended_learner_is_answered_with_200_and_ignored(world, post, result):
    assert post(userId="90").status_code == 200
    assert result("90") == []


def test_a_teachers_override_is_answered_with_200_and_kept(world, post, result):
    world.control("moodle", "override", person="hong-anh", activity=1, value=40)
    assert post(timestamp="2025-12-09T13:31:00Z").status_code == 200
    assert result()[0]["resultScore"] == 40


def test_another_media_type_finds_no_handler(world, token):
    answer = world.tool.call("POST", SCORES, token, "application/json", score())
    assert answer.status_code == 400
    assert answer.reason == "No handler found for /7/lineitems/15/lineitem/scores  application/json"
    assert list(answer.json()) == ["status", "reason", "request"]
    assert answer.json()["request"]["url"] == "/mod/lti/services.php/7/lineitems/15/lineitem/scores?type_id=1"


def test_line_items_without_the_exact_accept_are_refused(world, token):
    answer = world.tool.call("GET", ITEMS + "?type_id=1", token, "*/*")
    assert (answer.status_code, answer.reason) == (400, "No context or unsupported content type")


def test_line_items_have_the_measured_members_and_escapes(world, token):
    answer = world.tool.call("GET", ITEMS + "?type_id=1", token, LINEITEM_CONTAINER_TYPE)
    assert "\\/lineitems\\/15" in answer.text
    assert "\\u1ea1" in answer.text
    assert list(answer.json()[0]) == [
        "id",
        "label",
        "scoreMaximum",
        "resourceId",
        "tag",
        "resourceLinkId",
        "ltiLinkId",
    ]


def test_a_limit_on_line_items_answers_a_link_header_nobody_can_read(world, token):
    answer = world.tool.call("GET", ITEMS + "?type_id=1&limit=5", token, LINEITEM_CONTAINER_TYPE)
    link = answer.headers["Link"].encode("latin-1").decode()
    assert "type_id=1&amp;limit=5&amp;from=0>; rel=“first”" in link
    assert answer.links.get("next") is None


def test_a_limit_on_results_answers_an_error_page(world, token, post):
    post()
    answer = world.tool.call("GET", RESULTS + "&limit=1", token, RESULT_CONTAINER_TYPE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_token_of_another_scope_is_unauthorised(world):
    token = world.tool.token("moodle", MEMBERSHIP_READONLY)
    assert world.tool.call("GET", ITEMS + "?type_id=1", token, LINEITEM_CONTAINER_TYPE).status_code == 401


def test_a_line_item_of_the_tools_own_is_a_column_without_completion(world, token):
    made = world.tool.call(
        "POST",
        ITEMS + "?type_id=1",
        token,
        LINEITEM_TYPE,
        {"label": "Số chuyên đề", "scoreMaximum": 19, "tag": "x"},
    )
    assert made.status_code == 201
    url = made.json()["id"].replace("/lineitem?", "/lineitem/scores?")
    assert (
        world.tool.call("POST", url, token, SCORE_TYPE, score(scoreGiven=9, scoreMaximum=19)).status_code
        == 200
    )
    assert not completed(world)
    assert world.tool.call("DELETE", made.json()["id"], token, "*/*").status_code == 204


def test_the_activitys_own_line_item_can_be_changed_but_not_deleted(world, token):
    changed = world.tool.call(
        "PUT", ITEM, token, LINEITEM_TYPE, {"label": "Giấy chứng nhận", "scoreMaximum": 10}
    )
    assert changed.json()["label"] == "Giấy chứng nhận"
    assert world.tool.call("DELETE", ITEM, token, "*/*").status_code == 403


def test_a_grade_completes_the_activity_and_says_so_to_the_lrs(world, post):
    post()
    sent = world.send("moodle")
    lti = next(one for one in sent if "/mod/lti/" in one["object"]["id"])
    assert lti["verb"]["id"].endswith("/completed")
    assert lti["result"] == {"completion": True}
    assert sent[-1]["object"]["id"].endswith("/course/view.php?id=7")


def test_below_a_pass_grade_the_activity_is_completed_with_success_false(world, post):
    world.control("moodle", "option", pass_grade=0.5)
    post(scoreGiven=1)
    sent = world.send("moodle")
    assert next(one for one in sent if "/mod/lti/" in one["object"]["id"])["result"] == {
        "completion": True,
        "success": False,
    }


def test_the_learner_sees_the_grade_and_the_state_in_the_gradebook(world, post):
    post()
    row = world.person("moodle").gradebook()
    assert "100 / 100" in row
    assert "Đã hoàn thành" in row
    assert "Đỗ Hữu" not in row
    assert "Ước" in world.person("moodle", "giao-vien").gradebook()


def test_every_post_is_kept_for_tests(world, post):
    post()
    post()
    assert [row["status"] for row in world.state()["moodle"]["score_posts"]] == [200, 409]
    assert json.loads(world.state()["moodle"]["score_posts"][0]["body"])["userId"] == "4"
