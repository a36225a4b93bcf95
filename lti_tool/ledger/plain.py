"""Frozen values to JSON and back, by their declared types: outcomes are kept whole, so that a page shows what was decided."""

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import orjson

T = TypeVar("T")
Make = Callable[[Any], Any]
_MICROSECOND = timedelta(microseconds=1)


def dumps(value: Any) -> str:
    return orjson.dumps(value, default=_other).decode()


def loads(kind: type[T], text: str) -> T:
    """The value of that dataclass (or `tuple[…, ...]` of them) written by `dumps`."""
    make, plain = _maker(typing.cast("Any", kind)), orjson.loads(text)
    found: T = plain if make is None else make(plain)
    return found


def _other(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    raise TypeError(type(value).__name__)


@cache
def _maker(kind: Any) -> Make | None:
    """What makes a value of that type from JSON; None where JSON's own value serves."""
    origin, arms = typing.get_origin(kind), typing.get_args(kind)
    if origin in {types.UnionType, typing.Union}:
        return _maker(next(arm for arm in arms if arm is not type(None)))
    if origin is tuple:
        item = _maker(arms[0])
        return _optional(tuple if item is None else lambda plain: tuple(map(item, plain)))
    if kind is datetime:
        return _optional(datetime.fromisoformat)
    if kind is timedelta:
        return _optional(lambda plain: plain * _MICROSECOND)
    return _optional(_of_dataclass(kind)) if dataclasses.is_dataclass(kind) else None


def _of_dataclass(kind: Any) -> Make:
    makers = {name: _maker(hint) for name, hint in typing.get_type_hints(kind).items()}
    return lambda plain: kind(
        **{name: item if (make := makers[name]) is None else make(item) for name, item in plain.items()}
    )


def _optional(make: Make) -> Make:
    return lambda plain: None if plain is None else make(plain)
