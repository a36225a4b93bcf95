"""The house of these tests, on every database."""

from datetime import datetime

import pytest

from lti_tool.base.database import Database
from tests.handlers.house import House


@pytest.fixture
def house(database: Database, now: datetime) -> House:
    return House(database, now)
