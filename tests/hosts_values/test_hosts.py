"""What is said about each kind of platform."""

import pytest

from lti_tool.hosts import KINDS, MOODLE, OPENEDX, STANDARD, host, present

ISSUER = "https://lms.example.vn"


def test_every_kind_is_found_by_its_name():
    assert {host(kind).kind for kind in KINDS} == {"moodle", "openedx", "standard"}


def test_an_unknown_kind_is_refused_naming_the_known_ones():
    with pytest.raises(ValueError, match="moodle, openedx, standard"):
        host("blackboard")


@pytest.mark.parametrize("value", ["$User.image", "${nope}", "", "  ", None, 7, "$ResourceLink.id.history"])
def test_a_value_the_platform_did_not_fill_is_absent(value):
    assert present(value) is None


@pytest.mark.parametrize("value", ["CB001", "$5", "a$User.id"])
def test_a_filled_value_is_kept(value):
    assert present(value) == value


def test_moodle_names_are_built_from_their_parts_because_name_is_given_first():
    assert MOODLE.full_name("Nguyễn Thị", "Hồng Ánh", "Hồng Ánh Nguyễn Thị") == "Nguyễn Thị Hồng Ánh"


def test_a_name_without_parts_is_taken_as_it_came():
    assert OPENEDX.full_name(None, None, "Nguyễn Thị An") == "Nguyễn Thị An"
    assert STANDARD.full_name("Lê", None, "Lê Minh") == "Lê Minh"
    assert STANDARD.full_name("Lê", None, None) == "Lê"
    assert STANDARD.full_name(None, None, None) is None


def test_moodle_statements_carry_the_sub_of_the_launch():
    assert MOODLE.account_name("4", {"xapi_actor": "x"}) == "4"
    assert MOODLE.home_page(ISSUER) == ISSUER


def test_open_edx_statements_carry_another_id_than_the_launch():
    assert OPENEDX.account_name("lti-uuid", {"xapi_actor": "xapi-uuid"}) == "xapi-uuid"
    assert OPENEDX.account_name("lti-uuid", {"xapi_actor": "${xapi_actor}"}) is None
    assert OPENEDX.account_name("lti-uuid", {}) is None


def test_a_standard_platform_may_name_the_actor_itself():
    assert STANDARD.account_name("7", {}) == "7"
    assert STANDARD.account_name("7", {"xapi_actor": "p-7"}) == "p-7"


def test_nobody_is_the_unknown_person_of_open_edx():
    assert "mailto:unknown@example.com" in OPENEDX.discarded_actors


def test_each_host_says_in_its_own_way_that_a_score_is_there_already():
    assert MOODLE.ags.already_there(409, "")
    assert STANDARD.ags.already_there(409, "")
    assert OPENEDX.ags.already_there(400, '{"error": "Score already exists for the provided timestamp."}')
    assert not OPENEDX.ags.already_there(400, '{"error": "Invalid"}')
    assert not OPENEDX.ags.already_there(409, "already exists")
    assert not MOODLE.ags.already_there(400, "")


def test_a_link_of_moodle_opens_by_its_instance():
    assert MOODLE.link_url(ISSUER + "/", "22") == f"{ISSUER}/mod/lti/view.php?l=22"
    assert MOODLE.link_url(ISSUER, "2&x=1") == f"{ISSUER}/mod/lti/view.php?l=2%26x%3D1"
    assert OPENEDX.link_url(ISSUER, "block") is None
    assert STANDARD.link_url(ISSUER, "1") is None


def test_only_moodle_says_another_registration_with_every_run():
    assert [host(kind).kind for kind in sorted(KINDS) if host(kind).registration_of_run] == ["moodle"]
