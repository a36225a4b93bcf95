"""Issue 3, Fast: a fixed number of round trips per batch, however many statements it has. Counted on the line to PostgreSQL itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from sqlalchemy import event

from lti_tool.base.database import Database
from tests.only import on_postgresql
from tests.xapi.support import MOODLE, Desk, Json

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

SIZES = (1, 50, 400)
_ANSWERED = "\tReadyForQuery\t"  # with which the server ends each answer, and waits for the next question


class Line:
    """What goes over every connection of a store, as libpq writes it down."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._traced: list[PGconn] = []

    def trace(self, connection: Any, *_of_the_pool: object) -> None:
        self._traced.append(connection.pgconn)
        connection.pgconn.trace(self._file.fileno())

    def round_trips(self, act: Callable[[], object]) -> int:
        before = self._answers()
        act()
        return self._answers() - before

    def _answers(self) -> int:
        for one in self._traced:
            one.untrace()  # which writes down what is left
            one.trace(self._file.fileno())
        return Path(self._file.name).read_text(errors="replace").count(_ANSWERED)


@pytest.fixture
def line(database: Database, tmp_path: Path) -> Iterator[Line]:
    database.close()  # every connection is a new one
    with (tmp_path / "line").open("ab") as file:
        found = Line(file)
        event.listen(database.engine, "connect", found.trace)
        yield found
        database.close()


@on_postgresql
@pytest.mark.parametrize(("who", "named"), [("writer", True), ("moodle", False)])
def test_a_batch_costs_as_many_round_trips_as_one_statement(
    desk: Desk, line: Line, statement: Callable[..., Json], who: str, named: bool
):
    """Each statement of an actor, a verb, an activity and a parent of its own, whose definitions nobody said before."""

    def batch(size: int) -> list[Json]:
        return [_of_its_own(statement, f"{size}-{number}", named=named) for number in range(size)]

    # A first look at the credential; and what a connection says for the first time is prepared.
    for size in range(2, 9):
        desk.post(who, batch(size))
        desk.post(who, batch(size))
    found, again = {}, {}
    for size in SIZES:
        sent = batch(size)
        found[size] = line.round_trips(lambda sent=sent: _stored(desk, who, sent))
        again[size] = line.round_trips(lambda sent=sent: _stored(desk, who, sent))
    assert (len(set(found.values())), len(set(again.values()))) == (1, 1), (found, again)
    assert 3 <= found[1] <= again[1] < 20


def _stored(desk: Desk, who: str, sent: list[Json]) -> None:
    answer = desk.post(who, sent)
    assert (answer.status_code, len(set(answer.json))) == (200, len(sent))


def _of_its_own(statement: Callable[..., Json], name: str, *, named: bool) -> Json:
    one = statement(
        actor={"account": {"homePage": MOODLE, "name": name}},
        verb={"id": f"{MOODLE}/verb/{name}", "display": {"vi": name}},
        object={"id": f"{MOODLE}/activity/{name}", "definition": {"name": {"vi": name}}},
        context={"contextActivities": {"parent": [{"id": f"{MOODLE}/course/{name}"}]}},
    )
    return one if named else {name: value for name, value in one.items() if name != "id"}
