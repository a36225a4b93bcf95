"""What PostgreSQL makes of our questions where its statistics mislead it. The time it takes is the benchmarks' matter."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from psycopg.pq import Format
from sqlalchemy import Connection, text

from lti_tool.base.database import Database
from tests.only import on_postgresql
from xapi import find, sql
from xapi.links import activity_key
from xapi.query import Query, parse
from xapi.within import EVERYTHING, Within

Explain = Callable[..., dict[str, Any]]

_OLD = "https://hoc.tinh-mau.example.vn/course/view.php?id=2019"
_NEW = "https://hoc.tinh-mau.example.vn/course/view.php?id=2025"
_OBJECT = "https://hoc.tinh-mau.example.vn/mod/page/view.php?id=1"  # of the old course, and the object of its statements
_MANY = 20_000
_FILL = (
    (
        "INSERT INTO xapi_statement (seq, id, credential_key, authority, verb, timestamp, stored, last_seq, content_hash)"
        f" SELECT n, 'id-' || n, 'k', 'a', 'urn:v', n, n, n, 'h' FROM generate_series(1, {_MANY}) AS n"
    ),
    f"UPDATE xapi_statement SET object_id = '{_OBJECT}' WHERE seq <= {_MANY // 5}",
    "INSERT INTO xapi_payload (seq, payload) SELECT seq, repeat('x', 900) FROM xapi_statement",
    f"INSERT INTO xapi_activity_link (activity_key, seq) SELECT '{activity_key(_OLD)}', n FROM generate_series(1, {_MANY // 5}) AS n",
    f"INSERT INTO xapi_activity_link (activity_key, seq) SELECT '{activity_key(_NEW)}', n FROM generate_series({_MANY // 5 + 1}, {_MANY}) AS n",
    "ANALYZE",
)


@pytest.fixture
def filled(database: Database) -> Database:
    """All of an old course, then four times as much of others."""
    with database.transaction() as connection:
        for statement in _FILL:
            connection.execute(text(statement))
    return database


@pytest.fixture
def explain(filled: Database, monkeypatch: pytest.MonkeyPatch) -> Explain:
    """The plan of the search for a page, with what it really read, once the page was found."""
    ask = sql.rows

    def explained(query: Query, within: Within = EVERYTHING) -> dict[str, Any]:
        asked: list[tuple[str, Sequence[Any]]] = []

        def listen(connection: Connection, statement: str, values: Sequence[Any] = (), **how: bool) -> Any:
            asked.append((statement, values))
            return ask(connection, statement, values, **how)

        monkeypatch.setattr(sql, "rows", listen)
        with filled.reading() as connection:
            assert len(find.page(connection, query, within=within).payloads) == 50
            ((statement, values),) = [one for one in asked if "xapi_payload" in one[0]]
            line: Any = connection.connection.dbapi_connection
            sent = [value if isinstance(value, bytes) else _text(value) for value in values]
            formats = [Format.BINARY if isinstance(value, bytes) else Format.TEXT for value in values]
            wanted = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}".encode()
            plan = json.loads(line.pgconn.exec_params(wanted, sent, None, formats).get_value(0, 0))
        return plan[0]["Plan"]

    return explained


@on_postgresql
def test_a_deep_page_does_not_read_the_payloads_of_all_that_is_newer(explain: Explain) -> None:
    plan = explain(replace(parse([("limit", "50")]), after=_MANY // 2))
    assert max(_read(step) for step in _steps(plan)) <= 100


@on_postgresql
def test_a_page_of_an_old_course_does_not_read_all_that_is_newer(explain: Explain) -> None:
    plan = explain(parse([("activity", _OLD), ("related_activities", "true"), ("limit", "50")]))
    assert not any("Merge" in step["Node Type"] for step in _steps(plan))


@on_postgresql
@pytest.mark.parametrize("asked", [{}, {"verb": "urn:v"}])
@pytest.mark.parametrize("course", [_OLD, _NEW, _OBJECT])
def test_a_reader_who_may_see_one_course_only_is_not_read_the_whole_store_for(
    explain: Explain, asked: dict[str, str], course: str
) -> None:
    plan = explain(parse([("limit", "50"), *asked.items()]), Within(activities=(course,)))
    assert max(_read(step) for step in _steps(plan)) < _MANY // 10


def _text(value: str | int | None) -> bytes | None:
    return None if value is None else str(value).encode()


def _steps(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(step for one in node.get("Plans", ()) for step in _steps(one))]


def _read(step: dict[str, Any]) -> int:
    """The rows that a step of the plan read, those thrown away included."""
    thrown = sum(step.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Join Filter"))
    return int((step["Actual Rows"] + thrown) * step["Actual Loops"])
