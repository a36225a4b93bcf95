"""Frozen values to JSON and back, by their declared types: outcomes are kept whole, so that a page shows what was decided."""

import dataclasses
import types
import typing
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import orjson

T = TypeVar("T")
_MICROSECOND = timedelta(microseconds=1)


def dumps(value: Any) -> str:
    return orjson.dumps(value, default=_other).decode()


def loads(kind: type[T], text: str) -> T:
    """The value of that dataclass (or `tuple[…, ...]` of them) written by `dumps`."""
    found: T = _made(kind, orjson.loads(text))
    return found


def _other(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    raise TypeError(type(value).__name__)


def _made(kind: Any, plain: Any) -> Any:
    origin = typing.get_origin(kind)
    if plain is not None and origin in {types.UnionType, typing.Union}:
        return _made(next(arm for arm in typing.get_args(kind) if arm is not type(None)), plain)
    if plain is not None and origin is tuple:
        return tuple(_made(typing.get_args(kind)[0], item) for item in plain)
    return plain if plain is None or not isinstance(kind, type) else _simple(kind, plain)


def _simple(kind: type, plain: Any) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(plain)
    if kind is timedelta:
        return plain * _MICROSECOND
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _made(hints[name], item) for name, item in plain.items()})
    return plain


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
