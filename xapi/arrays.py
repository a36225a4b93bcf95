"""Columns of rows as PostgreSQL's arrays in their binary form (`array_recv`), made many values at a time.

psycopg asks a dumper for each value, which cost a batch more than checking it; a column here is made in two or three calls, for most
columns of statements hold keys of one length, one value again and again, or nothing.
"""

from collections.abc import Sequence
from itertools import chain
from struct import pack

_TEXT, _BIGINT, _BOOLEAN = 25, 20, 16  # the types of the elements, by PostgreSQL's numbers
# Most requests bring one statement: what stands before the only element.
_ONE_TEXT, _ONE_BIGINT = pack("!iiiii", 1, 1, _TEXT, 1, 1), pack("!iiiiii", 1, 1, _BIGINT, 1, 1, 8)
_NULL = b"\xff\xff\xff\xff"
_ASCII_LENGTHS = 128  # a length below it is one character of ASCII too


def texts(values: Sequence[str | None]) -> bytes:
    """A text[] of strings and None. Raises UnicodeEncodeError for half a character."""
    if len(values) == 1:
        return _ONE_TEXT + _of_text(values[0])
    return _array(_TEXT, len(values), _of_texts(values) if values else b"")


def encoded(values: Sequence[bytes]) -> bytes:
    """A text[] of strings that are UTF-8 already."""
    elements = chain.from_iterable((len(value).to_bytes(4, "big"), value) for value in values)
    return _array(_TEXT, len(values), b"".join(elements))


def numbers(values: Sequence[int]) -> bytes:
    """A bigint[]."""
    if len(values) == 1:
        return _ONE_BIGINT + pack("!q", values[0])
    each = [8] * (2 * len(values))  # its length before each
    each[1::2] = values
    return _array(_BIGINT, len(values), pack(f"!{'iq' * len(values)}", *each))


def truths(values: Sequence[bool | None]) -> bytes:
    """A boolean[] of True, False and None."""
    return _array(_BOOLEAN, len(values), b"".join(map(_of_truth, values)))


def _array(element: int, count: int, elements: bytes) -> bytes:
    if not count:
        return pack("!iii", 0, 0, element)
    return pack("!iiiii", 1, 1, element, count, 1) + elements


def _of_texts(values: Sequence[str | None]) -> bytes:
    first = values[0]
    if values.count(first) == len(values):
        return _of_text(first) * len(values)
    return _of_keys(values) or b"".join(map(_of_text, values))


def _of_keys(values: Sequence[str | None]) -> bytes | None:
    """Strings of ASCII and of one length; None for others."""
    there = [value for value in values if value is not None]
    if len(there) < len(values) or len(set(map(len, there))) > 1 or len(there[0]) >= _ASCII_LENGTHS:
        return None
    joined = f"\0\0\0{chr(len(there[0]))}".join(("", *there))
    return joined.encode() if joined.isascii() else None


def _of_text(value: str | None) -> bytes:
    if value is None:
        return _NULL
    encoded = value.encode()
    return len(encoded).to_bytes(4, "big") + encoded


def _of_truth(value: bool | None) -> bytes:
    return _NULL if value is None else b"\0\0\0\1\1" if value else b"\0\0\0\1\0"
