"""The practice Open edX sends its events as event-routing-backends does."""

import hashlib

import pytest


@pytest.fixture
def done(world):
    def complete(*topics, **values):
        world.control("openedx", "complete", person="hong-anh", topics=list(topics), **values)
        return world.send("openedx")

    return complete


def test_chapter_sequential_vertical_and_course_come_under_one_id(done):
    block, *aggregated = done("cd-01")
    kinds = [one["object"]["id"].partition("type@")[2] for one in aggregated]
    assert kinds == [
        "chapter+block@cd-01",
        "sequential+block@cd-01",
        "vertical+block@cd-01",
        "course+block@course",
    ]
    assert len({one["id"] for one in aggregated}) == 1
    assert block["id"] == aggregated[0]["id"]  # one instant, one verb, one actor: the object is not in the id


def test_a_statement_has_the_measured_shape(done):
    one = done("cd-01")[1]
    assert list(one) == ["id", "result", "version", "actor", "verb", "object", "timestamp", "context"]
    assert one["result"] == {
        "completion": True,
        "extensions": {"https://w3id.org/xapi/cmi5/result/extensions/progress": 100.0},
    }
    assert one["timestamp"] == "2025-12-09T13:30:00.000000+00:00"
    assert one["object"]["definition"] == {"type": "http://adlnet.gov/expapi/activities/module"}
    assert [parent["id"].rpartition("/")[2] for parent in one["context"]["contextActivities"]["parent"]] == [
        "course-v1:MOST+DONGHANH+2025"
    ]


def test_the_course_progresses_with_its_topics(done):
    done("cd-01")
    course = done("cd-02")[-1]
    assert course["result"]["completion"] is False
    assert (
        round(course["result"]["extensions"]["https://w3id.org/xapi/cmi5/result/extensions/progress"], 1)
        == 10.5
    )


def test_a_completion_taken_back_progresses_to_nothing(done):
    done("cd-01")
    assert done("cd-01", done=False)[1]["result"]["completion"] is False


def test_each_statement_is_put_under_its_id(world, done):
    done("cd-01")
    assert {method for method, _, _ in world.tool.received} == {"PUT"}
    assert all(headers["statementId"] == body["id"] for _, body, headers in world.tool.received)


def test_batching_posts_them_together(world, done):
    world.control("openedx", "option", batching=True)
    done("cd-01")
    assert [(method, len(body)) for method, body, _ in world.tool.received] == [("POST", 5)]


def test_success_of_a_subsection_means_full_marks(world):
    for scaled in (1.0, 0.8):
        world.control("openedx", "quiz", person="hong-anh", topic="cd-02", scaled=scaled)
    full, most = world.send("openedx")
    assert (full["result"]["success"], most["result"]["success"], most["result"]["score"]["scaled"]) == (
        True,
        False,
        0.8,
    )
    assert full["verb"]["id"] == "http://id.tincanapi.com/verb/earned"


@pytest.mark.parametrize(
    ("form", "actor"),
    [
        ("mbox", {"mbox": "mailto:hong-anh@xa.example.vn"}),
        ("mbox_sha1sum", {"mbox_sha1sum": hashlib.sha1(b"hong-anh@xa.example.vn").hexdigest()}),
    ],
)
def test_the_actor_may_be_an_e_mail_or_its_hash_without_mailto(world, done, form, actor):
    world.control("openedx", "option", actor=form)
    assert done("cd-01")[0]["actor"] == {"objectType": "Agent"} | actor


def test_unknown_people_all_become_one_address(world, done):
    world.control("openedx", "option", unknown_actor=True)
    assert done("cd-01")[0]["actor"]["mbox"] == "mailto:unknown@example.com"


def test_a_conflict_drops_the_batch_silently(world, done):
    world.tool.lrs_status = lambda _: 409
    done("cd-01")
    assert world.state()["openedx"]["outbox"] == {"dropped": 5}


def test_after_three_tries_thirty_seconds_apart_it_is_lost(world, done):
    world.tool.lrs_status = lambda _: 503
    done("cd-01")
    assert world.practice.senders["openedx"].run_once() == 0
    for _ in range(2):
        world.clock.forward(31)
        world.practice.senders["openedx"].run_once()
    assert world.state()["openedx"]["outbox"] == {"lost": 5}
