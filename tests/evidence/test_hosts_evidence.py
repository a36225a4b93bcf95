"""How many of each kind of statement became evidence: sent by both hosts as they send, decided by the assembled application.

The tables are in `expected/`: a line a kind. Sent, stored (an equal statement sent again is stored once), quarantined, flagged, facts
about a known learner, about an activity of a topic, in the proof of a done topic.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.assembly import Assembly, assembled
from tests.evidence.counting import Became, Ledger, all_facts, done_topics, kind_of, quarantined
from tests.evidence.sending import (
    BLOCK,
    MAPPINGS,
    MOODLE,
    OPENEDX,
    Json,
    Rows,
    accounts,
    arrive_in_moodle,
    arrive_in_openedx,
    as_another,
    in_order,
    person_of,
    recorded,
    speaking,
)

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
PROGRAMME = "kns-2025"
EXPECTED = Path(__file__).parent / "expected"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
FORMS = ("external_id", "mbox", "mbox_sha1sum", "the standard's mbox_sha1sum")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Assembly]:
    """Both hosts, the real programme, and which activities of each make which topic."""
    with assembled(tmp_path, NOW) as found:
        found.add_platform("moodle", MOODLE)
        found.add_platform("openedx", OPENEDX, "openedx")
        found.load()
        for text in MAPPINGS:
            found.map(text)
        yield found


@pytest.fixture
def ledger(house: Assembly) -> Ledger:
    return Ledger(house)


def rows_of(*names: str) -> Rows:
    """Our own recorded statements under their kinds."""
    return [
        (kind_of(statement, kind), statement)
        for name in names
        for kind, statement in in_order(recorded(name))
    ]


def table(name: str) -> dict[str, Became]:
    """What is expected of each kind."""
    lines = (EXPECTED / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {kind: Became(*map(int, numbers)) for kind, *numbers in (line.split("\t") for line in lines)}


def facts(house: Assembly) -> int:
    with house.tool.database.reading() as connection:
        return len(all_facts(connection))


def test_of_all_that_moodle_sends_only_completions_of_mapped_activities_prove_topics(
    house: Assembly, ledger: Ledger
):
    early, late = rows_of("moodle"), as_another(rows_of("moodle"), 1000)
    arrive_in_moodle(house, accounts(early))
    ledger.post("moodle", early + late)  # 60 without ids, in batches of 30
    assert house.post("moodle", []).status_code == 200
    house.work()
    arrive_in_moodle(house, accounts(late))  # people whose statements came before their first launch
    house.work()
    assert ledger.became() == table("moodle")
    done = {"5": {"cd-01", "cd-02", "cd-04", "cd-09"}, "7": {"cd-06", "cd-07"}, "14": {"cd-08"}}
    people = {sub: topics for short, topics in done.items() for sub in (f"20{short:0>2}", f"30{short:0>2}")}
    assert done_topics(house, PROGRAMME) == people


def test_a_batch_that_moodle_sends_again_after_a_lost_reply_changes_nothing(house: Assembly, ledger: Ledger):
    rows = rows_of("moodle")
    arrive_in_moodle(house, accounts(rows))
    ledger.post("moodle", rows)
    house.work()
    before, topics = ledger.became(), done_topics(house, PROGRAMME)
    house.clock.pass_by(minutes=1)
    ledger.post("moodle", rows)
    house.work()
    after = ledger.became()
    assert {kind: one._replace(sent=one.sent // 2) for kind, one in after.items()} == before
    assert done_topics(house, PROGRAMME) == topics


@pytest.mark.parametrize("form", FORMS)
def test_of_all_that_open_edx_sends_the_same_becomes_evidence_whatever_it_calls_its_people(
    house: Assembly, ledger: Ledger, form: str
):
    rows = rows_of("openedx-aggregator", "openedx")
    arrive_in_openedx(house, accounts(rows), by=form)
    ledger.put("openedx", speaking(rows, form))
    house.work()
    assert ledger.became() == table("openedx")
    person = [person_of(name)["sub"] for name in accounts(rows)]
    found = done_topics(house, PROGRAMME)
    assert set(found) <= set(person)
    assert sorted(map(sorted, found.values())) == [
        ["cd-01", "cd-02", "cd-03", "cd-05", "cd-06", "cd-08", "cd-09"],
        ["cd-06", "cd-07"],
        ["cd-10"],
    ]


def test_open_edx_sending_in_batches_becomes_the_same_topics(house: Assembly):
    rows = rows_of("openedx-aggregator", "openedx")
    arrive_in_openedx(house, accounts(rows), by="external_id")
    answer = house.post("openedx", [statement for _, statement in rows])
    assert (answer.status_code, len(answer.json)) == (200, len(rows) - 10)
    house.work()
    assert sorted(map(len, done_topics(house, PROGRAMME).values())) == [1, 2, 7]
    assert sum(quarantined(house).values()) == 10


def test_chapter_sequential_vertical_and_course_under_one_id_are_four_facts(house: Assembly, ledger: Ledger):
    rows = rows_of("openedx-aggregator")
    assert len({statement["id"] for _, statement in rows}) == 1
    arrive_in_openedx(house, accounts(rows), by="external_id")
    for _ in range(2):  # and again, after a time-out
        ledger.put("openedx", rows)
        house.work()
        assert facts(house) == 4
        done = list(done_topics(house, PROGRAMME).values())
        assert done == [{"cd-01", "cd-02", "cd-03"}]  # the course is half done


def test_what_is_said_of_people_the_platform_does_not_know_is_kept_flagged_and_is_nobodys(
    house: Assembly, ledger: Ledger
):
    answer = house.launch("openedx", sub="a-person", email="unknown@example.com")
    assert answer.status_code == 303
    ledger.put("openedx", rows_of("openedx-mbox"))
    house.work()
    became = ledger.became().values()
    assert all(one.flagged == one.stored and not (one.facts or one.about or one.proves) for one in became)
    assert (sum(one.sent for one in became), sum(one.stored for one in became)) == (34, 32)
    assert done_topics(house, PROGRAMME) == {}


def test_statements_about_another_platforms_people_are_kept_flagged_and_never_evidence(
    house: Assembly, ledger: Ledger
):
    rows = rows_of("moodle")
    arrive_in_moodle(house, accounts(rows))
    house.add_platform("other", "https://khac.example.vn")
    ledger.post("other", rows)
    house.work()
    became = ledger.became().values()
    assert all(one.flagged == one.stored == one.sent and one.facts == 0 for one in became)
    assert done_topics(house, PROGRAMME) == {}


def completion(
    verb: str, *, cmid: int = 9, sub: str = "2005", second: int = 51, result: Json | None = None
) -> Json:
    """A module's completion in the shape that was recorded, about another module, person, second or result."""
    wanted = {"completed": "completion_page_done", "uncompleted": "completion_page_uncompleted"}[verb]
    found = dict(next(statement for kind, statement in recorded("moodle") if kind == wanted))
    account = {**found["actor"]["account"], "name": sub}
    found["actor"] = {**found["actor"], "account": account}
    found["object"] = {**found["object"], "id": f"{MOODLE}/mod/page/view.php?id={cmid}"}
    found["timestamp"] = f"2025-12-04T20:10:{second:02}.000Z"
    return found if result is None else {**found, "result": result}


@pytest.mark.parametrize(
    ("verbs", "done"),
    [
        (["completed", "uncompleted", "completed"], True),
        (["uncompleted", "completed"], True),
        (["completed", "uncompleted"], False),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_within_one_second_the_order_of_arrival_decides(
    house: Assembly, verbs: list[str], done: bool, together: bool
):
    arrive_in_moodle(house, ["2005"])
    sent = [completion(verb) for verb in verbs]
    for batch in [sent] if together else [[one] for one in sent]:
        assert house.post("moodle", batch).status_code == 200
        house.work()
    assert done_topics(house, PROGRAMME) == ({"2005": {"cd-01"}} if done else {})


def test_a_quiz_that_was_failed_is_a_fact_and_completes_nothing(house: Assembly):
    arrive_in_moodle(house, ["2008"])
    failed = {"completion": True, "success": False}
    house.post("moodle", [completion("completed", cmid=12, sub="2008", result=failed)])
    house.work()
    assert (facts(house), done_topics(house, PROGRAMME)) == (1, {})
    house.post(
        "moodle", [completion("completed", cmid=12, sub="2008", second=59, result={"completion": True})]
    )
    house.work()
    assert done_topics(house, PROGRAMME) == {"2008": {"cd-03"}}


def test_a_topic_of_three_activities_is_open_until_all_three(house: Assembly):
    arrive_in_moodle(house, ["2005"])
    for number, cmid in enumerate((9, 10, 12), 1):
        house.post("moodle", [completion("completed", cmid=cmid, second=number)])
        house.work()
        assert ("cd-10" in done_topics(house, PROGRAMME)["2005"]) is (number == 3)


def test_the_completion_of_our_own_block_is_never_evidence(house: Assembly, ledger: Ledger):
    moodles = [row for row in rows_of("moodle") if "/mod/lti/" in row[1]["object"]["id"]]
    arrive_in_moodle(house, accounts(moodles))
    ledger.post("moodle", moodles)
    template = next(
        row for kind, row in recorded("openedx") if kind == "edx.completion.block_completion.changed"
    )
    block = f"{OPENEDX}/xblock/{BLOCK}lti_consumer+block@giaychungnhan"
    scored = {**template, "id": str(uuid4()), "object": {**template["object"], "id": block}}
    house.map(MAPPINGS[1].replace("type@problem+block@*", "type@lti_consumer+block@*"))
    arrive_in_openedx(house, accounts([("", scored)]), by="external_id")
    ledger.put("openedx", [("progressed our own block", scored)])
    house.work()
    became = ledger.became()
    assert became["progressed our own block"] == Became(sent=1, stored=1, facts=1)
    assert all(one.about == one.proves == 0 for one in became.values())
    assert done_topics(house, PROGRAMME) == {}


def test_a_voiding_by_another_authority_takes_no_evidence_back_and_by_its_own_does(house: Assembly):
    arrive_in_moodle(house, ["2005"])
    [statement_id] = house.post("moodle", [completion("completed")]).json
    house.add_platform("other", "https://khac.example.vn")
    house.add_credential("a client", ["statements/write"])
    voiding = {
        "actor": {"account": {"homePage": MOODLE, "name": "2002"}},
        "verb": {"id": VOIDED},
        "object": {"objectType": "StatementRef", "id": statement_id},
    }
    for label in ("other", "a client"):
        house.post(label, [voiding])
        house.work()
        assert done_topics(house, PROGRAMME) == {"2005": {"cd-01"}}
    assert house.post("moodle", [voiding]).status_code == 200
    house.work()
    assert done_topics(house, PROGRAMME) == {}


def test_the_same_statements_by_a_credential_of_no_platform_are_stored_and_never_evidence(house: Assembly):
    arrive_in_moodle(house, ["2005"])
    house.add_credential("a learner's own", ["statements/write"])
    assert house.post("a learner's own", [completion("completed")]).status_code == 200
    house.work()
    assert (facts(house), done_topics(house, PROGRAMME)) == (0, {})


def test_of_thirty_one_that_is_wrong_waits_alone(house: Assembly):
    arrive_in_moodle(house, ["2005"])
    batch = [completion("completed", cmid=1000 + number) for number in range(29)]
    batch.insert(7, {**completion("completed"), "verb": {"id": "completed"}})
    batch[-1] = completion("completed", cmid=9)
    answer = house.post("moodle", batch)
    assert (answer.status_code, len(answer.json)) == (200, 29)
    house.work()
    assert quarantined(house) == {MOODLE: 1}
    assert done_topics(house, PROGRAMME) == {"2005": {"cd-01"}}
