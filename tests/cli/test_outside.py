"""Other record stores by command: followed, tied, sent statements, and spoken of by the doctor."""

import json
from uuid import uuid4

import pytest

from lti_tool.cli import doctor_outside
from lti_tool.handlers.collect import Collect
from lti_tool.ledger import due
from lti_tool.pages.standings import practice_authority
from tests.handlers.house import account
from tests.handlers.test_collect import LMS, made
from tests.xapi.outside import KEY, SECRET, storing
from xapi import forwarding
from xapi.external import LrsUnanswered
from xapi.identity import key
from xapi.intake import IntakePolicy
from xapi.probing import probe

URL = "https://lrs.example.vn/xapi"
BASE_URL = "http://127.0.0.1:8200"


@pytest.fixture
def store():
    with storing() as found:
        yield found


@pytest.fixture
def secret_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text("bí mật\n", encoding="utf-8")
    return file


@pytest.fixture
def follow(store, database, now):
    handler = Collect(
        database,
        store.external(),
        lambda _, source: IntakePolicy(source, source),
        lambda: now,
        due.on_saved,
        lambda lrs: probe(lrs, BASE_URL),
    )
    return handler.page


@pytest.fixture
def external(run, store):
    """Runs a command of an installation with this external store."""
    access = {"DONGHANH_LRS_URL": store.url, "DONGHANH_LRS_KEY": KEY, "DONGHANH_LRS_SECRET": SECRET}
    return lambda line: run(line, **access)


def add(run, secret_file, more=""):
    return run(f"forward add --name aspects --url {URL} --key k --secret-file {secret_file} {more}")


def test_a_forward_is_added_paused_resumed_and_removed(run, lms, secret_file, database):
    assert add(run, secret_file, "--platform lms --verb http://x.vn/v --pseudonymous").code == 0
    (one,) = run("forward list --json").json
    assert (one["name"], one["state"], one["behind"], one["parked"]) == ("aspects", "sending", 0, 0)
    assert one["choice"]["sources"] == ["https://lms.example.vn"]
    assert (one["choice"]["pseudonymous"], one["choice"]["without_names"]) == (True, False)
    assert one["choice"]["left_out"] == [key(practice_authority(BASE_URL))]
    with database.reading() as connection:
        assert "bí mật" not in forwarding.list_(connection)[0].secret
    assert run("forward pause aspects").code == 0
    assert run("forward list --json").json[0]["state"] == "paused"
    assert run("forward resume aspects").code == 0
    assert run("job list --json").json[0]["kind"] == "forward"
    assert run("forward retry aspects --json").json == {"again": 0}
    assert run("forward parked aspects").out == "(none)\n"
    assert run("forward remove aspects").code == 0
    assert run("forward list").out == "(none)\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("forward pause nobody", "there is no forward"),
        ("forward add --name a --url lrs --key k --secret-file {file}", "--url"),
        ("forward add --name a --url https://x.vn --key k --secret-file {file}.gone", "gone"),
        (
            "forward add --name a --url https://x.vn --key k --secret-file {file} --platform no",
            "no platform",
        ),
        ("external show", "DONGHANH_LRS_URL is not set"),
        ("report verify --external", "DONGHANH_LRS_URL"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(run, secret_file, line, says):
    said = run(line.format(file=secret_file))
    assert said.code != 0
    assert says in said.err


def test_a_name_is_taken_once(run, secret_file):
    add(run, secret_file)
    assert "already" in add(run, secret_file).err


def test_an_authority_is_seen_tied_and_untied(external, lms, store, follow, database):
    store.put(made(0, authority=LMS, actor=account("7", "https://lms.example.vn")))
    follow()
    shown = external("external show --json").json
    (one,) = [one for one in shown["authorities"] if one["value"] == LMS]
    assert one["source"] is None
    assert external(f"external tie {one['key'][:8]} --platform lms").code == 0
    follow()
    assert external(f"external tie {one['key']}").code == 2
    assert external("external tie zzz --keeper").code == 1
    table = external("external show").out
    assert "the LMS's client" in table
    assert "https://lms.example.vn" in table
    assert external(f"external untie {one['key']}").code == 0
    assert external("external show --json").json["authorities"][0]["source"] is None


def test_the_doctor_says_what_a_store_cannot_do(store, follow, database):
    """This one ignores every filter but `since`, as some ignore `registration`: with everything, and without a word."""
    follow()
    found = list(doctor_outside.external(database, store.external(), BASE_URL))
    says = " ".join(one.says for one in found)
    assert "`registration`" in says
    assert "`related_agents`" in says
    states = {one.name: one.state for one in found}
    assert (states["authorities"], states["following"]) == ("waits", "ok")


def test_the_doctor_names_the_query_a_store_falls_over_and_what_it_does_not_do_besides(store, database):
    """Ralph on ClickHouse's engine falls over `since` and ignores `registration`; whoever follows it waits till all is known."""
    store.falls_over = "since"
    found = list(doctor_outside.external(database, store.external(), BASE_URL))
    (fault,) = [one for one in found if "answered 500, to a query by agent, limit, since" in one.says]
    assert fault.state == "WRONG"
    assert "`registration`" in " ".join(one.says for one in found)
    assert not [one for one in found if "`since`" in one.says]  # nobody knows what it goes by
    with pytest.raises(LrsUnanswered, match="since"):
        probe(store.external(), BASE_URL)


def test_the_doctor_asks_no_more_of_a_store_that_went_away_meanwhile(store, database):
    lrs = store.external()
    store.refuses = lambda _: setattr(lrs.remote, "endpoint", "http://127.0.0.1:1/xapi")
    (one,) = doctor_outside.external(database, lrs, BASE_URL)
    assert (one.state, "cannot be reached" in one.says) == ("WRONG", True)


def test_the_doctor_says_that_a_store_is_away_or_locked(store, database):
    store.away, store.status = True, 500
    (one,) = doctor_outside.external(database, store.external(), BASE_URL)
    assert (one.state, "500" in one.says) == ("WRONG", True)
    store.status = 401
    found = list(doctor_outside.external(database, store.external(), BASE_URL))
    assert {"WRONG"} == {one.state for one in found if "may not read" in one.says}


def test_the_doctor_names_a_receiver_that_refuses_and_one_that_is_away(run, secret_file, database, now):
    add(run, secret_file)

    def says():
        with database.reading() as connection:
            return [(one.state, one.says) for one in doctor_outside.forwards(connection)]

    assert says() == [("ok", "aspects: 0 delivered")]
    with database.transaction() as connection:
        one = forwarding.list_(connection)[0]
        piece = (1, str(uuid4()), json.dumps({}))
        forwarding.moved(connection, one, 1, [piece], [(piece, "400: no")], now)
    assert "1 statements refused" in says()[0][1]
    with database.transaction() as connection:
        forwarding.failed(connection, forwarding.list_(connection)[0], "answered 503")
    assert says()[0][0] == "WRONG"
