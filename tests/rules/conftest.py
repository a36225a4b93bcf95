"""Facts in the hosts' measured shapes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rules.evidence import COMPLETED, Fact
from tests.rules.builders import HOST


@pytest.fixture
def fact() -> Callable[..., Fact]:
    """Facts in order of arrival, a minute after they happened, on the second day unless said otherwise."""
    order = iter(range(1, 1_000_000))

    def make(
        activity: str, verb: str = COMPLETED, at: str | datetime = "2025-12-02T20:00:00+07:00", **other: Any
    ) -> Fact:
        moment = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)
        number = next(order)
        values: dict[str, Any] = {
            "statement_id": f"s{number}",
            "source": HOST,
            "activity": activity,
            "external_id": None,
            "verb": verb,
            "at": moment,
            "order": number,
            "arrived": moment + timedelta(minutes=1),
        }
        return Fact(**{**values, **other})

    return make
