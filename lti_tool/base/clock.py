"""Where time comes from. Only `app.py` and commands read the machine's clock; everything below is handed it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system() -> datetime:
    """The machine's time, aware and in UTC."""
    return datetime.now(UTC)
