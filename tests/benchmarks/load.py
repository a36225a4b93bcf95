"""Threads that ask until the time is over, and how long each answer took."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

_T = TypeVar("_T")


@dataclass
class Taken:
    """`seconds` of each act, `done`: the sum of what the acts returned, `elapsed`: of the whole."""

    seconds: list[float] = field(default_factory=list)
    done: int = 0
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        return self.done / self.elapsed if self.elapsed else float("nan")


def together(acts: list[Callable[[], int]], seconds: float) -> Taken:
    """Each act again and again in a thread of its own for so long. An exception in one ends the run with it."""
    taken, lock, faults = Taken(), threading.Lock(), []
    begun = time.perf_counter()

    def work(act: Callable[[], int]) -> None:
        mine, done = [], 0
        try:
            while not faults and time.perf_counter() - begun < seconds:
                start = time.perf_counter()
                done += act()
                mine.append(time.perf_counter() - start)
        except Exception as error:  # noqa: BLE001 - handed to the caller
            faults.append(error)
        with lock:
            taken.seconds += mine
            taken.done += done

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.elapsed = time.perf_counter() - begun
    if faults:
        raise faults[0]
    return taken


@contextmanager
def beside(look: Callable[[], _T], every: float) -> Iterator[list[_T]]:
    """What `look` finds every so many seconds while the block runs, first at once."""
    stop, found = threading.Event(), [look()]

    def work() -> None:
        while not stop.wait(every):
            found.append(look())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()
