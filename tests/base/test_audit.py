"""The log of decisions."""

from datetime import UTC, datetime

from sqlalchemy import select

from lti_tool.base import audit, tables

NOW = datetime(2025, 12, 9, tzinfo=UTC)


def test_an_id_of_255_letters_is_logged_whole_though_its_column_is_shorter(database):
    """LTI 1.3, 5.3.2 and 5.4.1: `sub` and a context's id "MUST NOT exceed 255 ASCII characters in length"."""
    who, subject = "learner:" + "s" * 255, "context:" + "c" * 255
    with database.transaction() as connection:
        audit.record(connection, who=who, act="members.show", subject=subject, details={"page": 1}, at=NOW)
        (row,) = connection.execute(select(tables.audit))
    assert (row.who, row.subject) == (who[:200], subject[:200])
    assert who in row.details
    assert subject in row.details


def test_an_ordinary_line_says_nothing_twice(database):
    with database.transaction() as connection:
        audit.record(connection, who="command", act="a", subject="platform:1", details={}, at=NOW)
        (row,) = connection.execute(select(tables.audit))
    assert (row.who, row.subject, row.details) == ("command", "platform:1", "{}")
