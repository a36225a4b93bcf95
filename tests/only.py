"""Tests of what only one of the two databases has."""

from collections.abc import Callable
from typing import TypeVar

import pytest

_Test = TypeVar("_Test", bound=Callable[..., object])


def on_postgresql(test: _Test) -> _Test:
    """Of a test or fixture that takes `database`: no run on SQLite, and none skipped there."""
    return pytest.mark.postgresql(_on("postgresql")(test))


def on_sqlite(test: _Test) -> _Test:
    """The other way round."""
    return _on("sqlite")(test)


def _on(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("database_url", [kind], indirect=True)
