"""privacy export and erase, as an operator types them."""

import json
import stat

import pytest
from sqlalchemy import select

from lti_tool.base.tables import audit
from lti_tool.ledger import due
from lti_tool.people import learners, roster, units
from lti_tool.people.units import Unit

LMS = "https://lms.example.vn"
SHEET = "code,family_name,given_name,province,sub:lms\n079001,Nguyễn Thị,Lan,Hà Nội,7\n079002,Nguyễn Thị,Lan,Hà Nội,8\n"


@pytest.fixture
def lan(run, lms, database, now):
    with database.transaction() as connection:
        units.load(connection, [Unit("01", "Hà Nội", "province")])
        known = units.known(connection)
        roster.import_(
            connection, SHEET.encode(), issuers={"lms": LMS}, units=known, who="t", now=now, mark=due.mark
        )
        return learners.search(connection, "079001")[0]


def test_an_export_is_a_new_file_for_its_owner_only_and_is_audited(run, lan, tmp_path, database):
    file = tmp_path / "lan.json"
    said = run(["privacy", "export", lan, "--to", str(file), "--json"])
    assert (said.code, said.json["learner"]) == (0, lan)
    assert "Nguyễn Thị" in file.read_text(encoding="utf-8")
    assert "079002" not in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run(["privacy", "export", lan, "--to", str(file)])
    assert (again.code, "is there already" in again.err) == (1, True)
    with database.reading() as connection:
        kept = connection.execute(select(audit.c.act, audit.c.subject)).all()
    assert ("privacy.export", f"learner:{lan}") in [tuple(one) for one in kept]


def test_a_dry_run_counts_and_changes_nothing_then_the_person_is_gone(run, lan, database):
    dry = run(["privacy", "erase", "079001", "--reason", "letter 7", "--dry-run", "--json"])
    assert (dry.json["dry_run"], dry.json["statements"]) == (True, 0)
    assert run(["learner", "show", "079001", "--json"]).json["name"] == "Nguyễn Thị Lan"
    said = run(["privacy", "erase", "079001", "--reason", "letter 7", "--wait", "0"])
    assert (said.code, "roster: 1" in said.out) == (0, True)
    assert run(["learner", "show", "079001"]).code == 1
    shown = json.loads(run(["learner", "show", lan, "--json"]).out)
    assert (shown["name"], shown["unit"]) == (None, "01")
    assert run(["learner", "show", "079002", "--json"]).json["name"] == "Nguyễn Thị Lan"


def test_a_name_of_two_learners_is_refused(run, lan):
    said = run(["privacy", "erase", "Lan", "--reason", "letter 7"])
    assert (said.code, "2 learners" in said.err) == (1, True)


def test_the_ages_are_shown_and_a_dry_run_removes_nothing(run, tmp_path):
    assert run("privacy retention show --json").json["evidence"] is None
    assert run("privacy retention run --dry-run --json").json == {
        "dry_run": True,
        "removed": dict.fromkeys(("other", "practice", "questions", "sessions", "quarantine", "audit"), 0),
    }
    wrong = tmp_path / "ages.yaml"
    wrong.write_text("evidence: soon\n", encoding="utf-8")
    said = run(f"privacy retention show --file {wrong}")
    assert (said.code, "an age is wanted" in said.err) == (2, True)
