"""One reader asks, and looks at every answer: what must be in it, what may not, and of some whether SQL finds the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle, islice
from random import Random
from time import perf_counter
from typing import Any

import orjson

from tests.benchmarks.cloning import Store
from tests.benchmarks.house import House
from tests.benchmarks.questions import PAGE, About, Question, drawn, question

_COMPARED = 5
_REST_SECONDS = 1.0
_WALK_SECONDS = (
    120.0  # a store that is slow deep down is measured where the time ended, and the figure says where
)
Json = dict[str, Any]


@dataclass(frozen=True)
class Answered:
    """One answer. `seconds` it took; `statements` in it; `where`: how deep, for people."""

    seconds: float
    statements: int
    where: str = ""


Answers = Iterator[Answered]  # each asks when the next one is wanted, and never ends


class Reader:
    """One client, who may read everything, on a connection that is kept; the server ends one that rests."""

    def __init__(self, house: House) -> None:
        self.database = house.database
        self._open, self._connection, self._used = house.connection, house.connection(), perf_counter()
        self._headers = {
            "Authorization": house.credential("statements/read"),
            "X-Experience-API-Version": "1.0.3",
        }

    def get(self, path: str) -> tuple[float, Json]:
        """Seconds, and the answer. AssertionError for anything but 200."""
        if perf_counter() - self._used > _REST_SECONDS:
            self.close()
            self._connection = self._open()
        begun = perf_counter()
        answer = self._connection.ask("GET", path, None, self._headers)
        self._used = perf_counter()
        assert answer.status == 200, (path, answer.status, answer.body[:200])
        return self._used - begun, orjson.loads(answer.body)

    def ids(self, wanted: Question, past: int = 0) -> list[str]:
        with self.database.reading() as connection:
            return wanted.ids(connection, past)

    def close(self) -> None:
        self._connection.close()


def nothing(reader: Reader) -> Answers:
    """What an answer takes for which nothing is looked up."""
    while True:
        yield Answered(reader.get("/xapi/about")[0], 0)


def by_id(reader: Reader, store: Store) -> Answers:
    """Each answer is the whole statement, to the letter."""
    chance = Random(7)
    while True:
        wanted = store.statement(chance.randint(1, store.total))
        taken, answer = reader.get(f"/xapi/statements?statementId={wanted['id']}")
        assert answer == wanted, (answer, wanted)
        yield Answered(taken, 1)


def listed(reader: Reader, store: Store, name: str) -> Answers:
    """The first page of another question of this kind every time."""
    chance = Random(11)
    for number in count():
        about = drawn(store, chance)
        wanted = question(name, about)
        taken, answer = reader.get(wanted.path)
        _look(wanted, about, answer)
        if number < _COMPARED:
            _compare(answer, reader.ids(wanted))
        yield Answered(taken, len(answer["statements"]))


def _look(wanted: Question, about: About, answer: Json) -> None:
    shown = answer["statements"]
    assert all(wanted.holds(one) for one in shown), wanted.path
    assert len(shown) == PAGE or not answer["more"], wanted.path
    if wanted.holds(about.statement):  # of what was stored lately it is mostly none
        assert about.statement in shown or len(shown) == PAGE, (wanted.path, len(shown))


def _compare(answer: Json, ids: list[str]) -> None:
    assert [one["id"] for one in answer["statements"]] == ids[:PAGE]
    assert bool(answer["more"]) == (len(ids) > PAGE)


@dataclass(frozen=True)
class _Step:
    seconds: float
    path: str
    ids: list[str]


def walked(reader: Reader, store: Store, name: str, asked: int) -> Answers:
    """From link to link to the middle of a whole list, nothing lost or twice; so many from there on, and again where the list ends."""
    wanted = question(name, drawn(store, Random(13)))
    with reader.database.reading() as connection:
        whole = wanted.count(connection)
    wished, following = whole // 2 // PAGE, _followed(reader, wanted)
    steps = _down(following, wished)
    before = len(steps)
    where = f"from {before * PAGE:,} on of {whole:,}"
    for step in islice(following, asked):
        steps.append(step)
        yield Answered(step.seconds, PAGE, where)
    ids = [one for step in steps for one in step.ids]
    assert len(set(ids)) == len(ids), "a statement came twice"
    assert before < wished or len(ids) == min(whole, (before + asked) * PAGE), (len(ids), whole)
    for place in (before, len(steps) - 1):
        assert steps[place].ids == reader.ids(wanted, place * PAGE)[:PAGE]
    for step in cycle(steps[before:]):
        yield Answered(reader.get(step.path)[0], PAGE, where)


def _down(following: Iterator[_Step], wished: int) -> list[_Step]:
    end, steps = perf_counter() + _WALK_SECONDS, list[_Step]()
    while len(steps) < wished and perf_counter() < end:
        steps.append(next(following))
    return steps


def _followed(reader: Reader, wanted: Question) -> Iterator[_Step]:
    path = wanted.path
    while path:
        taken, answer = reader.get(path)
        assert all(wanted.holds(one) for one in answer["statements"]), path
        yield _Step(taken, path, [one["id"] for one in answer["statements"]])
        path = answer["more"]
