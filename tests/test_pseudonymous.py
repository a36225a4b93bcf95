"""Pseudonymous mode, over the whole house: the record store's tables name nobody, and every join and outcome is as without it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect as look_at
from sqlalchemy import select, text

from lti_tool.app import build, create_app, create_worker
from lti_tool.app.tool import erasure_key
from lti_tool.cli.main import main
from lti_tool.handlers.erasing import Eraser
from lti_tool.ledger import outcomes
from lti_tool.people import learners
from lti_tool.reports import figures
from tests import conftest
from tests.assembly import TEN, assembled, completion, csrf_of
from tests.lti.fake_platform import LTI
from xapi import access, identity, quarantine
from xapi.inspection import inspect
from xapi.masking import PSEUDONYM_HOME
from xapi.quarantine import Bad
from xapi.tables import statement

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER, OPENEDX = "https://hoc.example.vn", "https://khoahoc.example.vn"
MAIL, ACCOUNT = "Suu.LQ@riengtu.example", "e9e9e9e9-0000-4000-8000-000088010235"
NAME = "Sửu Lường Quàng"
KEYS = {
    identity.account_key(ISSUER, "88010231"), identity.account_key(OPENEDX, ACCOUNT), identity.mbox_key(MAIL), *identity.sha1_keys(MAIL),
}  # fmt: skip
WORDS = {"88010231", MAIL, MAIL.lower(), NAME, ACCOUNT, *identity.sha1_forms(MAIL), *KEYS}


def house_in(tmp_path, mode, url=None):
    return assembled(tmp_path, NOW, url, DONGHANH_PSEUDONYMOUS=mode)


def live(house):
    """Joined by account, by xapi_actor, by e-mail and its hash; statements before and after the launches; a bad one; resends."""
    house.add_platform("moodle", ISSUER)
    house.add_platform("openedx", OPENEDX, "openedx")
    house.add_credential("reader", ["all"])
    house.load()
    early = [done(ISSUER, "88010231", topic) for topic in TEN[:5]]
    house.post("moodle", early)
    house.work()
    house.launch("moodle", sub="88010231", name=NAME, email=MAIL)
    house.launch("openedx", sub="edx-1", name=NAME, email=MAIL, **{LTI + "custom": {"xapi_actor": ACCOUNT}})
    house.work()
    house.post("moodle", early)
    house.post("moodle", [done(ISSUER, "88010231", topic) for topic in TEN[5:]])
    house.post("openedx", [done(OPENEDX, ACCOUNT, "cd-11"), by({"mbox": f"mailto:{MAIL}"}, "cd-12")])
    house.post("openedx", [by({"mbox_sha1sum": identity.sha1_forms(MAIL)[0]}, "cd-13")])
    house.post("moodle", [{"actor": agent(), "verb": {}, "object": {"id": "urn:x"}}])
    group = {"objectType": "Group", "name": NAME, "member": [agent()]}
    house.post("moodle", [{**done(ISSUER, "42", "x"), "context": {"team": group, "instructor": agent()}}])
    house.work()


def agent():
    return {"account": {"homePage": ISSUER, "name": "88010231"}, "name": NAME}


def done(home, name, topic):
    return by({"account": {"homePage": home, "name": name}}, topic)


def by(actor, topic):
    return {**completion(ISSUER, "x", topic, NOW), "actor": {**actor, "name": NAME}}


def in_the_store(house):
    """(table, word) of every word that names the person in a table of the record store."""
    found = set()
    with house.tool.database.reading() as connection:
        for table in look_at(house.tool.database.engine).get_table_names():
            if table.startswith("xapi_"):
                cells = "\n".join(
                    _text(cell) for row in connection.execute(text(f"SELECT * FROM {table}")) for cell in row
                )
                found |= {(table, word) for word in WORDS if word in cells}
    return found


def _text(cell):
    return bytes(cell).decode(errors="replace") if isinstance(cell, (bytes, memoryview)) else str(cell)


def told(house):
    """Figures, and each learner's state and topics."""
    with house.tool.database.reading() as connection:
        found = outcomes.listed(connection, "kns-2025")
        states = sorted((one.state, sorted(t.topic for t in one.topics if t.done)) for one in found)
        return figures.figures(connection, "kns-2025"), states


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with house_in(tmp_path_factory.mktemp("plain"), "0") as house:
        live(house)
        assert in_the_store(house)
        return told(house)


def check(house, plain):
    live(house)
    assert in_the_store(house) == set()
    assert told(house) == plain
    assert list(inspect(house.tool.database.reading)) == []


def test_the_tables_of_the_store_name_nobody_and_every_outcome_is_as_without_the_mode(tmp_path, plain):
    with house_in(tmp_path, "1") as house:
        check(house, plain)
        found_by_their_name_and_by_their_pseudonym(house)
        shown_to_staff(house)
        erased(house)


@pytest.mark.postgresql
def test_on_postgresql_too(tmp_path, plain):
    if not conftest.POSTGRES:
        pytest.skip("no PostgreSQL server named by DONGHANH_TEST_POSTGRES")
    with conftest.new_postgresql() as url, house_in(tmp_path, "1", url) as house:
        check(house, plain)


def test_what_was_set_aside_whole_names_nobody_when_it_is_taken_in(tmp_path, capsys):
    """By the console and by the command: a body that nobody could read was kept as it came."""
    with house_in(tmp_path, "1") as house:
        house.add_platform("moodle", ISSUER)
        browser = house.sign_in()
        first, second = (put_aside(house, topic) for topic in TEN[:2])
        csrf = csrf_of(browser.get(f"/console/quarantine/{first}").text)
        browser.post(f"/console/quarantine/{first}/retry", data={"csrf": csrf})
        assert main(["quarantine", "retry", str(second)], environ(house), house.clock) == 0
        assert "taken in" in capsys.readouterr().out
        with house.tool.database.reading() as connection:
            assert len(connection.execute(select(statement.c.id)).all()) == 2
        assert in_the_store(house) == set()


def environ(house):
    return {
        "DONGHANH_BASE_URL": house.tool.settings.base_url,
        "DONGHANH_DATABASE_URL": house.tool.settings.database_url,
        "DONGHANH_HOME": str(house.tool.settings.home),
        "DONGHANH_PSEUDONYMOUS": "1",
    }


def put_aside(house, topic):
    with house.tool.database.transaction() as connection:
        sender = access.find(connection, house.credentials["moodle"][0]).sender()
        raw = json.dumps([done(ISSUER, "88010231", topic)]).encode()
        quarantine.keep(connection, [Bad(None, "", "an older version", raw)], sender, NOW)
        return quarantine.list_(connection)[-1].id


@pytest.mark.parametrize("mode", ["0", "1"])
def test_nothing_anybody_did_is_lost_when_the_mode_is_switched_on_or_off(tmp_path, mode):
    """It is to be decided before the first statement comes; whoever does otherwise must not take a completion back."""
    with house_in(tmp_path, mode) as house:
        house.add_platform("moodle", ISSUER)
        house.load()
        house.launch("moodle", sub="88010231", name=NAME)
        house.post("moodle", [done(ISSUER, "88010231", topic) for topic in TEN[:5]])
        house.work()
        switched(house)
        house.post("moodle", [done(ISSUER, "88010231", topic) for topic in TEN[5:]])
        house.work()
        ((state, topics),) = told(house)[1]
        assert (state, topics) == ("met", sorted(TEN))


def test_the_doctor_counts_what_was_stored_before_the_mode_and_keeps_its_names(tmp_path, capsys):
    with house_in(tmp_path, "0") as house:
        house.add_platform("moodle", ISSUER)
        house.add_credential("other", ["all"])
        named = done(ISSUER, "88010231", "cd-01")
        house.post("moodle", [named, done(ISSUER, "88010231", "cd-02")])
        switched(house)
        house.post("moodle", [named, done(ISSUER, "88010231", "cd-03")])
        house.post("other", [done(ISSUER, "88010232", "cd-03")])
        main(["doctor", "--json"], environ(house), house.clock)
        (said,) = [
            one for one in json.loads(capsys.readouterr().out)["checks"] if one["name"] == "pseudonyms"
        ]
        assert said["state"] == "waits"
        assert said["says"].startswith("2 statements")


def switched(house):
    """The same installation, started with the other mode."""
    settings = replace(house.tool.settings, pseudonymous=not house.tool.settings.pseudonymous)
    house.tool.database.close()
    house.tool = build(settings, clock=house.clock, outbound=house.tool.outbound)
    house.app, house.worker = create_app(house.tool), create_worker(house.tool)


def found_by_their_name_and_by_their_pseudonym(house):
    def query(who):
        sent = {"agent": json.dumps(who)}
        return (
            house.browser()
            .get("/xapi/statements", query_string=sent, headers=house.basic("reader"))
            .json["statements"]
        )

    found = query(agent())
    assert len(found) == 10
    actor = found[0]["actor"]
    assert set(actor) == {"account"}
    assert actor["account"]["homePage"] == PSEUDONYM_HOME
    assert len(query(actor)) == 10


def shown_to_staff(house):
    """Who may see the learner sees who it is; the statements themselves say a pseudonym."""
    browser = house.sign_in()
    page = browser.get("/console/statements")
    answer = browser.post(
        "/console/statements", data={"csrf": csrf_of(page.text), "agent": f"88010231 {ISSUER}"}
    ).text
    assert answer.count("/console/learners/") == 10
    with house.tool.database.reading() as connection:
        learner_id = learners.find(connection, ISSUER, "88010231")
    assert "<code>88010231</code>" in browser.get(f"/console/learners/{learner_id}").text


def erased(house):
    with house.tool.database.reading() as connection:
        learner_id = learners.find(connection, ISSUER, "88010231")
        count = len(connection.execute(select(statement.c.id)).all())
    eraser = Eraser(
        house.tool.database,
        erasure_key(house.tool.settings),
        house.clock,
        lambda: house.clock.pass_by(seconds=3),
    )
    eraser.erase(learner_id, who="command", reason="r")
    house.post("moodle", [done(ISSUER, "88010231", topic) for topic in TEN[5:]])
    house.work()
    with house.tool.database.reading() as connection:
        assert len(connection.execute(select(statement.c.id)).all()) == count
        rows = "\n".join(str(row) for row in connection.execute(text("SELECT * FROM people_pseudonym")))
        assert "88010231" not in rows
        assert len(access.list_(connection)) == 3
