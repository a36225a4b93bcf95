"""The member lists of both hosts."""

import pytest

from lti_tool.simulator.vocabulary import MEMBERSHIP_TYPE

MOODLE = "http://127.0.0.1:8201/moodle/mod/lti/services.php/CourseSection/7/bindings/1/memberships"
OPENEDX = "http://127.0.0.1:8201/openedx/api/lti_consumer/v1/lti/1/memberships"


@pytest.fixture
def members(world):
    return lambda face, url: world.tool.call("GET", url, world.tool.token(face), MEMBERSHIP_TYPE)


def test_moodle_shows_names_and_short_roles_but_no_suspended_people(members):
    answer = members("moodle", MOODLE)
    assert answer.headers["Content-Type"] == MEMBERSHIP_TYPE + "; charset=utf-8"
    found = {one["user_id"]: one for one in answer.json()["members"]}
    assert list(found["4"]) == [
        "status", "roles", "user_id", "lis_person_sourcedid", "name", "given_name", "family_name", "email", "ext_user_username",
    ]  # fmt: skip
    assert found["4"]["roles"] == ["Learner"]
    assert found["3"]["roles"] == ["Instructor"]
    assert not {"2", "90"} & set(found)


def test_moodles_next_page_forgets_the_role(members):
    answer = members("moodle", MOODLE + "?limit=5&role=Learner")
    assert len(answer.json()["members"]) == 5
    assert answer.links["next"]["url"] == MOODLE + "?limit=5&from=5"


def test_moodle_wants_the_exact_media_type(world):
    answer = world.tool.call("GET", MOODLE, world.tool.token("moodle"), "application/json")
    assert answer.status_code == 400


def test_open_edx_shows_no_names_unless_shared_and_ignores_role(world, members):
    plain = members("openedx", OPENEDX + "?role=Learner").json()["members"]
    assert {tuple(one) for one in plain} == {("status", "user_id", "roles")}
    assert len(plain) == 14
    world.control("openedx", "option", share_names=True)
    assert "Nguyễn Thị Hồng Ánh" in [one["name"] for one in members("openedx", OPENEDX).json()["members"]]


def test_open_edx_gives_nothing_above_its_limit(world, members):
    world.control("openedx", "option", member_limit=5)
    answer = members("openedx", OPENEDX + "?limit=2")
    assert (answer.status_code, answer.json()["error"]) == (403, "above_response_limit")
