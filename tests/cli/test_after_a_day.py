"""Commands on an installation in which somebody completed the programme: what they say, and the code they end with."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from lti_tool.cli.main import main
from lti_tool.ledger.tables import outcome
from tests.assembly import TEN, assembled
from tests.cli.conftest import Said
from xapi import tables

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"


@pytest.fixture
def house(tmp_path):
    with assembled(tmp_path, NOW) as found:
        found.add_platform("moodle", ISSUER)
        found.load()
        found.launch("moodle")
        found.complete("moodle", "4", TEN)
        found.work()
        yield found


@pytest.fixture
def run(house, capsys):
    settings = house.tool.settings
    environ = {
        "DONGHANH_BASE_URL": settings.base_url,
        "DONGHANH_DATABASE_URL": settings.database_url,
        "DONGHANH_HOME": str(settings.home),
    }

    def run(line):
        code = main(line.split(), environ, house.clock)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


def test_report_verify_ends_with_0_and_after_one_figure_was_corrupted_with_1(house, run):
    sound = run("report verify --json")
    assert (sound.code, sound.json["agrees"], sound.json["statements"]) == (0, True, 10)
    with house.tool.database.transaction() as connection:
        assert connection.execute(update(outcome).values(state="open")).rowcount == 1
    said = run("report verify")
    assert said.code == 1
    assert "the ledger has 1 participants and 0 completions, the statements 1 and 1" in said.out


def test_what_is_quarantined_is_listed_shown_and_tried_again(house, run):
    assert (
        house.post("moodle", [{"actor": {"mbox": "mailto:x@example.vn"}, "verb": {"id": "no iri"}}]).json
        == []
    )
    (waits,) = run("quarantine list --json").json
    assert (waits["source"], waits["field"]) == (ISSUER, "verb.id")
    assert '"no iri"' in run(f"quarantine show {waits['id']}").out
    still = run("quarantine retry --all --json")
    assert (still.code, still.json[0]["stored"]) == (1, 0)
    with house.tool.database.transaction() as connection:  # as a new release that takes more would find it
        good = (
            b'{"actor": {"mbox": "mailto:x@example.vn"}, "verb": {"id": "urn:v"}, "object": {"id": "urn:o"}}'
        )
        connection.execute(update(tables.quarantine).values(raw=good))
    taken = run(f"quarantine retry {waits['id']} --json")
    assert (taken.code, taken.json[0]["stored"]) == (0, 1)
    assert run("quarantine list --json").json == []
    assert run("quarantine retry 99").code == 1


def test_a_certificate_is_shown_written_and_verified(house, run, tmp_path):
    with house.tool.database.reading() as connection:
        number = connection.exec_driver_sql("SELECT number FROM certificate_certificate").scalar_one()
    shown = run(f"certificate show {number.lower()} --pdf {tmp_path / 'one.pdf'} --json").json
    assert (shown["number"], shown["name"], shown["document"]) == (number, "Trần Thị Bưởi", "issued")
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    verified = run(f"certificate verify {number} --json")
    assert (verified.code, verified.json["answer"]) == (0, "valid")


def test_a_learner_is_shown_with_what_proves_it(run):
    shown = run("learner show Bưởi --json").json
    (found,) = shown["outcomes"]
    assert (found["state"], len(found["proof"])) == ("met", 10)
