"""What is old goes by class and age; whatever an outcome rests on stays, however old."""

from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from sqlalchemy import insert, select

from lti_tool.base.tables import audit
from lti_tool.coaching import desk, tables
from lti_tool.coaching.practice_log import SENDER
from lti_tool.handlers.retention import Keeper
from lti_tool.handlers.retention_reader import CLASSES, RetentionError, read
from lti_tool.ledger import due, outcomes
from lti_tool.ledger.tables import review_due
from lti_tool.people import learners
from lti_tool.reports import figures
from tests import living
from tests.assembly import KNS, TEN, completion
from xapi import access, removing
from xapi.inspection import inspect
from xapi.lrs import Sender
from xapi.tables import agent, quarantine, statement

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"
VIEWED, UNCOMPLETED = (
    "http://id.tincanapi.com/verb/viewed",
    "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted",
)
AGES = read((KNS.parent.parent / "retention.yaml").read_text(encoding="utf-8"), "retention.yaml")
YEAR = read("".join(f"{name}: 365 days\n" for name in CLASSES), "year.yaml")


def live(found):
    found.add_platform("moodle", ISSUER)
    found.add_credential("client", ["all"])
    found.load()
    found.launch("moodle", sub="41", name="Lan")
    found.complete("moodle", "41", TEN)
    taken_back = completion(ISSUER, "42", "cd-01", NOW)
    found.post("moodle", [taken_back, {**taken_back, "verb": {"id": UNCOMPLETED}}])
    views = [
        {**completion(ISSUER, str(sub), f"x-{sub}", NOW), "verb": {"id": VIEWED}} for sub in range(50, 60)
    ]
    found.post("moodle", views)
    found.post("moodle", [completion("https://khac.example.vn", "9", "cd-01", NOW), {"actor": {}}])
    (said,) = found.post("client", completion(ISSUER, "7", "cd-01", NOW)).json
    void = {
        "actor": {"mbox": "mailto:k@example.vn"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
    }
    found.post("client", {**void, "object": {"objectType": "StatementRef", "id": said}})
    practise(found)
    found.work()


def practise(house):
    with house.tool.database.transaction() as connection:
        lan = learners.find(connection, ISSUER, "41")
        own = Sender(SENDER, {"account": {"homePage": "https://tool.example.vn", "name": SENDER}})
        house.tool.lrs.save_in(connection, [completion("https://tool.example.vn", lan, "p", NOW)], own)
        row = {
            "statement_id": "p",
            "learner_id": lan,
            "topic": "t",
            "question": "q",
            "choice": "a",
            "right": True,
        }
        connection.execute(insert(tables.answer).values(**row, answered_at=NOW))
        for number in range(2):
            asked = desk.ask(
                connection, learner_id=lan, programme_key="p", topic=None, text=f"Câu hỏi {number}?", language="vi",
                token=str(number), now=NOW,
            )  # fmt: skip
        desk.answer(connection, asked.number, "Đây.", by="1", now=NOW)


lived, house, house_on_postgresql = living.after(live, NOW)


def run(house, ages, *, dry=False):
    return Keeper(house.tool.database, ages, house.clock).run(who="command", dry=dry)


def counted(house):
    with house.tool.database.reading() as connection:
        return figures.figures(connection, "kns-2025"), outcomes.states(connection, "kns-2025")


def ids(house, column=statement.c.id):
    with house.tool.database.reading() as connection:
        return set(connection.execute(select(column)).scalars())


def test_old_data_goes_by_class_a_dry_run_says_so_first_and_every_outcome_stays(house):
    grow_old(house)


@pytest.mark.postgresql
def test_on_postgresql_too(house_on_postgresql):
    grow_old(house_on_postgresql)


def grow_old(house):
    before, agents = counted(house), ids(house, agent.c.actor_key)
    house.clock.pass_by(days=1000)
    house.post("client", completion(ISSUER, "8", "cd-01", house.clock()))  # new
    dry = run(house, YEAR, dry=True)
    assert dry == {
        "evidence": 10, "other": 3, "practice": 2, "questions": 1, "sessions": 1, "quarantine": 1, "audit": dry["audit"],
    }  # fmt: skip
    assert len(ids(house)) == 27
    assert run(house, YEAR) == dry
    assert len(ids(house)) == 13  # ten of Lan, the taken back and its taking back, the new one
    assert run(house, YEAR, dry=True) == dict.fromkeys(CLASSES, 0)
    with house.tool.database.transaction() as connection:
        due.mark_all(connection)
    house.work()
    assert counted(house) == before
    assert list(inspect(house.tool.database.reading)) == []
    assert len(agents - ids(house, agent.c.actor_key)) >= 10
    with house.tool.database.reading() as connection:
        acts = set(connection.execute(select(audit.c.act)).scalars())
    assert {"award", "privacy.retention"} <= acts


class _Watched:
    """A database whose every transaction is followed by a look."""

    def __init__(self, database, look):
        self.reading, self._database, self._look, self.seen = database.reading, database, look, []

    @contextmanager
    def transaction(self):
        with self._database.transaction() as connection:
            yield connection
        self.seen.append(self._look())


def test_a_class_goes_page_by_page_and_its_owners_are_due_with_their_page(house):
    """On SQLite every statement waits for a writing transaction."""
    with house.tool.database.transaction() as connection:
        bad = {
            "source": ISSUER,
            "credential_key": "k",
            "received": 0,
            "field": "f",
            "reason": "r",
            "raw": b"{}",
        }
        rows = [{**bad, "digest": f"{one:064}", "actor_key": f"owner-{one}"} for one in range(1200)]
        connection.execute(insert(quarantine), rows)
    watched = _Watched(
        house.tool.database,
        lambda: (len(ids(house, quarantine.c.id)), len(ids(house, review_due.c.actor_key))),
    )
    went = Keeper(watched, {"quarantine": YEAR["quarantine"]}, house.clock).run(who="command", dry=False)
    assert went == {"quarantine": 1200}
    pages = [before - after for (before, _), (after, _) in pairwise([(1201, 0), *watched.seen])]
    assert max(pages) <= removing.PAGE
    assert {left + due_ for left, due_ in watched.seen} == {1201}


def test_what_is_young_stays_and_the_packaged_ages_touch_no_evidence(house):
    everything = ids(house)
    assert sum(run(house, YEAR).values()) == 0
    house.clock.pass_by(days=5000)
    assert "evidence" not in run(house, AGES)
    assert {one for one in everything if one not in ids(house)}
    assert ids(house, quarantine.c.id) == set()


def test_a_voiding_statement_stays_while_its_target_does(house):
    """Without it the target would come to light again."""
    (done,) = house.post("moodle", [completion(ISSUER, "41", "cd-11", NOW)]).json
    void = {"objectType": "StatementRef", "id": done}
    actor = {"mbox": "mailto:k@example.vn"}
    (by,) = house.post(
        "client", {"actor": actor, "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}, "object": void}
    ).json
    house.clock.pass_by(days=1000)
    house.post("client", completion(ISSUER, "8", "cd-01", house.clock()))
    run(house, {**YEAR, "evidence": None})
    assert {done, by} <= ids(house)
    assert list(inspect(house.tool.database.reading)) == []


def test_the_newest_statement_stays_so_that_no_number_is_given_twice(house):
    (last,) = house.post("client", completion(ISSUER, "8", "cd-01", NOW)).json
    house.clock.pass_by(days=1000)
    run(house, YEAR)
    assert last in ids(house)


def test_an_old_statement_that_was_sent_again_last_stays_too(house):
    """It holds the highest number: were that given again, whoever follows the numbers would pass over the new statement."""
    old = {**completion(ISSUER, "50", "x-50", NOW), "verb": {"id": VIEWED}}
    house.clock.pass_by(days=1000)
    house.post("client", completion(ISSUER, "8", "cd-01", house.clock()))
    (last,) = house.post("moodle", [old]).json
    run(house, YEAR)
    assert last in ids(house)


def test_removed_credentials_names_stay_known(house):
    house.clock.pass_by(days=1000)
    run(house, YEAR)
    with house.tool.database.reading() as connection:
        assert len(access.list_(connection)) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("evidence: for ever\n", "an age is wanted for each of"),
        (
            "".join(f"{name}: for ever\n" for name in CLASSES).replace(
                "practice: for ever", "practice: 0 days"
            ),
            "f:3: practice",
        ),
        ("".join(f"{name}: 9 days\n" for name in CLASSES) + "more: 1 days\n", "nothing else"),
        ("a: [\n", "f:"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text, says):
    with pytest.raises(RetentionError, match=says):
        read(text, "f")
