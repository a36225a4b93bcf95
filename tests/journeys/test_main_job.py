"""The main job on the running tool: launch, ten topics, the rule met, the grade in the gradebook of either host."""

import json

import pytest

from tests.journeys.running import until

NINE = [f"cd-{number:02d}" for number in range(1, 10)]
pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(("face", "key"), [("moodle", "kim-xuyen"), ("openedx", "quyet")])
def test_the_tenth_topic_brings_certificate_and_grade_and_the_ninth_does_not(practice, face, key):
    person, control = practice.person(face, key), practice.control
    assert person.launch().url.startswith(practice.url + "/learn/")
    person.complete(*NINE)
    assert until(lambda: "waiting" not in control.state()[face]["outbox"], "the nine topics to be sent")
    assert control.grade(face, key) is None
    assert not control.completed(face, key)
    person.complete("cd-10")
    assert until(lambda: control.grade(face, key), "the grade") == 100
    assert control.completed(face, key)
    assert control.state()[face]["failed"] == []
    posts = [
        post["status"]
        for post in control.state()[face]["score_posts"]
        if json.loads(post["body"])["userId"] == control.state()[face]["people"][key]["sub"]
    ]
    assert posts == [201 if face == "openedx" else 200]


def test_a_teacher_places_the_page_by_deep_linking_and_launches_it(practice):
    teacher = practice.person("moodle", "giao-vien")
    dialogue = teacher.open_deep_linking()
    placed = teacher.browser.settle(teacher.browser.submit(dialogue.forms[0]))
    assert placed.status == 200
    activity = practice.control.state()["moodle"]["activities"][-1]["id"]
    assert activity > 1
    assert practice.person("moodle", "thuy").launch(activity).url.startswith(practice.url + "/learn/")


def test_a_registration_by_moodle_is_without_right_on_both_sides_until_approved(practice):
    invitation = practice.command("platform", "invite")["link"]
    admin = practice.person("moodle", "quan-tri")
    assert "Activate" in admin.register_tool(invitation).text
    tool = practice.control.state()["moodle"]["tools"][-1]
    assert tool["state"] == "pending"
    known = {one["client_id"]: one for one in practice.command("platform", "list")}
    assert known[tool["client_id"]]["approved"] is False
    admin.press("activate", tool=str(tool["id"]))
    admin.press("place", tool=str(tool["id"]))
    activity = practice.control.state()["moodle"]["activities"][-1]["id"]
    assert practice.person("moodle", "duc").launch(activity).status >= 400


@pytest.mark.parametrize(("face", "key", "fault"), [
    ("moodle", "quynh-nhu", {"target": "scores", "mode": "reply_lost"}),
    ("moodle", "a-pao", {"target": "scores", "mode": "status", "status": 500}),
    ("moodle", "so-phia", {"target": "ags", "mode": "expired_token"}),
    ("moodle", "ngoc-ung", {"target": "scores", "mode": "status", "status": 429, "retry_after": 1}),
])  # fmt: skip
def test_a_failing_gradebook_takes_the_score_in_the_end(practice, face, key, fault):
    practice.person(face, key).launch()
    practice.control.fault(face, **fault)
    practice.control.complete(face, key, [*NINE, "cd-10"])
    assert until(lambda: not practice.control.state()[face]["faults"], "the fault to be met")
    assert until(lambda: practice.control.grade(face, key), "the grade") == 100
    assert practice.control.completed(face, key)
