"""A transaction takes on no more than it can do before others wait long."""

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.handlers.portion import Portion


def test_a_slow_transaction_makes_the_next_one_smaller():
    portion = Portion(most=80, seconds=0.01, least=5, size=80)
    portion.took(80, 0.1)
    assert portion.size == 8


def test_it_never_becomes_so_small_that_the_work_falls_behind():
    portion = Portion(most=40, seconds=0.01, least=5)
    portion.took(40, 9.0)
    assert portion.size == 5


def test_quick_ones_make_it_grow_step_by_step():
    portion = Portion(most=40, seconds=0.01, least=1, size=4)
    sizes = []
    for _ in range(5):
        portion.took(portion.size, 0.0001)
        sizes.append(portion.size)
    assert sizes == [8, 16, 32, 40, 40]


def test_an_idle_look_says_nothing():
    portion = Portion(most=40, seconds=0.01, least=1, size=4)
    portion.took(0, 5.0)
    assert portion.size == 4


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0, 10))))
def test_it_never_comes_to_nothing_nor_past_its_bound(times: list[tuple[int, float]]):
    portion = Portion(most=40, seconds=0.01)
    for done, seconds in times:
        portion.took(done, seconds)
        assert portion.least <= portion.size <= 40
