"""Columns of rows as PostgreSQL's arrays in their binary form (`array_recv`), made many values at a time.

psycopg asks a dumper for each value, which cost a batch more than checking it; a column here is made in two or three calls, for most
columns of statements hold keys of one length, one value again and again, or nothing.
"""

from collections.abc import Sequence
from itertools import chain
from struct import pack
from typing import Any, ClassVar

from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format
from sqlalchemy import Connection

_KNOWN = "xapi.arrays"  # in a connection's `info`: it takes these arrays
_NULL = b"\xff\xff\xff\xff"
_ASCII_LENGTHS = 128  # a length below it is one character of ASCII too


class _Array:
    """`value`: as it goes over the line; `element`: the type of its elements, by PostgreSQL's number."""

    element: ClassVar[int]
    __slots__ = ("value",)

    def __init__(self, value: Sequence[Any]) -> None:
        count = len(value)
        head = pack("!iiiii", 1, 1, self.element, count, 1) if count else pack("!iii", 0, 0, self.element)
        self.value = head + (self._elements(value) if count else b"")

    def _elements(self, value: Sequence[Any]) -> bytes:
        raise NotImplementedError


class Texts(_Array):
    """Strings and None. Raises UnicodeEncodeError for half a character."""

    element = 25

    def _elements(self, value: Sequence[str | None]) -> bytes:
        first = value[0]
        if value.count(first) == len(value):
            return _text(first) * len(value)
        if None not in value and len(set(map(len, value))) == 1 and len(first) < _ASCII_LENGTHS:  # type: ignore[arg-type]
            joined = f"\0\0\0{chr(len(first))}".join(("", *value))  # type: ignore[arg-type]
            if joined.isascii():
                return joined.encode()
        return b"".join(map(_text, value))


class Numbers(_Array):
    """Whole numbers of 64 bits."""

    element = 20

    def _elements(self, value: Sequence[int]) -> bytes:
        return pack(f"!{'iq' * len(value)}", *chain.from_iterable((8, one) for one in value))


class Truths(_Array):
    """True, False and None."""

    element = 16

    def _elements(self, value: Sequence[bool | None]) -> bytes:
        return b"".join([_NULL if one is None else b"\0\0\0\1\1" if one else b"\0\0\0\1\0" for one in value])


def _text(value: str | None) -> bytes:
    if value is None:
        return _NULL
    encoded = value.encode()
    return len(encoded).to_bytes(4, "big") + encoded


class _Dump(Dumper):
    format = Format.BINARY

    def dump(self, obj: _Array) -> Buffer:
        return obj.value


class _DumpTexts(_Dump):
    oid = 1009


class _DumpNumbers(_Dump):
    oid = 1016


class _DumpTruths(_Dump):
    oid = 1000


def understood(connection: Connection) -> None:
    """Have the driver's connection take these arrays."""
    if _KNOWN in connection.info:
        return
    line: Any = connection.connection.dbapi_connection
    for array, dumper in ((Texts, _DumpTexts), (Numbers, _DumpNumbers), (Truths, _DumpTruths)):
        line.adapters.register_dumper(array, dumper)
    connection.info[_KNOWN] = True
