"""The figures can be reproduced from nothing but the statements, and a figure that cannot is named."""

from datetime import UTC, datetime

from sqlalchemy import update

from lti_tool.ledger import due
from lti_tool.ledger.tables import outcome
from lti_tool.reports import figures
from lti_tool.reports.figures import WHOLE, Count
from tests.handlers.house import MOODLE
from tests.reports.conftest import policy
from xapi import quarantine
from xapi.retrying import retry
from xapi.tables import quarantine as quarantine_table

UNCOMPLETED = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def void(target):
    return {
        "actor": {"mbox": "mailto:keeper@example.vn"},
        "verb": {"id": VOIDED},
        "object": {"objectType": "StatementRef", "id": target},
    }


def busy(world):
    """Lan of Hà Nội has completed, Minh of Cà Mau has begun, Hoa is on no list."""
    world.enlist()
    world.send(world.statement("1", "t1"), world.statement("1", "t2", 1))
    world.send(world.statement("2", "t3"))
    world.send(world.statement("3", "t1"))
    learners = [world.launch(sub) for sub in ("1", "2", "3")]
    world.review()
    return learners


def test_the_tools_figures_agree_with_its_statements(world):
    busy(world)
    verdict = world.verify()
    assert verdict.differences == ()
    assert verdict.figures["small"] == {
        (WHOLE, WHOLE): Count(1, 0),
        (WHOLE, "t1"): Count(1, 1),
        ("01", WHOLE): Count(1, 1),
        ("01", "t1"): Count(1, 1),
        ("01", "t2"): Count(1, 1),
        ("96", WHOLE): Count(1, 0),
        ("96", "t3"): Count(1, 1),
    }
    assert verdict.statements == 4


def test_one_corrupted_figure_is_found_and_named(world, database):
    lan, *_ = busy(world)
    with database.transaction() as connection:
        connection.execute(update(outcome).where(outcome.c.learner_id == lan).values(state="open"))
    verdict = world.verify()
    assert not verdict.agrees
    assert any("province 01, whole programme" in one for one in verdict.differences)
    assert any(lan in one for one in verdict.differences)


def test_two_corruptions_that_cancel_out_in_the_sum_are_found(world, database):
    _, minh, hoa = busy(world)
    with database.transaction() as connection:
        rows = {row.learner_id: row.topics for row in connection.execute(outcome.select())}
        for one, other in ((minh, hoa), (hoa, minh)):
            connection.execute(update(outcome).where(outcome.c.learner_id == one).values(topics=rows[other]))
    assert len([one for one in world.verify().differences if "learner" in one]) == 2


def test_what_no_platform_said_counts_nowhere(world):
    world.launch("1")
    world.say(world.other, world.statement("1", "t1"), world.statement("1", "t2"))
    world.send(world.statement("1", "t3", home_page="https://elsewhere.example"))
    world.review()
    verdict = world.verify()
    assert verdict.agrees
    assert verdict.figures["small"] == {}


def test_evidence_voided_by_its_keeper_is_gone_on_both_sides(world):
    world.launch("1")
    first, _ = world.send(world.statement("1", "t1"), world.statement("1", "t2", 1))
    world.say(world.keeper, void(first))
    world.review()
    verdict = world.verify()
    assert verdict.agrees
    assert verdict.figures["small"] == {(WHOLE, WHOLE): Count(1, 0), (WHOLE, "t2"): Count(1, 1)}


def test_a_platform_voiding_what_another_sent_hides_it_but_takes_no_evidence_back(world, database):
    world.launch("1")
    (first,) = world.send(world.statement("1", "t1"))
    own = world.moodle
    with database.transaction() as connection:
        world.moodle = world.credential(
            connection, ["statements/write"], source="https://other.example.vn", host_intake=True
        )
    world.send(void(first))
    world.moodle = own
    world.review()
    verdict = world.verify()
    assert verdict.differences == ()
    assert verdict.figures["small"][WHOLE, "t1"] == Count(1, 1)


def test_a_repeat_in_a_later_request_decides_between_equal_moments_on_both_sides(world):
    world.launch("1")
    done, undone = world.statement("1", "t1"), world.statement("1", "t1", verb=UNCOMPLETED)
    for one in (done, undone, done):
        world.send(one)
    world.review()
    verdict = world.verify()
    assert verdict.differences == ()
    assert verdict.figures["small"][WHOLE, "t1"].completions == 1


def test_more_statements_than_one_page_are_all_read(world):
    world.launch("1")
    for page in range(3):
        world.send(*(world.statement("1", f"x{page}{number}") for number in range(400)))
    world.send(world.statement("1", "t1"))
    world.review()
    verdict = world.verify()
    assert verdict.statements == 1201
    assert verdict.agrees
    assert verdict.figures["small"][WHOLE, "t1"] == Count(1, 1)


def test_work_that_waits_for_the_worker_is_a_difference_with_its_reason(world):
    world.launch("1")
    world.review()
    world.send(world.statement("1", "t1"))
    verdict = world.verify()
    assert not verdict.agrees
    assert verdict.reviews_due == 1


def test_a_learner_known_under_two_ids_is_counted_once_where_they_belong(world, database):
    world.send(world.statement("1", "t1"))
    world.launch("1")
    world.enlist()
    world.review()
    assert world.verify().agrees
    with database.reading() as connection:
        assert figures.figures(connection, "small")["01", "t1"] == Count(1, 1)


def test_a_row_that_can_no_longer_be_read_is_a_difference_and_stops_nothing(world, database):
    lan, *_ = busy(world)
    with database.transaction() as connection:
        connection.execute(update(outcome).where(outcome.c.learner_id == lan).values(topics="[]]"))
    assert any(lan in one for one in world.verify().differences)


def test_a_statement_tried_again_after_the_last_arrival_counts_on_both_sides(world, database):
    """It came in time and lay in quarantine until somebody looked."""
    world.launch("1")
    world.send({**world.statement("1", "t1"), "timestamp": "2025-12-02T25:00:00Z"})
    with database.transaction() as connection:
        (waits,) = quarantine.list_(connection)
        mended = waits.raw.replace(b"T25:", b"T15:")
        connection.execute(update(quarantine_table).values(raw=mended))
    world.review()
    world.now = datetime(2025, 12, 25, tzinfo=UTC)
    with database.transaction() as connection:
        said = {"policy_for": lambda _: policy(MOODLE), "clock": lambda: world.now, "on_saved": due.on_saved}
        assert retry(connection, waits.id, **said).reason == ""
    world.review()
    verdict = world.verify()
    assert verdict.agrees
    assert verdict.figures["small"][WHOLE, "t1"] == Count(1, 1)
