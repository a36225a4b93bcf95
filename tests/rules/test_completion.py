"""Met, open, out of reach or unknown, and with what proof."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.completion import (
    MAX_ENUMERABLE,
    Met,
    Open,
    OutOfReach,
    Pending,
    SetCount,
    Unknown,
    assess,
    count_complete,
)
from rules.progress import TopicState
from rules.requirement import AtLeast, Shortfall
from tests.rules.builders import CLOSES, OPENS, national, programme, states

DURING = OPENS + timedelta(days=8)
SETTLED = CLOSES + timedelta(days=3)
HEARD = Pending(last_heard=CLOSES)
NATIONAL = national()
RANK = {"out_of_reach": 0, "unknown": 1, "open": 1, "met": 2}
TEN = ("t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10")


def test_of_all_subsets_of_the_nineteen_topics_exactly_these_many_complete():
    assert count_complete(NATIONAL) == (14_913, 524_288)


@given(st.sets(st.sampled_from(NATIONAL.topic_keys)))
def test_assess_answers_as_the_rule_is_written(done):
    outcome = assess(NATIONAL, states(*done), Pending(), DURING)
    compulsory = len(done & set(NATIONAL.topic_keys[:5]))
    assert isinstance(outcome, Met) == (compulsory == 5 and len(done) - compulsory >= 5)


def test_a_random_sample_of_subsets_is_complete_as_often_as_the_count_says():
    draw, total, trials = random.Random(19), 0, 2000
    for _ in range(trials):
        done = [topic for topic in NATIONAL.topic_keys if draw.random() < 0.5]
        total += assess(NATIONAL, states(*done), Pending(), DURING).state == "met"
    assert abs(total / trials - 14_913 / 524_288) < 0.012


def test_too_many_topics_are_not_enumerated():
    with pytest.raises(ValueError, match="too many subsets"):
        count_complete(programme(MAX_ENUMERABLE + 1))


def test_met_names_the_moment_and_the_statements_that_made_it_enough():
    outcome = assess(NATIONAL, states(*TEN, "t11"), Pending(), DURING)
    assert isinstance(outcome, Met)
    assert outcome.at == OPENS + timedelta(hours=10)
    assert outcome.proof == tuple(f"proof-{topic}" for topic in TEN)
    assert outcome.counts == (SetCount("must", 5, 5, 5), SetCount("may", 6, 14, 5))


def test_a_statement_that_proves_two_topics_is_named_once():
    both = {key: TopicState(key, True, OPENS, ("same",)) for key in ("t1", "t2")}
    outcome = assess(programme(2), both, Pending(), DURING)
    assert isinstance(outcome, Met)
    assert outcome.proof == ("same",)


def test_open_says_how_many_more_of_which_topics():
    outcome = assess(NATIONAL, states("t1", "t2", "t3", "t4", "t6", "t7"), Pending(), DURING)
    assert isinstance(outcome, Open)
    must, may = outcome.missing
    assert must == Shortfall("must", 1, ("t5",))
    assert (may.label, may.needed, len(may.topics)) == ("may", 3, 12)
    assert [(one.done, one.total, one.needed) for one in outcome.counts] == [(4, 5, 5), (2, 14, 5)]


def test_a_set_the_requirement_does_not_name_needs_nothing():
    outcome = assess(programme(2, AtLeast(1, ("t1", "t2"))), {}, Pending(), DURING)
    assert outcome.counts == (SetCount("every", 0, 2, None),)


@pytest.mark.parametrize("pending", [Pending(), Pending(True, True), Pending(last_heard=OPENS)])
@pytest.mark.parametrize("now", [OPENS, DURING, CLOSES, SETTLED])
def test_met_stays_met_whatever_is_pending(pending, now):
    assert assess(NATIONAL, states(*TEN), pending, now).state == "met"


@pytest.mark.parametrize(
    ("pending", "now", "expected"),
    [
        (Pending(), DURING, "open"),
        (Pending(), OPENS - timedelta(days=1), "open"),
        (Pending(), CLOSES - timedelta(seconds=1), "open"),
        (Pending(identity=True), DURING, ("identity",)),
        (Pending(evidence=True), DURING, ("evidence",)),
        (Pending(True, True, CLOSES), SETTLED, ("identity", "evidence")),
        (Pending(), CLOSES, ("silent", "late")),
        (HEARD, CLOSES, ("late",)),
        (HEARD, SETTLED - timedelta(seconds=1), ("late",)),
        (Pending(last_heard=CLOSES - timedelta(seconds=1)), SETTLED, ("silent",)),
        (Pending(), SETTLED, ("silent",)),
        (HEARD, SETTLED, "closed"),
    ],
)
def test_out_of_reach_only_when_no_statement_can_change_it(pending, now, expected):
    outcome = assess(NATIONAL, states("t1"), pending, now)
    match outcome:
        case Unknown():
            assert outcome.why == expected
            assert outcome.pending == pending
        case OutOfReach():
            assert outcome.why == expected
        case _:
            assert outcome.state == expected
    assert outcome.missing


def test_a_requirement_nobody_can_meet_is_out_of_reach_from_the_start():
    outcome = assess(programme(2, AtLeast(3, ("t1", "t2"))), states("t1"), Pending(identity=True), DURING)
    assert isinstance(outcome, OutOfReach)
    assert outcome.why == "impossible"


def test_topics_the_programme_does_not_have_do_not_count():
    assert assess(programme(1), states("t9"), Pending(), DURING).state == "open"
    assert assess(programme(1), {"t1": TopicState("t1")}, Pending(), DURING).state == "open"


@given(
    st.sets(st.sampled_from(NATIONAL.topic_keys)),
    st.sampled_from(NATIONAL.topic_keys),
    st.builds(Pending, st.booleans(), st.booleans(), st.sampled_from([None, DURING, CLOSES])),
    st.sampled_from([DURING, CLOSES, SETTLED]),
)
def test_one_more_done_topic_never_makes_it_worse(done, more, pending, now):
    before, after = (assess(NATIONAL, states(*topics), pending, now) for topics in (done, done | {more}))
    assert RANK[before.state] <= RANK[after.state]
    assert all(one.done <= two.done for one, two in zip(before.counts, after.counts, strict=True))


@given(st.permutations(TEN))
def test_the_order_of_the_topics_in_hand_never_matters(order):
    done = states(*TEN)
    assert assess(NATIONAL, {key: done[key] for key in order}, Pending(), DURING) == assess(
        NATIONAL, done, Pending(), DURING
    )


def test_topics_done_at_one_moment_are_proved_in_a_settled_order():
    at = datetime.fromisoformat("2025-12-02T00:00:00+07:00")
    done = {key: TopicState(key, True, at, (f"proof-{key}",)) for key in ("t2", "t1")}
    outcome = assess(programme(2), done, Pending(), DURING)
    assert isinstance(outcome, Met)
    assert outcome.proof == ("proof-t1", "proof-t2")
