"""Outcomes are kept whole."""

from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.ledger import attention, outcomes, plain
from lti_tool.ledger.outcomes import Reviewed
from rules.coaching import Advice, Pace
from rules.completion import Met, Open, OutOfReach, Pending, SetCount, Unknown
from rules.progress import PartState, TopicState
from rules.requirement import Shortfall

AT = datetime(2025, 12, 3, 1, 2, 3, 456789, tzinfo=UTC)
COUNTS = (SetCount("must", 1, 5, 5), SetCount("may", 0, 14, None))
MISSING = (Shortfall(label="must", needed=4, topics=("t2",)),)
FOUND = [
    Met(("s1", "s2"), AT, COUNTS),
    Open(MISSING, COUNTS),
    OutOfReach("closed", MISSING, COUNTS),
    Unknown(Pending(True, False, AT), ("identity",), MISSING, COUNTS),
]
PACE = Pace(timedelta(days=3, microseconds=5), 3, 0, 1, 9, 8, None, 2, False, True)


def reviewed(outcome, learner_id="l1"):
    part = PartState("Video 1", True, AT, "s1", 0.8, True)
    topics = (TopicState("t1", True, AT, ("s1",), 0.8, (part,), "https://lms.example.vn"), TopicState("t2"))
    return Reviewed(
        learner_id, "kns", "2025", 3, outcome, topics, Advice("t2", "compulsory", ("t2",), PACE), AT
    )


@pytest.mark.parametrize("outcome", FOUND, ids=lambda outcome: outcome.state)
def test_what_is_saved_is_what_is_found(database, outcome):
    one = reviewed(outcome)
    with database.transaction() as connection:
        outcomes.save(connection, [reviewed(FOUND[1]), one])
        assert outcomes.of(connection, "l1", "kns") == one
        assert outcomes.of_learners(connection, ["l1", "l2"], "kns") == {"l1": one}
        assert outcomes.states(connection, "kns") == {outcome.state: 1}
    assert one.started
    assert one.proof == (("s1", "s2") if outcome.state == "met" else ())


def test_outcomes_are_listed_page_by_page_and_forgotten(database):
    with database.transaction() as connection:
        outcomes.save(connection, [reviewed(FOUND[0], f"l{n}") for n in range(5)])
        assert [one.learner_id for one in outcomes.listed(connection, "kns", after="l1", limit=2)] == [
            "l2",
            "l3",
        ]
        outcomes.forget(connection, ["l2"])
        outcomes.forget(connection, [])
        assert outcomes.of(connection, "l2", "kns") is None


def test_a_value_json_has_no_word_for_is_refused():
    with pytest.raises(TypeError):
        plain.dumps({1, 2})


def test_a_matter_is_asked_once_while_it_is_open_and_settled_once(database, now):
    with database.transaction() as connection:
        assert attention.ask(connection, attention.PROOF_LOST, "l1", "kns", {"number": "n"}, now)
        assert not attention.ask(connection, attention.PROOF_LOST, "l1", "kns", {"number": "n"}, now)
        (matter,) = attention.open_(connection)
        assert attention.settle(connection, matter.id, who="staff:1", reason="looked at it", now=now)
        assert not attention.settle(connection, matter.id, who="staff:1", reason="again", now=now)
        assert attention.open_(connection) == []
        assert attention.ask(connection, attention.PROOF_LOST, "l1", "kns", {"number": "n"}, now)
