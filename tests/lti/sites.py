"""The LTI pages as fixtures."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lti_tool.base.database import Database
from tests.lti.fake_platform import Site, running_site


def on_sqlite() -> tuple[Any, Any]:
    """The fixtures `database_url` and `site` of tests that are the same on every database.

    test_replay.py and test_platforms.py meet PostgreSQL too.
    """

    @pytest.fixture
    def database_url(tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'test.db'}"

    @pytest.fixture
    def site(database: Database, tmp_path: Path, now: datetime) -> Iterator[Site]:
        with running_site(database, tmp_path, now) as found:
            yield found

    return database_url, site
