"""A database in trouble: the sender hears 503 and when to come again, and nothing acknowledged is lost."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, event, text

from lti_tool.base.database import Database
from tests.only import on_postgresql, on_sqlite
from tests.xapi.support import Desk, Json

Make = Callable[..., Json]


def is_unavailable(answer) -> bool:
    return (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")


@pytest.fixture
def full_disk(database: Database) -> Iterator[None]:
    """SQLite's own word for it, from its own code: the file may not grow by a page."""

    def bound(connection: Connection) -> None:
        line = connection.connection
        (pages,) = line.cursor().execute("PRAGMA page_count").fetchone()
        line.cursor().execute(f"PRAGMA max_page_count={pages}")

    event.listen(database.engine, "begin", bound)
    yield
    event.remove(database.engine, "begin", bound)


@on_sqlite
def test_on_a_full_disk_nothing_is_acknowledged_and_nothing_half_there(
    desk: Desk, full_disk: None, database: Database, statement: Make
):
    answers = [
        desk.post("writer", [statement(context={"platform": "x" * 5000}) for _ in range(5)]) for _ in range(4)
    ]
    assert is_unavailable(answers[-1])
    stored = 5 * sum(answer.status_code == 200 for answer in answers)
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM xapi_statement")).scalar_one() == stored


@on_sqlite
def test_what_was_acknowledged_before_the_disk_was_full_is_there_afterwards(
    desk: Desk, statement: Make, request: pytest.FixtureRequest
):
    (kept,) = desk.post("writer", [statement()]).json
    request.getfixturevalue("full_disk")
    for _ in range(20):
        if is_unavailable(desk.post("writer", [statement(context={"platform": "x" * 5000})])):
            break
    else:
        pytest.fail("the disk never was full")
    assert kept in [one["id"] for one in desk.all_()]


_FULL = (
    "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'disk_full'; END $$",
    "CREATE TRIGGER full_disk BEFORE INSERT ON xapi_activity_link EXECUTE FUNCTION full_disk()",
)


@on_postgresql
def test_when_postgresql_says_that_its_disk_is_full_the_same_holds(
    desk: Desk, database: Database, statement: Make
):
    """In the middle of storing, by the error it would raise itself."""
    _run(database, *_FULL)
    try:
        for who in ("writer", "moodle"):
            assert is_unavailable(desk.post(who, [statement()]))
    finally:
        _run(database, "DROP FUNCTION full_disk CASCADE")
    assert desk.all_() == []
    assert desk.post("writer", [statement()]).status_code == 200


def _run(database: Database, *statements: str) -> None:
    with database.transaction() as connection:
        for one in statements:
            connection.execute(text(one))


@on_postgresql
def test_a_restarted_database_costs_at_most_a_request_that_is_told_to_come_again(
    desk: Desk, database: Database, statement: Make
):
    assert desk.post("writer", [statement()]).status_code == 200
    with database.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        connection.invalidate()
    sent = [statement() for _ in range(4)]
    answers = [desk.post("writer", [one]) for one in sent]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert answers[-1].status_code == 200
    for one, answer in zip(sent, answers, strict=True):
        if answer.status_code == 503:  # it comes again, and is there once
            assert is_unavailable(answer)
            assert desk.post("writer", [one]).status_code == 200
    assert {one["id"] for one in sent} <= {one["id"] for one in desk.all_()}


@on_postgresql
def test_when_every_connection_is_taken_the_sender_is_told_to_come_again(
    desk: Desk, database: Database, statement: Make
):
    """The pool's own limits, with its patience cut short."""
    database.close()  # writers keep theirs
    database.engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    taken = [database.engine.connect() for _ in range(20)]
    try:
        assert is_unavailable(desk.post("writer", [statement()]))
    finally:
        for one in taken:
            one.close()
    assert desk.post("writer", [statement()]).status_code == 200
