"""The doctor notices statements that come, are stored, and count for nobody."""

from datetime import UTC, datetime

import pytest

from tests.assembly import assembled, completion
from tests.cli.test_after_a_day import run  # noqa: F401 - a fixture

ISSUER = "https://hoc.example.vn"


@pytest.fixture
def house(tmp_path):
    with assembled(tmp_path, datetime(2025, 12, 9, 13, 30, tzinfo=UTC)) as found:
        found.add_platform("moodle", ISSUER)
        found.load()
        found.launch("moodle")
        found.clock.pass_by(hours=1)
        yield found


@pytest.fixture
def said(run):  # noqa: F811
    """The doctor's finding on the platform's statements."""

    def look():
        return next(one for one in run("doctor --json").json["checks"] if one["name"] == "statements")

    return look


def test_statements_of_whoever_launched_are_well(house, said):
    house.complete("moodle", "4", ["cd-01"])
    assert said()["state"] == "ok"


def test_none_yet_merely_waits(said):
    assert said()["state"] == "waits"


def test_an_lms_that_names_its_people_by_another_address_is_told_so(house, said):
    """The site's address was changed, or it is another one inside: every statement is stored and flagged, none counts."""
    at = house.clock()
    assert house.post("moodle", [completion("http://noibo.example.vn", "4", "cd-01", at)]).status_code == 200
    found = said()
    assert (found["state"], f"other than {ISSUER}" in found["says"]) == ("WRONG", True)


def test_an_lms_that_names_its_people_otherwise_than_at_launch_is_told_so(house, said):
    """Usernames or pseudonyms in place of ids, or Open edX without the custom parameter."""
    house.complete("moodle", "lan.nguyen", ["cd-01"])
    found = said()
    assert (found["state"], "nobody who has launched" in found["says"]) == ("WRONG", True)


def test_whoever_launched_a_moment_ago_is_not_missed_yet(house, said):
    house.complete("moodle", "4", ["cd-01"])
    house.launch("moodle", sub="77")
    assert said()["state"] == "ok"
