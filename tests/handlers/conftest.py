"""The house of these tests, on every database."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event

from lti_tool.base.database import Database
from tests.handlers.house import House


@pytest.fixture
def house(database: Database, now: datetime) -> House:
    return House(database, now)


@pytest.fixture
def hasty_house(house: House) -> House:
    """The same on an SQLite that does not wait for the disk: for tests of many short histories."""
    if house.database.is_sqlite:

        def hasten(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

        event.listen(house.database.engine, "connect", hasten)
        house.database.engine.dispose()
    return house
