"""The first programme's file, and one that counts how often everybody was made due for review."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from lti_tool.base.resources import config_folder


class Marks:
    """Stands for the ledger's `mark_all`."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, connection: Connection) -> None:
        assert connection.in_transaction()
        self.count += 1


@pytest.fixture
def marks() -> Marks:
    return Marks()


@pytest.fixture
def sample() -> Callable[[str], str]:
    """The text of a file under config/."""
    return lambda name: (config_folder() / name).read_text(encoding="utf-8")


@pytest.fixture
def kns(sample) -> str:
    return sample("programmes/kns-2025.yaml")
