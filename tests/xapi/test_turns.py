"""Group commit: who waits for the same disk shares one transaction, and nobody answers for another."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.turns import Turns


class BadError(Exception):
    pass


class AwayError(Exception):
    pass


@dataclass
class Disk:
    """Keeps the groups it was given; the first one waits until it is released."""

    groups: list[list[str]] = field(default_factory=list)
    entered: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    away: bool = False

    def together(self, works: Sequence[str]) -> list[str]:
        self.groups.append(list(works))
        if len(self.groups) == 1:
            self.entered.set()
            self.released.wait(10)
        if self.away:
            raise AwayError
        if any(work.startswith("bad") for work in works):
            raise BadError(works[0])
        return [work.upper() for work in works]


def wait_until(true: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(2000):
        if true():
            return
        tick.wait(0.005)
    raise AssertionError("it never came")


def gathered(disk: Disk, works: Sequence[str], most: int = 100) -> list[Future[str]]:
    """The first work is at the disk while the others come one after the other; then it is released."""
    turns: Turns[str, str] = Turns(disk.together, most=most, hopeless=(AwayError,))
    pool = ThreadPoolExecutor(len(works) + 1)
    first = pool.submit(turns.do, "first", 1)
    assert disk.entered.wait(10)
    found = []
    for number, work in enumerate(works, 1):
        found.append(pool.submit(turns.do, work, 1))
        wait_until(lambda number=number: len(turns._waiting) == number)  # type: ignore[misc]
    disk.released.set()
    pool.shutdown(wait=True)
    assert disk.away or first.result() == "FIRST"
    return found


def test_a_request_alone_goes_at_once():
    disk = Disk()
    disk.released.set()
    turns: Turns[str, str] = Turns(disk.together, most=100)
    assert [turns.do(one, 1) for one in ("a", "b")] == ["A", "B"]
    assert disk.groups == [["a"], ["b"]]


def test_where_several_groups_may_be_under_way_nobody_waits_for_the_first_and_the_rest_gather():
    disk = Disk()
    turns: Turns[str, str] = Turns(disk.together, most=100, at_once=2)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(turns.do, "first", 1)
        assert disk.entered.wait(10)
        assert turns.do("second", 1) == "SECOND"
        assert not first.done()
        disk.released.set()
    assert first.result() == "FIRST"
    assert disk.groups == [["first"], ["second"]]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_every_request_is_done_once_however_many_groups_are_under_way(at_once):
    done, under_way, most = [], threading.Semaphore(at_once), []

    def together(works: Sequence[int]) -> list[int]:
        assert under_way.acquire(blocking=False), "more groups at once than may be"
        done.extend(works)
        most.append(len(works))
        under_way.release()
        return [work * 2 for work in works]

    turns: Turns[int, int] = Turns(together, most=3, at_once=at_once)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda work: turns.do(work, 1), range(400))) == [work * 2 for work in range(400)]
    assert sorted(done) == list(range(400))
    assert max(most) <= 3


def test_those_that_come_meanwhile_share_the_next_transaction_in_the_order_they_came():
    disk = Disk()
    assert [one.result() for one in gathered(disk, ["a", "b", "c"])] == ["A", "B", "C"]
    assert disk.groups == [["first"], ["a", "b", "c"]]


def test_one_that_is_refused_harms_no_other():
    disk = Disk()
    good, bad, other = gathered(disk, ["a", "bad", "c"])
    assert (good.result(), other.result()) == ("A", "C")
    with pytest.raises(BadError, match=r"^bad$"):
        bad.result()
    assert disk.groups[1:] == [["a", "bad", "c"], ["a"], ["bad"], ["c"]]


def test_when_the_database_is_away_a_group_fails_once_and_not_each_alone():
    disk = Disk(away=True)
    for one in gathered(disk, ["a", "b"]):
        with pytest.raises(AwayError):
            one.result()
    assert disk.groups == [["first"], ["a", "b"]]


def test_a_group_is_bounded():
    disk = Disk()
    gathered(disk, list("abcde"), most=2)
    assert disk.groups == [["first"], ["a", "b"], ["c", "d"], ["e"]]


def test_a_work_larger_than_a_group_goes_alone():
    disk = Disk()
    disk.released.set()
    turns: Turns[str, str] = Turns(disk.together, most=2)
    assert turns.do("large", 50) == "LARGE"


@given(st.lists(st.sampled_from(["a", "bad", "c"]), min_size=1, max_size=12), st.integers(1, 5))
def test_whatever_comes_at_once_everyone_gets_the_answer_to_its_own_work(works: list[str], most: int):
    disk = Disk()
    disk.released.set()
    turns: Turns[str, str] = Turns(disk.together, most=most)
    named = [f"{work}{number}" for number, work in enumerate(works)]

    def ask(work: str) -> str | None:
        try:
            return turns.do(work, 1)
        except BadError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, named))
    assert found == [work if work.startswith("bad") else work.upper() for work in named]
