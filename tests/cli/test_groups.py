"""Each group does what its name says."""

import re

import pytest
from sqlalchemy import update

from lti_tool.base import jobs
from lti_tool.base.resources import config_folder
from lti_tool.people import learners, units
from xapi import access, drafts, saving
from xapi.lrs import Sender
from xapi.tables import statement as statement_table

PROGRAMME = config_folder() / "programmes" / "kns-2025.yaml"


def test_an_account_is_made_with_a_one_time_link_and_no_password(run):
    said = run("admin add Lan --json")
    assert said.json["login"] == "lan"
    assert re.fullmatch(r"http://127.0.0.1:8200/console/link/[\w-]{43}", said.json["link"])
    assert run("admin list --json").json[0] | {"units": None} == {
        "login": "lan", "role": "administrator", "units": None, "active": True, "password": False,
    }  # fmt: skip
    again = run("admin add lan")
    assert (again.code, "admin reset" in again.err) == (1, True)
    assert run("admin reset lan --json").json["link"] != said.json["link"]
    assert run("admin disable lan").code == 0


def test_a_platform_is_added_listed_and_removed(run, lms):
    (one,) = run("platform list --json").json
    assert one["deployments"] == ["1", "2"]
    assert one["frame_origins"] == ["https://apps.example.vn"]
    assert one["approved"] is True
    assert (
        "Tool URL: http://127.0.0.1:8200/lti/launch"
        in run(
            "platform add --name b --issuer https://b.vn --client-id a --deployment-id 1 --auth-login-url https://b.vn/a "
            "--token-url https://b.vn/t --jwks-url https://b.vn/k --kind moodle"
        ).out
    )
    assert run("platform remove lms").code == 0
    assert run("platform remove lms").code == 1


def test_a_wrong_value_of_a_platform_names_its_option(run):
    said = run(
        "platform add --name b --issuer b.vn --client-id a --deployment-id 1 --auth-login-url https://b.vn/a "
        "--token-url https://b.vn/t --jwks-url https://b.vn/k"
    )
    assert said.code == 1
    assert "--issuer" in said.err


def test_an_invitation_is_a_link_to_our_registration(run):
    assert run("platform invite --json").json["link"].startswith("http://127.0.0.1:8200/lti/register?")


def test_a_credential_is_given_once_with_its_secret_and_then_serves(run, lms, database, now):
    made = run(
        "credential add --label moodle --scope statements/write --platform lms --host-intake --json"
    ).json
    assert set(made) == {"key", "secret"}
    with database.reading() as connection:
        found = access.authenticate(connection, made["key"], made["secret"], now)
    assert (found.source, found.host_intake) == ("https://lms.example.vn", True)
    assert made["secret"] not in run("credential list --json").out
    assert run(["credential", "revoke", made["key"]]).code == 0
    assert run(["credential", "revoke", made["key"]]).code == 1


def test_an_analysts_credential_has_an_owner_limits_and_an_end(run, database, now):
    with database.transaction() as connection:
        units.load(connection, [units.Unit("66", "Tỉnh mẫu", "province")])
    words = ["credential", "add", "--label", "analyst", "--scope", "statements/read", "--unit", "66"]
    assert run([*words, "--verb", "urn:v", "--days", "90", "--owner", "Sở Nội vụ", "--json"]).code == 0
    (listed,) = run("credential list --json").json
    assert (listed["owner"], listed["used"], listed["expired"]) == ("Sở Nội vụ", None, False)
    assert listed["limits"] == {"verbs": ["urn:v"], "units": ["66"]}
    assert "until " in run("credential list").out
    for wrong in (["--unit", "99"], ["--days", "0"], ["--verb", "completed"], ["--scope", "all"]):
        assert run([*words, *wrong]).code == 1


def test_a_host_intake_needs_a_platform_that_exists(run):
    assert run("credential add --label m --scope statements/write --host-intake").code == 1
    assert run("credential add --label m --scope statements/write --host-intake --platform nope").code == 1


def test_every_subset_of_the_first_programme_is_counted(run):
    said = run(["programme", "check", str(PROGRAMME), "--count"])
    assert (said.code, said.out.strip().splitlines()[-1]) == (0, "14913 of 524288 complete")


def test_a_bad_programme_stops_with_file_line_and_reason(run, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(PROGRAMME.read_text(encoding="utf-8").replace("opens:", "opened:"), encoding="utf-8")
    for command in ("check", "load"):
        said = run(["programme", command, str(bad)])
        assert said.code == 1
        assert re.match(rf"{re.escape(str(bad))}:\d+: ", said.out)
    assert run("programme check nowhere.yaml").code == 1


def test_a_programme_is_loaded_once_and_a_rehearsal_is_open_today(run, clock):
    first = run(["programme", "load", str(PROGRAMME), "--rehearsal", "--json"]).json
    assert (first["new"], first["rehearsal"]) == (True, True)
    assert run(["programme", "load", str(PROGRAMME), "--rehearsal", "--json"]).json["new"] is False
    (listed,) = run("programme list --json").json
    assert listed["opens"] < clock().isoformat() < listed["closes"]


def test_a_roster_names_bad_lines_and_a_dry_run_changes_nothing(run, lms, tmp_path, database):
    sheet = tmp_path / "people.csv"
    sheet.write_text(
        "code,family_name,given_name,sub:lms\n01,Nguyễn Thị,Lan,7\n02,,Minh,8\n", encoding="utf-8"
    )
    dry = run(["roster", "import", str(sheet), "--dry-run"])
    assert dry.code == 1
    assert "line 3: " in dry.out
    with database.reading() as connection:
        assert learners.search(connection, "Lan") == []
    assert run(["roster", "import", str(sheet), "--json"]).json["added"] == 1
    shown = run("learner show Lan --json")
    assert shown.json["name"] == "Nguyễn Thị Lan"
    assert run("learner show nobody").code == 1


def test_a_roster_comes_with_its_units_and_a_dry_run_knows_and_stores_neither(run, tmp_path, database):
    sheet, listed = tmp_path / "people.csv", tmp_path / "units.csv"
    sheet.write_text("code,family_name,given_name,province\n01,Nguyễn Thị,Lan,Huế\n", encoding="utf-8")
    listed.write_text("code,name,level,parent\n46,Huế,province,\n", encoding="utf-8")
    words = ["roster", "import", str(sheet), "--units", str(listed), "--json"]
    assert run([*words, "--dry-run"]).json["added"] == 1
    with database.reading() as connection:
        assert units.known(connection).all() == []
    assert run(words).json["added"] == 1
    with database.reading() as connection:
        assert [one.code for one in units.known(connection).all()] == ["46"]


def test_a_parked_job_is_listed_with_its_reason_and_sent_again(run, database, now):
    with database.transaction() as connection:
        jobs.enqueue(connection, "issue", "x", run_at=now)
    job = jobs.claim(database, now=now, lease=now - now.replace(hour=0), kinds=["issue"])
    with database.transaction() as connection:
        jobs.settle(connection, job, jobs.Park("the disk is full"), now)
    (one,) = run("job list --parked --json").json
    assert one["reason"] == "the disk is full"
    assert run(["job", "retry", one["id"]]).code == 0
    assert run(["job", "retry", one["id"]]).code == 1
    assert run("job list --parked --json").json == []


def test_a_number_that_is_mistyped_or_unknown_is_no_certificate(run):
    assert run("certificate verify 7K3M-0000-0000-0001").code == 1
    assert run("certificate show 7K3M-0000-0000-0001").code == 1


def test_the_figures_of_an_empty_house_agree_and_the_temporary_credential_ends(run):
    run(["programme", "load", str(PROGRAMME)])
    assert run("report verify --json").json["agrees"] is True
    assert all(one["revoked"] for one in run("credential list --json").json)


def test_another_store_that_does_not_answer_is_an_error_in_words(run):
    said = run("report verify --endpoint http://127.0.0.1:1/xapi --key k --secret s")
    assert (said.code, "cannot be reached" in said.err) == (1, True)
    assert run("report verify --endpoint http://127.0.0.1:1/xapi").code == 2


def test_another_stores_secret_may_stand_in_a_file_where_no_list_of_processes_shows_it(run, tmp_path):
    file = tmp_path / "lrs.secret"
    asked = f"report verify --endpoint http://127.0.0.1:1/xapi --key k --secret-file {file}"
    assert run(asked).code == 1
    assert "lrs.secret" in run(asked).err
    file.write_text("\n")
    said = run(asked)
    assert (said.code, "is empty" in said.err) == (2, True)
    file.write_text("s\n")
    assert "cannot be reached" in run(asked).err
    with pytest.raises(SystemExit, match="2"):
        run(f"{asked} --secret s")


def test_a_store_is_checked_and_a_row_that_was_tampered_with_is_named(run, lms, database, now):
    statement = {
        "id": "8b9f8b1e-0000-4000-8000-000000000001",
        "actor": {"mbox": "mailto:lan@example.vn"},
        "verb": {"id": "urn:x"},
        "object": {"id": "urn:y"},
    }
    sender = Sender("a" * 32, {"account": {"homePage": "urn:x", "name": "a"}})
    with database.transaction() as connection:
        arrival = saving.Arrival(drafts.ordinary([statement]), sender)
        saving.save(connection, [arrival], lambda: now)
    sound = run("lrs check --json")
    assert (sound.code, sound.json) == (0, {"ok": True, "last": 1, "complete": True, "faults": []})
    with database.transaction() as connection:
        connection.execute(update(statement_table).values(verb="urn:z"))
    said = run("lrs check")
    assert (said.code, "xapi_statement 8b9f8b1e-0000-4000-8000-000000000001 verb" in said.out) == (1, True)
