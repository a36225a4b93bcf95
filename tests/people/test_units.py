"""The tree of units."""

import time
from pathlib import Path

import pytest

from lti_tool.people import units

SAMPLE = Path(units.__file__).parents[2] / "config" / "units.csv"


def test_the_sample_file_loads_and_loading_it_again_changes_nothing(database):
    found = units.read(SAMPLE.read_text(encoding="utf-8"))
    with database.transaction() as connection:
        assert units.load(connection, found) == units.load(connection, found) == len(found)
        assert sorted(units.known(connection).all(), key=str) == sorted(found, key=str)


def test_a_unit_is_found_by_code_or_by_a_name_that_only_one_has():
    known = units.Units(
        [
            units.Unit("01", "Hà Nội", "province"),
            units.Unit("24", "Bắc Ninh", "province"),
            units.Unit("a", "Yên Thế", "commune", "01"),
            units.Unit("b", "Yên Thế", "commune", "24"),
        ]
    )
    assert known.find("province", "bắc ninh") == known.get("24")
    assert known.find("commune", "Yên Thế") is None
    assert known.find("commune", "Yên Thế", "24") == known.get("b")
    assert known.find("commune", "24") is None


def test_a_roster_of_the_whole_country_finds_its_communes_in_seconds():
    """Within one transaction, which the database ends when nothing comes for a minute."""
    communes = [units.Unit(f"c{each}", f"Xã {each}", "commune", "01") for each in range(3300)]
    known = units.Units([units.Unit("01", "Hà Nội", "province"), *communes])
    begun = time.process_time()
    assert [known.find("commune", f"xã {each}", "01") for each in range(3300)] == communes
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("01,,province,", "line 2"),
        ("01,Hà Nội,city,", "line 2"),
        ("01,Hà Nội,province,\n01,Huế,province,", "line 3"),
        ("x,Ba Vì,commune,99", "'x'"),
    ],
)
def test_a_wrong_file_names_the_place(rows, said):
    with pytest.raises(units.UnitsError, match=said):
        units.read(f"code,name,level,parent\n{rows}\n")
