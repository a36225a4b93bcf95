"""The practice Moodle sends its events as logstore_xapi does."""

import pytest

INFO = "http://lrs.learninglocker.net/define/extensions/info"
EXTERNAL_ID = "https://w3id.org/learning-analytics/learning-management-system/external-id"


def verbs(statements):
    return [one["verb"]["id"].rpartition("/")[2] for one in statements]


@pytest.fixture
def done(world):
    """Complete a topic and forget what signing in and looking at the course sent."""

    def complete(*topics, **values):
        world.send("moodle")
        world.control("moodle", "complete", person="hong-anh", topics=list(topics), **values)
        return world.send("moodle")

    return complete


def test_a_first_view_sends_uncompleted_then_completed_in_one_second(done):
    sent = done("cd-01")
    assert verbs(sent) == ["viewed", "uncompleted", "completed"]
    assert len({one["timestamp"] for one in sent}) == 1


def test_later_ticks_send_one_statement_and_unticking_sends_uncompleted(done):
    done("cd-01")
    assert verbs(done("cd-01", done=False)) == ["uncompleted"]
    assert verbs(done("cd-01")) == ["completed"]


def test_a_statement_has_the_measured_shape(done):
    one = done("cd-01")[-1]
    assert set(one) == {"context", "timestamp", "actor", "verb", "object", "result"}
    assert one["timestamp"] == "2025-12-09T13:30:00.000Z"
    assert one["actor"] == {
        "name": "Hồng Ánh Nguyễn Thị",
        "account": {"homePage": "http://127.0.0.1:8201/moodle", "name": "4"},
    }
    assert one["object"]["id"] == "http://127.0.0.1:8201/moodle/mod/page/view.php?id=101"
    assert one["object"]["definition"]["extensions"] == {EXTERNAL_ID: "cd-01"}
    assert one["result"] == {"completion": True}
    assert set(one["context"]) == {"platform", "registration", "language", "extensions", "contextActivities"}
    assert set(one["context"]["extensions"][INFO]) == {
        "http://moodle.org", "https://github.com/xAPI-vle/moodle-logstore_xapi", "event_name", "event_function",
    }  # fmt: skip
    assert (
        one["context"]["extensions"][INFO]["event_name"] == "\\core\\event\\course_module_completion_updated"
    )
    assert [parent["id"].rpartition("/")[2] for parent in one["context"]["contextActivities"]["parent"]] == [
        "section.php?id=88",
        "view.php?id=7",
    ]


def test_without_sendidnumber_only_the_cmid_tells_the_topic(world, done):
    world.control("moodle", "option", sendidnumber=False)
    assert "extensions" not in done("cd-01")[-1]["object"]["definition"]


@pytest.mark.parametrize(
    ("form", "actor"),
    [
        ("mbox", {"mbox": "mailto:hong-anh@xa.example.vn"}),
        ("username", {"account": {"homePage": "http://127.0.0.1:8201/moodle", "name": "hong-anh"}}),
    ],
)
def test_the_actor_may_be_an_e_mail_or_a_username(world, done, form, actor):
    world.control("moodle", "option", actor=form)
    assert done("cd-01")[-1]["actor"] == {"name": "Hồng Ánh Nguyễn Thị"} | actor


@pytest.mark.parametrize(("scaled", "success"), [(1.0, True), (0.2, False)])
def test_a_quiz_sends_its_attempt_and_the_modules_completion(world, scaled, success):
    world.control("moodle", "quiz", person="hong-anh", topic="cd-03", scaled=scaled)
    started, submitted, completed = world.send("moodle")
    assert submitted["object"]["id"].endswith("/mod/quiz/attempt.php?attempt=1&cmid=203")
    assert submitted["result"]["score"] == {"raw": scaled * 10, "min": 0, "max": 10, "scaled": scaled}
    assert completed["result"] == {"completion": True, "success": success}
    assert verbs([started, submitted, completed]) == ["start", "completed", "completed"]


def test_a_batch_holds_at_most_thirty_events_unless_set_otherwise(world):
    world.control("moodle", "complete", person="hong-anh", topics=[f"cd-{n:02d}" for n in range(1, 20)])
    world.practice.senders["moodle"].run_once()
    assert len(world.tool.received[-1][1]) == 30
    world.control("moodle", "option", batch_size=500)
    world.practice.senders["moodle"].run_once()
    assert len(world.tool.received[-1][1]) == 27


def test_events_without_a_statement_are_posted_as_an_empty_list(world):
    world.control("moodle", "option", batch_size=1)
    world.person("moodle")
    world.practice.senders["moodle"].run_once()
    world.practice.senders["moodle"].run_once()
    assert world.tool.received[1][1] == []


def test_requests_carry_basic_credentials_and_the_version(world):
    world.person("moodle")
    world.practice.senders["moodle"].run_once()
    headers = world.tool.received[0][2]
    assert headers["Authorization"] == "Basic a2V5OnNlY3JldA=="
    assert headers["X-Experience-Api-Version"] == "1.0.3"


@pytest.mark.parametrize("status", [204, 400, 409, 500, 503])
def test_only_200_counts_and_nothing_is_tried_again_until_resend_is_pressed(world, status):
    world.tool.lrs_status = lambda _: status
    world.person("moodle")
    world.practice.senders["moodle"].run_once()
    assert world.state()["moodle"]["outbox"] == {"failed": 3}
    assert world.practice.senders["moodle"].run_once() == 0
    world.tool.lrs_status = lambda _: 200
    assert world.control("moodle", "resend") == 3
    world.practice.senders["moodle"].run_once()
    assert world.state()["moodle"]["outbox"] == {"sent": 3}


def test_with_resend_failed_batches_on_only_the_bad_event_fails(world):
    world.control("moodle", "option", resend_failed_batches=True)
    world.control("moodle", "complete", person="hong-anh", topics=["cd-01", "cd-02"])
    world.tool.lrs_status = lambda body: (
        400
        if any("id=102" in one["object"]["id"] and "uncompleted" in one["verb"]["id"] for one in body)
        else 200
    )
    world.practice.senders["moodle"].run_once()
    assert world.state()["moodle"]["outbox"] == {"sent": 5, "failed": 1}


def test_a_lost_reply_makes_the_plugin_send_again_under_another_registration(world):
    world.control("moodle", "fault", target="lrs", mode="reply_lost")
    world.control("moodle", "complete", person="hong-anh", topics=["cd-01"])
    first = world.send("moodle")
    world.control("moodle", "resend")
    second = world.send("moodle")
    assert [one["verb"] for one in first] == [one["verb"] for one in second]
    assert first[0]["context"]["registration"] != second[0]["context"]["registration"]


def test_the_registration_can_be_kept_so_that_a_resend_is_equal(world):
    world.control("moodle", "option", new_registration_per_run=False)
    world.control("moodle", "fault", target="lrs", mode="reply_lost")
    world.control("moodle", "complete", person="hong-anh", topics=["cd-01"])
    first = world.send("moodle")
    world.control("moodle", "resend")
    assert world.send("moodle") == first
