"""JSON in and out without losing a digit: a statement is kept as received."""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

_DIGITS = 15  # a number this long, its point counted, is held exactly
# Numbers that a 64-bit float or integer may not hold exactly: sixteen digits or more, or an exponent.
_DELICATE = re.compile(rb"[:,\[]\s*-?(?:[\d.]{16}|[\d.]+[eE])")
# The same, looked for where every digit and point is 0, every exponent e, every comma and bracket a colon, and all else but the ends of
# texts and the slashes of addresses is left out: what is short and has a fixed beginning is found several times as fast. It may find too
# much, in a text, never too little.
_SKELETON = bytes.maketrans(b"123456789.E,[", b"0000000000e::")
_LEFT_OUT = bytes(set(range(256)).difference(b'0123456789.eE:,["/'))
_MAYBE_DELICATE = re.compile(rb":0(?:0{15}|0*e)")
_BLANKS = " \t\r\n"
_ALONE = re.compile(rb"\s*-?(?:[\d.]{16}|[\d.]+[eE])")


class _Float(float):
    """A number with the digits as they were sent."""

    text: str


class _Int(int):
    text: str


def loads(raw: bytes) -> Any:
    """The value of a JSON text. Raises ValueError for what is no JSON, or is nested deeper than 254 levels."""
    value = orjson.loads(raw)
    try:
        if _is_delicate(raw):
            value = json.loads(raw, parse_float=_float, parse_int=_int)
        dumps(value)
    except (orjson.JSONEncodeError, RecursionError) as error:  # what cannot be written again cannot be kept
        raise ValueError(f"JSON of at most 254 levels is wanted ({error})") from None
    return value


def _is_delicate(raw: bytes) -> bool:
    maybe = _MAYBE_DELICATE.search(raw.translate(_SKELETON, _LEFT_OUT))
    return bool(maybe and _DELICATE.search(raw)) or bool(_ALONE.match(raw))


def items(raw: bytes) -> list[bytes] | None:
    """The items of a JSON array as they were sent, though some of them may be none that `loads` takes; None for no array.

    Python's own reader lets pass what other writers get wrong: NaN, half a character, bytes that are no UTF-8.
    """
    text = raw.decode("utf-8", "surrogateescape").strip(_BLANKS)
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        return [part.encode("utf-8", "surrogateescape") for part in _parts(text)]
    except (ValueError, LookupError, RecursionError):
        return None


def _parts(text: str) -> Iterator[str]:
    """The items of an array between its brackets. Raises ValueError or LookupError where it is none, RecursionError where bottomless."""
    reader, at = json.JSONDecoder(strict=False), 1
    while True:
        start = _after_blanks(text, at)
        _, end = reader.raw_decode(text, start)
        yield text[start:end]
        at = _after_blanks(text, end)
        if text[at] != ",":
            break
        at += 1
    if at != len(text) - 1:
        raise ValueError("an array ends with its bracket")


def _after_blanks(text: str, at: int) -> int:
    while text[at] in _BLANKS:
        at += 1
    return at


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=_sent, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def kept(value: Any) -> bytes:
    """As `dumps`, for what is held for longer: in no more room than it fills, where the writer of JSON takes several times as much."""
    return bytes(memoryview(dumps(value)))


def pretty(text: str) -> str:
    """A JSON text of ours with line breaks, every digit as it was."""
    return orjson.dumps(
        loads(text.encode()), default=_sent, option=orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_INDENT_2
    ).decode()


def canonical(value: Any) -> bytes:
    """The same bytes for the same content, whatever the order of keys and the spaces were."""
    return orjson.dumps(value, default=_sent, option=orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_SORT_KEYS)


def _float(text: str) -> float:
    """A plain number unless it is delicate itself: what a statement says must not depend on its neighbours in a batch."""
    if len(text.removeprefix("-")) <= _DIGITS and "e" not in text.lower():
        return float(text)
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
