"""What one fact proves."""

from itertools import product

import pytest

from rules.evidence import (
    COMPLETED,
    EARNED,
    EVALUATED,
    PASSED,
    PROGRESSED,
    TopicMapping,
    Weight,
    standing,
    weigh,
)
from tests.rules.builders import UNCOMPLETED, activity, rule

ANY_VERB = frozenset({COMPLETED, PASSED, PROGRESSED, EARNED, EVALUATED})


@pytest.mark.parametrize(("verbs", "sent", "counts"), [
    ({PASSED}, PASSED, True),
    ({PASSED}, COMPLETED, False),
    ({COMPLETED}, PASSED, False),
    ({COMPLETED}, COMPLETED, True),
    ({PASSED, COMPLETED}, PASSED, True),
    ({PASSED, COMPLETED}, COMPLETED, True),
    (set(), COMPLETED, False),
])  # fmt: skip
def test_only_the_mapped_verbs_complete(fact, verbs, sent, counts):
    weight = weigh(rule("a", verbs=frozenset(verbs)), fact("a", sent))
    assert weight is (Weight.COMPLETES if counts else Weight.NOTHING)


@pytest.mark.parametrize(
    ("verb", "said", "least", "completes"),
    [
        (COMPLETED, {}, None, True),
        (COMPLETED, {"completion": True}, None, True),
        (COMPLETED, {"completion": True, "success": True}, None, True),
        (COMPLETED, {"completion": True, "success": False}, None, False),
        (COMPLETED, {"completion": False}, None, False),
        (PASSED, {"success": False}, None, False),
        (COMPLETED, {"scaled": 0.8}, 0.8, True),
        (COMPLETED, {"scaled": 0.79}, 0.8, False),
        (COMPLETED, {}, 0.8, False),
        (COMPLETED, {"scaled": 0.9, "success": False}, 0.8, False),
        (PROGRESSED, {"completion": True, "progress": 100.0}, None, True),
        (PROGRESSED, {"progress": 100.0}, None, True),
        (PROGRESSED, {"completion": True}, None, True),
        (PROGRESSED, {"completion": False, "progress": 50.0}, None, False),
        (PROGRESSED, {"completion": True, "progress": 99.9}, None, False),
        (PROGRESSED, {"completion": False, "progress": 100.0}, None, False),
        (PROGRESSED, {}, None, False),
        (EARNED, {"scaled": 0.7, "success": False}, 0.7, True),
        (EARNED, {"scaled": 0.69, "success": True}, 0.7, False),
        (EARNED, {"success": True}, 0.7, False),
        (EARNED, {"scaled": 1.0, "success": True}, None, False),
        (EVALUATED, {"scaled": 0.5, "success": False}, 0.5, True),
    ],
)
def test_a_result_completes_only_when_it_says_enough(fact, verb, said, least, completes):
    weight = weigh(rule("a", verbs=ANY_VERB, min_scaled=least), fact("a", verb, **said))
    assert (weight is Weight.COMPLETES) is completes


def test_a_verb_may_take_back_what_another_completes(fact):
    assert weigh(rule("a"), fact("a", UNCOMPLETED)) is Weight.TAKES_BACK
    assert weigh(rule("a", takes_back=frozenset()), fact("a", UNCOMPLETED)) is Weight.NOTHING


def test_a_fail_takes_back_only_where_the_mapping_says_so(fact):
    failed = fact("a", COMPLETED, success=False)
    assert weigh(rule("a"), failed) is Weight.NOTHING
    assert weigh(rule("a", takes_back=frozenset({COMPLETED})), failed) is Weight.TAKES_BACK


def test_a_named_event_must_be_one_of_those_the_mapping_wants(fact):
    picky = rule("a", events=frozenset({"module_completed"}))
    assert weigh(picky, fact("a", event_name="module_completed")) is Weight.COMPLETES
    assert weigh(picky, fact("a", event_name="score_submitted")) is Weight.NOTHING
    assert weigh(picky, fact("a", event_name=None)) is Weight.COMPLETES
    assert weigh(rule("a"), fact("a", event_name="anything")) is Weight.COMPLETES


@pytest.mark.parametrize("moments", list(product(["20:00:00", "20:00:01"], repeat=2)))
def test_the_last_of_completion_and_take_back_decides(fact, moments):
    completed = fact("a", COMPLETED, f"2025-12-02T{moments[0]}+07:00")
    taken_back = fact("a", UNCOMPLETED, f"2025-12-02T{moments[1]}+07:00")
    assert bool(standing(rule("a"), [taken_back, completed])) is (moments[0] > moments[1])


def test_completed_uncompleted_completed_in_one_second_ends_completed(fact):
    page = activity(9)
    first, back, again = fact(page), fact(page, UNCOMPLETED), fact(page)
    assert standing(rule(page), [first, back, again]) == (again,)
    assert standing(rule(page), [first, back]) == ()


def test_how_many_activities_a_topic_takes():
    both = (rule("a"), rule("b"))
    assert [TopicMapping("t", needs, both).count for needs in ("all", "any", 2)] == [2, 1, 2]
