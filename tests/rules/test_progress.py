"""The best evidence per topic."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.evidence import ANY_SOURCE, COMPLETED, EARNED, Fact
from rules.progress import progress
from tests.rules.builders import CLOSES, HOST, OPENS, UNCOMPLETED, activity, mapping, programme, rule

PROGRAMME = programme(1)
VIEWED = "http://id.tincanapi.com/verb/viewed"
VIDEOS_AND_QUIZ = mapping({"t1": ("all", rule("v1"), rule("v2"), rule("quiz", min_scaled=0.8))})


def one(*rules, needs="all", **other):
    return mapping({"t1": (needs, *rules)}, **other)


def test_a_topic_of_two_videos_and_a_quiz_is_open_until_all_three(fact):
    facts = [fact("v1"), fact("quiz", scaled=0.9)]
    state = progress(PROGRAMME, VIDEOS_AND_QUIZ, facts)["t1"]
    assert (state.done, state.started, [part.done for part in state.parts]) == (
        False,
        True,
        [True, False, True],
    )
    last = fact("v2", at="2025-12-03T20:00:00+07:00")
    state = progress(PROGRAMME, VIDEOS_AND_QUIZ, [*facts, last])["t1"]
    assert (state.done, state.started, state.at, state.scaled) == (True, False, last.at, 0.9)
    assert set(state.proof) == {"s1", "s2", "s3"}


def test_a_failed_quiz_is_seen_but_not_done(fact):
    state = progress(PROGRAMME, VIDEOS_AND_QUIZ, [fact("quiz", scaled=0.5)])["t1"]
    assert [part.seen for part in state.parts] == [False, False, True]
    assert state.started


def test_any_and_at_least_take_as_many_as_they_say(fact):
    rules = (rule("a"), rule("b"), rule("c"))
    facts = [fact("b", at="2025-12-03T08:00:00+07:00"), fact("c", at="2025-12-02T08:00:00+07:00")]
    first = progress(PROGRAMME, one(*rules, needs="any"), facts)["t1"]
    assert (first.proof, first.at) == (("s2",), facts[1].at)
    two = progress(PROGRAMME, one(*rules, needs=2), facts)["t1"]
    assert (two.proof, two.at) == (("s2", "s1"), facts[0].at)
    assert not progress(PROGRAMME, one(*rules, needs=3), facts)["t1"].done


def test_a_topic_without_activities_is_never_done(fact):
    assert not progress(PROGRAMME, one(), [fact("a")])["t1"].done


def test_one_statement_that_proves_two_parts_is_named_once(fact):
    state = progress(PROGRAMME, one(rule("a"), rule("*", by="pattern")), [fact("a")])["t1"]
    assert (state.done, state.proof) == (True, ("s1",))


@pytest.mark.parametrize(
    ("at", "arrived", "counts"),
    [
        ("2025-12-15T23:59:59+07:00", "2025-12-16T09:00:00+07:00", True),
        ("2025-12-16T00:00:00+07:00", "2025-12-16T00:00:01+07:00", False),
        ("2025-12-15T16:59:59+00:00", "2025-12-16T09:00:00+07:00", True),
        ("2025-12-15T17:00:00+00:00", "2025-12-16T09:00:00+07:00", False),
        ("2025-12-01T00:00:00+07:00", "2025-12-01T00:00:01+07:00", True),
        ("2025-11-30T23:59:59+07:00", "2025-12-01T09:00:00+07:00", False),
        ("2025-12-15T23:59:59+07:00", "2025-12-18T23:59:59+07:00", True),
        ("2025-12-15T23:59:59+07:00", "2025-12-19T00:00:00+07:00", False),
    ],
)
def test_event_time_decides_and_arrival_may_be_late(fact, at, arrived, counts):
    sent = fact("a", at=at, arrived=datetime.fromisoformat(arrived))
    assert progress(PROGRAMME, one(rule("a")), [sent])["t1"].done is counts


def test_a_january_unlock_erases_no_december_completion(fact):
    facts = [fact("a"), fact("a", UNCOMPLETED, "2026-01-20T08:00:00+07:00")]
    assert progress(PROGRAMME, one(rule("a")), facts)["t1"].done


def test_a_take_back_is_outdone_by_other_evidence_of_the_same_topic(fact):
    page, attempt = activity(9), f"{HOST}/mod/quiz/attempt.php?attempt=4&cmid=9"
    both = rule("**/mod/*/view.php?id=9", by="pattern")
    both = replace(both, values=(*both.values, "**/attempt.php?attempt=*&cmid=9"))
    facts = [fact(page), fact(attempt, scaled=0.7), fact(page, UNCOMPLETED)]
    state = progress(PROGRAMME, one(both), facts)["t1"]
    assert (state.done, state.proof, state.scaled) == (True, ("s2",), 0.7)
    assert not progress(PROGRAMME, one(both), [facts[0], facts[2]])["t1"].done


def test_after_a_take_back_only_a_newer_completion_proves(fact):
    old, back, new = (
        fact("a", verb, f"2025-12-0{day}T08:00:00+07:00")
        for day, verb in ((2, COMPLETED), (3, UNCOMPLETED), (4, COMPLETED))
    )
    state = progress(PROGRAMME, one(rule("a")), [new, old, back])["t1"]
    assert (state.at, state.proof) == (new.at, ("s3",))


def test_the_best_of_several_grades_counts(fact):
    graded = one(rule("a", verbs=frozenset({EARNED}), min_scaled=0.5))
    facts = [fact("a", EARNED, scaled=scaled) for scaled in (0.4, 0.6, 0.9, 0.2)]
    state = progress(PROGRAMME, graded, facts)["t1"]
    assert (state.done, state.proof, state.scaled) == (True, ("s2",), 0.9)


def test_an_external_id_names_the_activity_wherever_it_stands(fact):
    by_number = one(rule("t1", by="external_id"))
    assert progress(PROGRAMME, by_number, [fact(activity(4), external_id="t1")])["t1"].done
    assert not progress(PROGRAMME, by_number, [fact(activity(4), external_id="t2"), fact("t1")])["t1"].done


def test_our_own_blocks_are_never_evidence(fact):
    everything = one(
        rule("t1", by="external_id"), rule("**", by="pattern"), needs="any", exclude=("**/mod/lti/**",)
    )
    ours = fact(f"{HOST}/mod/lti/view.php?id=34", external_id="t1", success=True)
    assert not progress(PROGRAMME, everything, [ours, replace(ours, statement_id="again")])["t1"].started
    assert progress(PROGRAMME, everything, [fact(activity(34))])["t1"].done


def test_a_platform_without_a_mapping_has_the_default_or_nothing(fact):
    default = {ANY_SOURCE: replace(one(rule("a"))[HOST], source=ANY_SOURCE)}
    assert progress(PROGRAMME, default, [fact("a")])["t1"].done
    assert not progress(PROGRAMME, {}, [fact("a")])["t1"].done


def test_the_platform_where_a_topic_was_done_first_proves_it(fact):
    other = "https://khac.example.vn"
    mappings = one(rule("a"), rule("b"))
    mappings[other] = replace(mappings[HOST], source=other)
    halves = [fact("a"), fact("b", source=other)]
    assert not progress(PROGRAMME, mappings, halves)["t1"].done
    there = fact("a", source=other, at="2025-12-05T08:00:00+07:00")
    state = progress(PROGRAMME, mappings, [*halves, there])["t1"]
    assert (state.done, state.source) == (True, other)
    here = fact("b", at="2025-12-04T08:00:00+07:00")
    assert progress(PROGRAMME, mappings, [*halves, there, here])["t1"].source == HOST


def test_topics_the_programme_does_not_have_are_left_out(fact):
    found = progress(PROGRAMME, mapping({"t1": ("all", rule("a")), "gone": ("all", rule("b"))}), [fact("b")])
    assert list(found) == ["t1"]


ACTIVITIES = ("v1", "v2", "quiz", "elsewhere")
facts_of_a_life = st.lists(
    st.builds(
        lambda name, verb, second, scaled, success: (name, verb, second, scaled, success),
        st.sampled_from(ACTIVITIES),
        st.sampled_from([COMPLETED, COMPLETED, UNCOMPLETED, VIEWED]),
        st.integers(-2, 4),
        st.sampled_from([None, 0.5, 0.9]),
        st.sampled_from([None, True, False]),
    ),
    max_size=14,
)


def lived(events, *, opens=OPENS):
    """Facts of one life, some a second before the window opens; order of arrival is the order of the list."""
    return [
        Fact(
            statement_id=f"s{number}",
            source=HOST,
            activity=name,
            external_id=None,
            verb=verb,
            at=opens + timedelta(seconds=second),
            order=number,
            arrived=opens + timedelta(days=1),
            scaled=scaled,
            success=success,
        )
        for number, (name, verb, second, scaled, success) in enumerate(events)
    ]


@given(facts_of_a_life, st.data())
def test_order_and_duplicates_never_matter(events, data):
    facts = lived(events)
    again = data.draw(st.lists(st.sampled_from(facts), max_size=5)) if facts else []
    shuffled = data.draw(st.permutations([*facts, *again]))
    assert progress(PROGRAMME, VIDEOS_AND_QUIZ, shuffled) == progress(PROGRAMME, VIDEOS_AND_QUIZ, facts)


@given(facts_of_a_life, st.data())
def test_a_voided_statement_leaves_no_trace(events, data):
    """What is voided is not handed in; the answer is that of a life in which it was never sent."""
    facts = lived(events)
    voided = {fact.statement_id for fact in facts if data.draw(st.booleans())}
    left = [fact for fact in facts if fact.statement_id not in voided]
    progress(PROGRAMME, VIDEOS_AND_QUIZ, facts)
    state = progress(PROGRAMME, VIDEOS_AND_QUIZ, left)["t1"]
    assert not voided & set(state.proof)
    assert state == progress(PROGRAMME, VIDEOS_AND_QUIZ, data.draw(st.permutations(left)))["t1"]


@given(facts_of_a_life, st.sampled_from(ACTIVITIES))
def test_one_more_completion_never_undoes_a_topic(events, name):
    facts = lived(events)
    more = replace(lived([(name, COMPLETED, 5, 0.9, True)])[0], statement_id="more", order=99)
    before, after = (progress(PROGRAMME, VIDEOS_AND_QUIZ, one)["t1"] for one in (facts, [*facts, more]))
    assert before.done <= after.done


@given(facts_of_a_life)
def test_every_proof_is_a_fact_that_was_handed_in_and_inside_the_window(events):
    facts = {fact.statement_id: fact for fact in lived(events)}
    for statement in progress(PROGRAMME, VIDEOS_AND_QUIZ, facts.values())["t1"].proof:
        assert OPENS <= facts[statement].at < CLOSES
