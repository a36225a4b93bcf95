"""The doctor names what is wrong, in words."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import insert

from lti_tool.base.database import Database
from lti_tool.base.resources import config_folder
from lti_tool.base.tables import heartbeat
from tests.loopback import Answering, listening

PROGRAMME = config_folder() / "programmes" / "kns-2025.yaml"


@pytest.fixture
def keyring():
    """A platform that publishes keys and says a time we choose."""

    class Answer(Answering):
        date, body = None, b'{"keys": [{}]}'

        def answer(self):
            self.say(200, Answer.body, {"Date": Answer.date})

    with listening(Answer) as port:
        Answer.url = f"http://127.0.0.1:{port}"
        yield Answer


@pytest.fixture
def well(run, keyring, tmp_path, now):
    """An installation with nothing wrong, on a migrated database of its own."""
    keyring.date = format_datetime(now, usegmt=True)
    fresh = {"DONGHANH_DATABASE_URL": f"sqlite:///{tmp_path / 'fresh.db'}"}

    def go(line):
        return run(line, **fresh)

    go("migrate")
    go(["programme", "load", str(PROGRAMME)])
    go(
        f"platform add --name lms --issuer {keyring.url} --client-id a --deployment-id 1 --auth-login-url {keyring.url} "
        f"--token-url {keyring.url} --jwks-url {keyring.url}/jwks"
    )
    keys = tmp_path / "home" / "keys"  # as a first start makes them
    (keys / "lti").mkdir(parents=True)
    for name in ("lti/0001.pem", "certificates.pem"):
        (keys / name).write_bytes(b"key")
    return go


MAPPING = """\
programme: kns-2025
platform: {source}
topics:
  cd-01: {{needs: all, activities: [{{idnumber: cd-01}}]}}
"""


def beat(tmp_path, at):
    database = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    with database.transaction() as connection:
        connection.execute(insert(heartbeat).values(name="worker", at=at))
    database.close()


def states(said):
    return {one["name"]: one["state"] for one in said.json["checks"]}


def test_a_healthy_installation_is_told_so(well, tmp_path, now):
    beat(tmp_path, now)
    said = well("doctor --json")
    assert set(states(said).values()) == {"ok"}
    assert (said.code, said.json["ok"]) == (0, True)


def test_a_clock_that_differs_is_named_with_its_seconds(well, keyring, tmp_path, now):
    beat(tmp_path, now)
    keyring.date = format_datetime(now - timedelta(seconds=300), usegmt=True)
    said = well("doctor")
    assert said.code == 1
    assert "300 s ahead of lms's" in said.out


def test_a_silent_worker_is_named(well, tmp_path, now):
    assert "was never heard" in well("doctor").out
    beat(tmp_path, now - timedelta(hours=1))
    assert "silent for 3600 s" in well("doctor").out


def test_a_platform_without_keys_is_named(well, keyring, tmp_path, now):
    beat(tmp_path, now)
    keyring.body = b"<html>"
    said = well("doctor --json")
    assert (said.code, states(said)["platforms"]) == (1, "WRONG")


def test_a_database_of_another_release_is_named(run, tmp_path):
    said = run("doctor --json", DONGHANH_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert states(said)["migrations"] == "WRONG"


def test_a_wrong_setting_is_a_finding_too(run):
    said = run("doctor --json", DONGHANH_BASE_URL="http://tool.example.vn")
    assert (said.code, states(said)) == (1, {"settings": "WRONG"})


def test_a_topic_that_nothing_maps_to_is_named(well, keyring, tmp_path, now):
    beat(tmp_path, now)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING.format(source=keyring.url), encoding="utf-8")
    assert well(["mapping", "import", str(mapping)]).code == 0
    said = well("doctor")
    assert said.code == 1
    assert f"on {keyring.url}: nothing maps to cd-02, cd-03" in said.out
    assert well("mapping list --json").json[0]["unmapped"][:2] == ["cd-02", "cd-03"]


def test_a_mapping_that_names_no_registered_lms_is_said_to_be_of_no_use(well, keyring, tmp_path):
    """A name, or an address with a slash too many, in place of the issuer: nothing would ever look it up."""
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(MAPPING.format(source="lms"), encoding="utf-8")
    said = well(["mapping", "import", str(mapping)])
    assert f"nothing uses it; registered: {keyring.url}" in said.out
    mapping.write_text(MAPPING.format(source=keyring.url), encoding="utf-8")
    assert well(["mapping", "import", str(mapping), "--json"]).json["registered"] is True


def test_a_lost_key_is_named(well, tmp_path, now):
    beat(tmp_path, now)
    for file in (tmp_path / "home" / "keys" / "lti").iterdir():
        file.unlink()
    said = well("doctor --json")
    assert (said.code, states(said)["keys"]) == (1, "WRONG")
