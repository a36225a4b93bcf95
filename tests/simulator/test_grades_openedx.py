"""Open edX's Assignment and Grade Services, behaviour by behaviour."""

import pytest

from lti_tool.simulator.vocabulary import (
    LINEITEM_CONTAINER_TYPE,
    LINEITEM_TYPE,
    RESULT_CONTAINER_TYPE,
    SCORE_TYPE,
)

ITEMS = "http://127.0.0.1:8201/openedx/api/lti_consumer/v1/lti/1/lti-ags"


@pytest.fixture
def token(world):
    return world.tool.token("openedx")


@pytest.fixture
def learner(world):
    return world.face("openedx").people.find("hong-anh").lti_id


@pytest.fixture
def post(world, token, learner):
    def send(item="1", **changes):
        plain = {
            "userId": learner, "scoreGiven": 10, "scoreMaximum": 10, "comment": "Đạt", "timestamp": "2025-12-09T13:30:00Z",
            "activityProgress": "Completed", "gradingProgress": "FullyGraded",
        }  # fmt: skip
        body = {name: value for name, value in (plain | changes).items() if value is not ...}
        return world.tool.call("POST", f"{ITEMS}/{item}/scores", token, SCORE_TYPE, body)

    return send


def grades(world):
    return [row["value"] for row in world.state()["openedx"]["grades"]]


def test_a_score_is_answered_with_201_and_published(world, post, learner):
    answer = post()
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, SCORE_TYPE)
    assert list(answer.json()) == [
        "timestamp",
        "scoreGiven",
        "scoreMaximum",
        "comment",
        "activityProgress",
        "gradingProgress",
        "userId",
    ]
    assert grades(world) == [100]


def test_an_equal_timestamp_says_score_already_exists_and_an_older_one_is_refused(post):
    post()
    again = post()
    assert (again.status_code, again.json()) == (
        400,
        {"timestamp": ["Score already exists for the provided timestamp"]},
    )
    assert post(timestamp="2025-12-09T13:29:59Z").status_code == 400
    assert post(timestamp="2025-12-09T13:30:00.001Z").status_code == 201


def test_a_future_timestamp_blocks_all_until_it_passes(post):
    assert post(timestamp="2030-01-01T00:00:00Z").status_code == 201
    assert post().status_code == 400


def test_a_zero_is_silently_not_published(world, post):
    assert post(scoreGiven=0).status_code == 201
    assert grades(world) == []


def test_scores_after_the_due_date_are_dropped_unless_allowed(world, post):
    world.control("openedx", "option", past_due=True, accept_grades_past_due=False)
    assert post().status_code == 201
    assert grades(world) == []


@pytest.mark.parametrize(
    "changes",
    [{"userId": "nobody"}, {"scoreGiven": -1}, {"activityProgress": "Done"}, {"gradingProgress": "Yes"}],
)
def test_what_it_does_not_expect_crashes_it_and_is_not_kept(world, post, changes):
    assert post(**changes).status_code == 500
    assert world.state()["openedx"]["scores"] == []


def test_more_than_the_maximum_is_clipped_in_the_gradebook(world, post):
    post(scoreGiven=25)
    assert grades(world) == [100]


def test_results_have_the_measured_members(world, token, post, learner):
    post()
    answer = world.tool.call("GET", f"{ITEMS}/1/results/{learner}", token, "*/*")
    assert answer.headers["Content-Type"] == RESULT_CONTAINER_TYPE
    assert list(answer.json()[0]) == ["id", "scoreOf", "userId", "resultScore", "resultMaximum", "comment"]


def test_accept_must_be_the_exact_media_type(world, token):
    assert world.tool.call("GET", ITEMS, token, "application/json").status_code == 406
    found = world.tool.call("GET", ITEMS, token, LINEITEM_CONTAINER_TYPE).json()
    assert list(found[0]) == [
        "id",
        "resourceId",
        "scoreMaximum",
        "label",
        "tag",
        "resourceLinkId",
        "startDateTime",
        "endDateTime",
    ]


def test_a_token_that_is_none_is_403_without_a_challenge(world):
    answer = world.tool.call("GET", ITEMS, "nonsense", LINEITEM_CONTAINER_TYPE)
    assert (answer.status_code, answer.json()) == (403, {"detail": "Invalid token signature."})


def test_a_line_item_of_the_tools_own_never_reaches_the_gradebook(world, token, post):
    made = world.tool.call(
        "POST", ITEMS, token, LINEITEM_TYPE, {"label": "x", "scoreMaximum": 19, "resourceId": "y"}
    )
    assert made.status_code == 201
    assert post(item="2").status_code == 201
    assert grades(world) == []


def test_a_maximum_that_is_no_integer_is_refused_and_nobody_may_delete(world, token):
    made = world.tool.call("POST", ITEMS, token, LINEITEM_TYPE, {"label": "x", "scoreMaximum": 19.5})
    assert made.status_code == 400
    assert world.tool.call("DELETE", ITEMS + "/1", token, LINEITEM_TYPE).status_code == 403


def test_a_scored_block_says_it_is_complete_and_the_course_is_passed(world, post):
    post()
    sent = world.send("openedx")
    assert [one["verb"]["id"].rpartition("/")[2] for one in sent] == ["progressed", "passed"]
    assert "type@lti_consumer" in sent[0]["object"]["id"]
