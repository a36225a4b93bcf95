"""Installations in which people lived, for tests of what comes after: living takes longer than what is to be seen."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests import conftest
from tests.assembly import Assembly, assembled, copied

Lived = tuple[Path, Assembly]


def after(begin: Callable[[Assembly], None], now: datetime) -> tuple[Any, Any, Any]:
    """The fixtures `lived` (once a module), `house` (a copy of it for a test, on SQLite) and `house_on_postgresql`."""

    @pytest.fixture(scope="module")
    def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
        home = tmp_path_factory.mktemp("lived")
        with assembled(home, now) as found:
            begin(found)
        return home, found

    @pytest.fixture
    def house(lived: Lived, tmp_path: Path) -> Iterator[Assembly]:
        with copied(*lived, tmp_path / "home") as found:
            yield found

    @pytest.fixture
    def house_on_postgresql(tmp_path: Path) -> Iterator[Assembly]:
        if not conftest.POSTGRES:
            pytest.skip("no PostgreSQL server named by DONGHANH_TEST_POSTGRES")
        with conftest.new_postgresql() as url, assembled(tmp_path, now, url) as found:
            begin(found)
            yield found

    return lived, house, house_on_postgresql
