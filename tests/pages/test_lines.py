"""The log: a line for every answer, but none for a statement that was taken as it should be."""

import pytest

from tests.assembly import at_moodle, completion
from tests.conftest import NOW

ISSUER = "https://hoc.example.vn"


@pytest.fixture
def house(tmp_path):
    with at_moodle(tmp_path, NOW, ISSUER) as house:
        yield house


@pytest.fixture
def answers(caplog):
    """Status and method of every answer that has a line so far."""
    caplog.set_level("INFO")

    def told():
        found = [one.fields for one in caplog.records if one.getMessage() == "request"]
        return [(one["method"], one["status"]) for one in found]

    return told


def test_statements_that_were_taken_have_no_line_and_whatever_else_was_answered_has_one(house, answers):
    statement = completion(ISSUER, "4", "cd-01", NOW)
    assert house.post("moodle", [statement]).status_code == 200
    assert answers() == []
    assert house.post("admin", [{"actor": "nobody"}]).status_code == 400
    house.browser().get("/xapi/statements", headers=house.basic("admin"))
    house.browser().get("/healthz")
    assert answers() == [("POST", 400), ("GET", 200), ("GET", 200)]
