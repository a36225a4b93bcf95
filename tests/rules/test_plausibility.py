"""Topics done faster than anybody studies them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.evidence import ANY_SOURCE, COMPLETED, Mapping
from rules.matching import Matchers
from rules.plausibility import VIEWED, Hasty, hasty, suspects
from rules.progress import progress
from tests.rules.builders import CLOSES, HOST, OPENS, UNCOMPLETED, mapping, programme, rule

STARTED = "http://activitystrea.ms/schema/1.0/start"
BEGINS = frozenset({VIEWED, STARTED})
AT = OPENS + timedelta(days=1)
TWENTY = replace(
    programme(1), topics=(replace(programme(1).topics[0], minutes=20),)
)  # a topic of twenty minutes
ONE_QUIZ = mapping({"t1": ("all", rule("quiz", begins=BEGINS))})
VIDEO_AND_QUIZ = mapping({"t1": ("all", rule("video", begins=BEGINS), rule("quiz", begins=BEGINS))})


def after(seconds):
    return AT + timedelta(seconds=seconds)


def doubted(facts, *, mappings=ONE_QUIZ, programme=TWENTY):
    states = progress(programme, mappings, facts)
    return suspects(programme, Matchers(mappings), states, facts)


def found(facts, begins=(), **other):
    return hasty(doubted(facts, **other), begins)


def test_a_topic_of_twenty_minutes_done_in_twenty_seconds_is_hasty(fact):
    assert found([fact("quiz", at=after(20))], [fact("quiz", VIEWED, AT)]) == (
        Hasty("t1", 20, 20, ("s1",), "s2"),
    )


@pytest.mark.parametrize(("seconds", "flagged"), [(119, True), (119.9, True), (120, False), (3600, False)])
def test_under_a_tenth_of_the_minutes_is_hasty_and_a_tenth_is_not(fact, seconds, flagged):
    assert bool(found([fact("quiz", at=after(seconds))], [fact("quiz", VIEWED, AT)])) is flagged


@pytest.mark.parametrize(("share", "flagged"), [(0.5, True), (0.01, False), (0, False)])
def test_the_programme_says_which_share_is_too_little_and_none_at_all_asks_nobody(fact, share, flagged):
    said = replace(TWENTY, implausible_under=share)
    assert bool(found([fact("quiz", at=after(15))], [fact("quiz", VIEWED, AT)], programme=said)) is flagged


def test_a_topic_without_minutes_is_never_hasty(fact):
    timeless = replace(TWENTY, topics=(replace(TWENTY.topics[0], minutes=None),))
    assert not found([fact("quiz", at=after(1))], [fact("quiz", STARTED, AT)], programme=timeless)


def test_a_topic_of_which_nobody_heard_the_beginning_is_not_hasty(fact):
    assert not found([fact("quiz", at=after(20))])
    assert not found([fact("quiz", at=after(20))], [fact("elsewhere", VIEWED, AT)])
    assert not found([fact("quiz", at=after(20))], [fact("quiz", "urn:looked-at", AT)])


def test_the_first_beginning_counts_even_one_from_before_the_window(fact):
    early = fact("quiz", VIEWED, OPENS - timedelta(hours=1))
    assert not found([fact("quiz", at=after(20))], [fact("quiz", VIEWED, AT), early])


def test_an_open_topic_is_not_hasty(fact):
    assert not found([fact("quiz", UNCOMPLETED, after(20))], [fact("quiz", VIEWED, AT)])
    assert not suspects(TWENTY, Matchers(ONE_QUIZ), {}, [])


def test_what_the_facts_tell_alone_needs_no_look_at_beginnings(fact):
    assert not doubted([fact("video", at=AT), fact("quiz", at=after(600))], mappings=VIDEO_AND_QUIZ)
    assert not doubted([fact("quiz", UNCOMPLETED, AT), fact("quiz", at=after(600))])
    (one,) = doubted([fact("video", at=AT), fact("quiz", at=after(60))], mappings=VIDEO_AND_QUIZ)
    assert one.activities == {(HOST, "video"), (HOST, "quiz")}


def test_the_time_of_several_parts_runs_from_the_first_beginning_to_the_last_completion(fact):
    facts = [fact("video", at=after(30)), fact("quiz", at=after(50))]
    begins = [fact("quiz", STARTED, after(40)), fact("video", VIEWED, AT)]
    assert found(facts, begins, mappings=VIDEO_AND_QUIZ) == (Hasty("t1", 50, 20, ("s1", "s2"), "s4"),)


def test_a_completion_heard_before_any_beginning_hides_when_it_was_begun(fact):
    facts = [fact("video", at=AT), fact("quiz", at=after(50))]
    assert not found(facts, [fact("quiz", STARTED, after(40))], mappings=VIDEO_AND_QUIZ)


def test_an_earlier_failure_shows_that_it_took_longer(fact):
    failed = fact("quiz", at=AT - timedelta(hours=1), success=False)
    assert not found([failed, fact("quiz", at=after(20))], [fact("quiz", STARTED, AT)])


@pytest.mark.parametrize(("seconds", "flagged"), [(0, False), (2, False), (3, True)])
def test_a_page_that_opening_completes_says_nothing_of_how_long_it_was_read(fact, seconds, flagged):
    assert bool(found([fact("quiz", at=after(seconds))], [fact("quiz", VIEWED, AT)])) is flagged


def test_an_attempt_is_not_completed_by_starting_it(fact):
    assert found([fact("quiz", at=after(1))], [fact("quiz", STARTED, AT)])


def test_pages_that_opening_completes_are_unknown_together_and_a_quiz_beside_one_is_known(fact):
    pages = [fact("video", at=AT), fact("quiz", at=after(10))]
    views = [fact("video", VIEWED, AT), fact("quiz", VIEWED, after(9))]
    assert not found(pages, views, mappings=VIDEO_AND_QUIZ)
    attempt = [fact("video", VIEWED, AT), fact("quiz", STARTED, after(9))]
    assert found(pages, attempt, mappings=VIDEO_AND_QUIZ) == (Hasty("t1", 10, 20, ("s1", "s2"), "s5"),)


def test_a_duration_tells_how_long_it_took_without_a_beginning(fact):
    short = fact("quiz", at=AT, duration=timedelta(seconds=20))
    assert found([short]) == (Hasty("t1", 20, 20, ("s1",), None),)
    assert not found([replace(short, duration=timedelta(minutes=15))])
    assert not found([replace(short, duration=timedelta())])  # some senders write PT0S for "not known"


def test_the_longer_of_duration_and_span_counts(fact):
    begins = [fact("quiz", STARTED, AT)]
    assert not found([fact("quiz", at=after(1200), duration=timedelta(seconds=4))], begins)
    assert not found([fact("quiz", at=after(20), duration=timedelta(minutes=15))], begins)


def test_durations_are_added_up_and_one_alone_tells_nothing_of_two_parts(fact):
    second = timedelta(seconds=1)
    video, quiz = fact("video", at=AT, duration=40 * second), fact("quiz", at=after(5), duration=30 * second)
    assert found([video, quiz], mappings=VIDEO_AND_QUIZ) == (Hasty("t1", 70, 20, ("s1", "s2"), None),)
    assert not found([replace(video, duration=None), quiz], mappings=VIDEO_AND_QUIZ)


def test_an_activity_known_by_its_external_id_is_recognised_when_it_is_viewed_without_one(fact):
    topics = mapping({"t1": ("any", rule("cd-01", by="external_id", begins=BEGINS))})[HOST].topics
    by_id = {ANY_SOURCE: Mapping(ANY_SOURCE, 0, topics)}
    facts = [fact("page/9", at=after(20), external_id="cd-01"), fact("page/8", at=after(20))]
    assert found(facts, [fact("page/9", VIEWED, AT)], mappings=by_id)
    assert not found(facts, [fact("page/8", VIEWED, AT)], mappings=by_id)


def test_an_earlier_attempt_is_an_earlier_beginning(fact):
    attempts = mapping({"t1": ("any", rule("attempt=*", by="pattern", begins=BEGINS))})
    failed = fact("attempt=1", at=AT - timedelta(minutes=5), success=False)
    passed = fact("attempt=2", at=after(60))
    assert not found([failed, passed], [fact("attempt=2", STARTED, AT)], mappings=attempts)
    assert found([passed], [fact("attempt=2", STARTED, AT)], mappings=attempts)


def test_what_another_platform_said_tells_nothing_of_this_one(fact):
    there = fact("quiz", VIEWED, AT - timedelta(days=1), source="https://other.example.vn")
    failed = replace(there, verb=COMPLETED, success=False, statement_id="s0")
    here = [fact("quiz", at=after(20))]
    assert found([*here, failed], [there, fact("quiz", VIEWED, AT)])
    assert not found(here, [there])


@given(order=st.permutations(range(4)), twice=st.booleans(), seconds=st.integers(3, 400), close=st.booleans())
def test_neither_order_nor_repetition_changes_the_answer(fact, order, twice, seconds, close):
    at = CLOSES - timedelta(seconds=1) if close else after(seconds)
    heard = [
        fact("quiz", at=at, statement_id="done"),
        fact("quiz", UNCOMPLETED, AT, statement_id="back"),
        fact("quiz", VIEWED, AT, statement_id="view"),
        fact("quiz", STARTED, after(1), statement_id="start"),
    ]

    def answer(told):
        return found(
            [one for one in told if one.verb not in BEGINS], [one for one in told if one.verb in BEGINS]
        )

    again = [heard[place] for place in order] * (1 + twice)
    assert answer(again) == answer(heard)
