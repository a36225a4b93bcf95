"""What PostgreSQL makes of our questions where its statistics mislead it. The time it takes is the benchmarks' matter."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from lti_tool.base.database import Database
from tests.only import on_postgresql
from xapi import find
from xapi.links import activity_key
from xapi.query import parse

_OLD = "https://hoc.tinh-mau.example.vn/course/view.php?id=2019"
_MANY = 20_000
_FILL = (
    (
        "INSERT INTO xapi_statement (seq, id, credential_key, authority, verb, timestamp, stored, last_seq, content_hash)"
        f" SELECT n, 'id-' || n, 'k', 'a', 'v', n, n, n, 'h' FROM generate_series(1, {_MANY}) AS n"
    ),
    "INSERT INTO xapi_payload (seq, payload) SELECT seq, repeat('x', 900) FROM xapi_statement",
    f"INSERT INTO xapi_activity_link (activity_key, seq, direct) SELECT '{activity_key(_OLD)}', n, false FROM generate_series(1, {_MANY // 5}) AS n",
    "ANALYZE",
)


@pytest.fixture
def filled(database: Database) -> Database:
    """All of an old course, then four times as much of others."""
    with database.transaction() as connection:
        for statement in _FILL:
            connection.execute(text(statement))
    return database


@contextmanager
def listening(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    event.listen(connection.engine, "before_cursor_execute", hear)
    yield asked
    event.remove(connection.engine, "before_cursor_execute", hear)


@on_postgresql
def test_a_deep_page_does_not_read_the_payloads_of_all_that_is_newer(filled: Database) -> None:
    query = replace(parse([("limit", "50")]), after=_MANY // 2)
    with filled.reading() as connection:
        with listening(connection) as asked:
            assert len(find.page(connection, query).payloads) == 50
        (search,) = [one for one in asked if "LIMIT" in one[0] and "xapi_payload" in one[0]]
        plan = connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {search[0]}", search[1]
        ).scalar_one()
    assert _most_rows(plan[0]["Plan"]) <= 100


def _most_rows(node: dict[str, Any]) -> int:
    """The most that a step of the plan read, those thrown away included."""
    read = node["Actual Rows"] + sum(
        node.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Join Filter")
    )
    return max([int(read * node["Actual Loops"]), *map(_most_rows, node.get("Plans", ()))])


@on_postgresql
def test_a_page_of_an_old_course_does_not_read_all_that_is_newer(filled: Database) -> None:
    query = parse([("activity", _OLD), ("related_activities", "true"), ("limit", "50")])
    with filled.reading() as connection:
        with listening(connection) as asked:
            assert len(find.page(connection, query).payloads) == 50
        (search,) = [one for one in asked if "LIMIT" in one[0] and "xapi_activity_link" in one[0]]
        plan = connection.exec_driver_sql(f"EXPLAIN {search[0]}", search[1]).scalars().all()
    assert not any("Merge" in line for line in plan), "\n".join(plan)
