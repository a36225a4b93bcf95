"""Results and scores (xAPI 1.0.3, part 2, 2.4.5; 2.0, 4.2.2.4)."""

from typing import Any

from xapi import formats
from xapi.faults import Fault
from xapi.shape import Check, Wrong, boolean, members, number, string


def result(value: Any) -> None:
    members(value, _RESULT)


def _score(value: Any) -> None:
    """Range: scaled in [-1, 1], min < max, raw between them (2.4.5.1)."""
    members(value, _SCORE)
    low, high, raw = value.get("min"), value.get("max"), value.get("raw")
    if low is not None and high is not None and low >= high:
        raise Wrong("a number below max is wanted", Fault.RANGE).within("min")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        raise Wrong("a number from min to max is wanted", Fault.RANGE).within("raw")


def _scaled(value: Any) -> None:
    number(value)
    if not -1 <= value <= 1:
        raise Wrong("a number from -1 to 1 is wanted", Fault.RANGE)


_SCORE: dict[str, Check] = {"scaled": _scaled, "raw": number, "min": number, "max": number}
_RESULT: dict[str, Check] = {
    "score": _score,
    "success": boolean,
    "completion": boolean,
    "response": string,
    "duration": formats.duration,
    "extensions": formats.extensions,
}
