"""The next best topic with its reason, and the pace by plain arithmetic."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.coaching import advise
from rules.completion import Pending, assess
from rules.progress import PartState, TopicState
from rules.requirement import AtLeast
from tests.rules.builders import CLOSES, OPENS, national, programme, states

NATIONAL = national()
DURING = OPENS + timedelta(days=8)


def begun(topic: str, parts: str) -> dict[str, TopicState]:
    """A topic whose parts are done (x) or not (.)."""
    return {
        topic: TopicState(
            topic, parts=tuple(PartState(part, part == "x", seen=part == "x") for part in parts)
        )
    }


def advice(done, now=DURING, programme=NATIONAL):
    return advise(programme, done, assess(programme, done, Pending(last_heard=CLOSES), now), now)


@pytest.mark.parametrize(
    ("done", "topic", "reason"),
    [
        ({}, "t1", "compulsory"),
        (states("t1"), "t2", "compulsory"),
        ({**states("t1"), **begun("t4", "x.")}, "t4", "compulsory_started"),
        ({**begun("t2", "x.."), **begun("t4", "xx.")}, "t4", "compulsory_started"),
        (begun("t9", "xx."), "t1", "compulsory"),
        ({**states("t1", "t2", "t3", "t4", "t5"), **begun("t9", "x.")}, "t9", "optional_started"),
        (states("t1", "t2", "t3", "t4", "t5", "t6"), "t7", "optional"),
        ({**states("t1"), **begun("t2", "..")}, "t2", "compulsory"),
    ],
)
def test_compulsory_comes_first_and_what_was_begun_is_finished(done, topic, reason):
    found = advice(done)
    assert (found.next_topic, found.reason) == (topic, reason)
    assert found.path[0] == topic


def test_of_the_optional_topics_the_shorter_comes_first():
    minutes = {"t6": 40, "t7": None, "t8": 15}
    topics = tuple(replace(topic, minutes=minutes.get(topic.key, topic.minutes)) for topic in NATIONAL.topics)
    done = states("t1", "t2", "t3", "t4", "t5")
    assert advice(done, programme=replace(NATIONAL, topics=topics)).next_topic == "t8"


@pytest.mark.parametrize(
    ("done", "now", "reason"),
    [
        (states(*NATIONAL.topic_keys[:10]), DURING, "done"),
        (states("t1"), OPENS - timedelta(seconds=1), "not_open"),
        (states("t1"), CLOSES, "closed"),
        (states("t1"), CLOSES + timedelta(days=30), "closed"),
    ],
)
def test_without_a_next_topic_the_reason_says_why(done, now, reason):
    found = advice(done, now)
    assert (found.next_topic, found.reason) == (None, reason)


def test_nothing_is_advised_where_nothing_helps():
    found = advice({}, programme=programme(2, AtLeast(3, ("t1", "t2"))))
    assert (found.next_topic, found.reason) == (None, "out_of_reach")


def test_the_pace_of_an_evening_in_the_second_week():
    """Six of ten done, 6 days and 14 hours left for four topics: 39 hours each, and an even pace would have five."""
    now = datetime.fromisoformat("2025-12-09T10:00:00+07:00")
    pace = advice(states("t1", "t2", "t3", "t4", "t6", "t7"), now).pace
    assert (pace.days_left, pace.hours_left, pace.topics_left, pace.topics_done) == (6, 14, 4, 6)
    assert (pace.hours_per_topic, pace.due_by_now, pace.minutes_left) == (39, 5, 120)
    assert pace.enough
    assert pace.possible


def test_behind_an_even_pace_is_said_though_it_is_still_possible():
    pace = advice(states("t1"), DURING).pace
    assert (pace.topics_done, pace.due_by_now, pace.enough, pace.possible) == (1, 5, False, True)


def test_what_no_longer_fits_is_not_called_possible():
    pace = advice(states(*NATIONAL.topic_keys[:8]), CLOSES - timedelta(minutes=60)).pace
    assert (pace.topics_left, pace.minutes_left, pace.possible) == (2, 60, False)
    assert advice(states(*NATIONAL.topic_keys[:8]), CLOSES - timedelta(minutes=61)).pace.possible


def test_once_done_the_pace_is_enough_even_after_the_close():
    pace = advice(states(*NATIONAL.topic_keys[:10]), CLOSES).pace
    assert (pace.topics_left, pace.hours_per_topic, pace.minutes_left) == (0, None, 0)
    assert pace.enough
    assert pace.possible


def test_after_the_close_no_pace_is_enough():
    pace = advice(states("t1"), CLOSES).pace
    assert (pace.left, pace.hours_per_topic, pace.enough, pace.possible) == (timedelta(), 0, False, False)


def test_before_the_opening_the_whole_window_is_left():
    pace = advice({}, OPENS - timedelta(days=9)).pace
    assert (pace.days_left, pace.due_by_now, pace.enough) == (15, 0, True)


def test_study_time_is_not_guessed_where_a_topic_has_none():
    topics = tuple(replace(topic, minutes=None) for topic in NATIONAL.topics)
    pace = advice({}, programme=replace(NATIONAL, topics=topics)).pace
    assert (pace.minutes_left, pace.possible) == (None, True)


@given(st.integers(0, 15 * 24 * 60 - 1), st.integers(0, 9))
def test_the_pace_equals_a_computation_by_hand(minutes, done):
    pace = advice(states(*NATIONAL.topic_keys[:done]), OPENS + timedelta(minutes=minutes)).pace
    left = 15 * 24 * 60 - minutes
    must = min(done, 5)
    still = (5 - must) + 5 - (done - must)
    assert (pace.days_left, pace.hours_left) == (left // 1440, left % 1440 // 60)
    assert pace.topics_left == still == 10 - pace.topics_done
    assert pace.hours_per_topic == left // still // 60
    assert pace.due_by_now == 10 * minutes // (15 * 1440)
    assert pace.enough == (10 - still >= 10 * minutes // (15 * 1440))
    assert pace.possible == (left > 30 * still)
