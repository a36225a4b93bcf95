"""PostgreSQL asked through its own library: what is prepared stays, what fails is an error, and a connection that went is said to be gone."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

from lti_tool.base.database import Database
from tests.xapi.support import Clock, Desk, Json
from xapi import access, arrays, sql
from xapi.access import Limits

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
_PREPARED = text("SELECT count(*) FROM pg_prepared_statements")


def test_texts_numbers_and_truths_go_there_and_back(database: Database) -> None:
    question = "SELECT $1::text, $2::bigint, $2 < 0, NULL::text, name FROM unnest($3::text[]) AS name"
    with database.reading() as connection:
        found = sql.rows(connection, question, ("Đồng hành", -(2**63), arrays.texts(["a", None])))
    assert found == [("Đồng hành", -(2**63), True, None, "a"), ("Đồng hành", -(2**63), True, None, None)]


def test_what_is_sent_again_and_again_is_prepared_once(
    desk: Desk, database: Database, statement: Callable[..., Json]
) -> None:
    """A statement whose text held a moment or a key would stay prepared for as long as the connection lives, each time another."""
    counts = []
    for _ in range(3):
        for _ in range(5):
            assert desk.post("writer", [statement()]).status_code == 200
        with database.transaction() as connection:
            counts.append(connection.execute(_PREPARED).scalar_one())
    assert counts[1] == counts[2] > 0


def test_reading_prepares_no_more_the_more_is_read(
    desk: Desk, database: Database, xapi_clock: Clock, statement: Callable[..., Json]
) -> None:
    """Searches for a page are planned by their values each time, and so are those of readers with a limit."""
    (known,) = desk.post("writer", [statement()]).json
    with database.transaction() as connection:
        desk.keys["analyst"] = access.add(
            connection,
            label="a",
            scopes=["statements/read"],
            now=xapi_clock(),
            limits=Limits(verbs=("urn:a",)),
        )
    counts = []
    for turn in range(3):
        for number in range(5):
            name = f"urn:{turn}-{number}"
            for asked in (
                {"statementId": known},
                {"verb": name},
                {"activity": name, "since": f"201{number}-01-01T00:00:00Z"},
            ):
                for who in ("reader", "analyst"):
                    assert desk.get(who, **asked).status_code in {200, 404}
        with database.transaction() as connection:
            counts.append(connection.execute(_PREPARED).scalar_one())
            pages = text(
                "SELECT statement FROM pg_prepared_statements WHERE statement LIKE 'SELECT%xapi_payload%ORDER BY%'"
            )
            assert connection.scalars(pages).all() == []
    assert counts[0] == counts[2] > 0


def test_outside_the_stores_own_transactions_a_writer_keeps_no_plan(database: Database) -> None:
    """One made while a table was all but empty would be kept: a review read every waiting actor for each portion."""
    with database.transaction() as connection:
        for _ in range(7):
            sql.rows(connection, "SELECT 7::bigint")
        kept = text("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT 7::bigint'")
        assert connection.execute(kept).scalar_one() == 0


def test_what_is_prepared_outlives_a_transaction_rolled_back_and_a_table_that_goes(
    desk: Desk, database: Database, statement: Callable[..., Json]
) -> None:
    assert desk.post("writer", [statement()]).status_code == 200
    with pytest.raises(ProgrammingError), database.transaction() as connection:
        connection.execute(text("SELECT nothing"))
    with database.transaction() as connection:
        # The driver's own habit: what is asked often is prepared, and a table that goes takes all of it along.
        for _ in range(9):
            connection.execute(_PREPARED)
        connection.execute(text("CREATE TABLE passing (a int)"))
        connection.execute(text("DROP TABLE passing"))
    assert desk.post("writer", [statement()]).status_code == 200


def test_a_commit_after_a_statement_that_failed_is_an_error_and_no_silent_rollback(
    database: Database,
) -> None:
    def fail_unheard() -> None:
        with database.transaction() as connection, suppress(ProgrammingError):
            sql.rows(connection, "SELECT nothing")

    with pytest.raises(InternalError, match="rolled back"):
        fail_unheard()


def test_a_connection_that_went_is_a_database_that_is_away(database: Database) -> None:
    with pytest.raises(OperationalError), database.transaction() as connection:
        (pid,) = sql.rows(connection, "SELECT pg_backend_pid()::bigint")[0]
        with database.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        sql.rows(connection, "SELECT 1::bigint")
    with database.transaction() as connection:
        assert sql.rows(connection, "SELECT 1::bigint") == [(1,)]
