"""An analyst whose credential is limited to units sees the statements of their people, through the whole tool."""

from datetime import UTC, datetime

from lti_tool.ledger import due
from lti_tool.people import roster, units
from lti_tool.people.units import Unit
from tests.assembly import assembled
from xapi.access import Limits

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"
SHEET = "code,family_name,given_name,province,sub:moodle\n1,Trần,Lan,Hà Nội,41\n2,Trần,Minh,Cà Mau,42\n"


def enlist(house):
    with house.tool.database.transaction() as connection:
        units.load(connection, [Unit("01", "Hà Nội", "province"), Unit("96", "Cà Mau", "province")])
        known, issuers = units.known(connection), {"moodle": ISSUER}
        said = {"who": "t", "now": NOW, "mark": due.mark}
        report = roster.import_(connection, SHEET.encode(), issuers=issuers, units=known, **said)
    assert not report.problems


def test_the_people_of_a_unit_are_the_rosters(tmp_path):
    with assembled(tmp_path, NOW) as house:
        house.add_platform("moodle", ISSUER)
        house.load()
        house.add_credential("hanoi", ["statements/read"], limits=Limits(units=("01",)))
        enlist(house)
        for sub in ("41", "42", "43"):
            house.complete("moodle", sub, ["cd-01"])
        answer = house.browser().get("/xapi/statements", headers=house.basic("hanoi"))
        assert [one["actor"]["account"]["name"] for one in answer.json["statements"]] == ["41"]
