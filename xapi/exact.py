"""JSON in and out without losing a digit: a statement is kept as received."""

import json
import re
from typing import Any

import orjson

# Numbers that a 64-bit float or integer may not hold exactly: sixteen digits or more, or an exponent.
_DELICATE = re.compile(rb"[:,\[]\s*-?(?:[\d.]{16}|[\d.]+[eE])")
_ALONE = re.compile(rb"\s*-?(?:[\d.]{16}|[\d.]+[eE])")


class _Float(float):
    """A number with the digits as they were sent."""

    text: str


class _Int(int):
    text: str


def loads(raw: bytes) -> Any:
    """The value of a JSON text. Raises ValueError for what is no JSON, or is nested deeper than 254 levels."""
    value = orjson.loads(raw)
    if _DELICATE.search(raw) or _ALONE.match(raw):
        value = json.loads(raw, parse_float=_float, parse_int=_int)
    try:
        dumps(value)
    except orjson.JSONEncodeError as error:  # what cannot be written again cannot be kept
        raise ValueError(f"JSON of at most 254 levels is wanted ({error})") from None
    return value


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=_sent, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def canonical(value: Any) -> bytes:
    """The same bytes for the same content, whatever the order of keys and the spaces were."""
    return orjson.dumps(value, default=_sent, option=orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_SORT_KEYS)


def _float(text: str) -> float:
    number = _Float(text)
    number.text = text
    return number


def _int(text: str) -> int:
    number = int(text)
    if -(2**63) <= number < 2**63:
        return number
    big = _Int(number)
    big.text = text
    return big


def _sent(value: Any) -> orjson.Fragment:
    if isinstance(value, (_Float, _Int)):
        return orjson.Fragment(value.text)
    raise TypeError(type(value).__name__)
