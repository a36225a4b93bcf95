"""The shape of a JSON object as a table of checks, and the error that says where and what was wanted."""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any

from xapi import exact
from xapi.faults import Fault

Check = Callable[[Any], None]
_REMEMBERED, _SHORT = 4096, 2048  # values; bytes of one
_SHOWN = 60  # characters of a name that a client made up


class Wrong(Exception):
    """A value breaks the standard. `path` names it from the outside in, `reason` says what was wanted, `fault` its kind."""

    def __init__(self, reason: str, fault: Fault = Fault.OTHER) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fault = fault
        self._steps: list[str] = []

    def within(self, step: str) -> "Wrong":
        self._steps.append(step)
        return self

    @property
    def path(self) -> str:
        return ".".join(reversed(self._steps)).replace(".[", "[")

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self._steps else self.reason


def kind(value: Any) -> str:
    """What a value is, in JSON's words."""
    if value is None:
        return "null"
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    return names.get(type(value), "a number")


def members(value: Any, shape: Mapping[str, Check], required: Collection[str] = ()) -> None:
    """`value` is an object that has only the properties of `shape`, each as its check wants it, and all `required` ones.

    "The LRS MUST reject Statements ... with any null values (except inside extensions), ... where a key or value is not
    allowed by this specification" (xAPI 1.0.3, part 2, 2.2): every check refuses null, every other key is unknown.
    """
    if type(value) is not dict:
        raise Wrong(f"an object is wanted, not {kind(value)}", Fault.TYPE)
    for name, item in value.items():
        check = shape.get(name)
        if check is None:
            reason = "the standard has no such property here; wanted: " + ", ".join(shape)
            raise Wrong(reason, Fault.UNKNOWN).within(_shown(name))
        try:
            check(item)
        except Wrong as wrong:
            raise wrong.within(name) from None
    for name in required:
        if name not in value:
            raise Wrong("is missing and required", Fault.MISSING).within(name)


def remembered(check: Check) -> Check:
    """A check that knows the JSON values again that passed it: hosts say the same few thousand verbs and activities all day.

    They were half of the checking of a batch. A value that cannot be written as JSON is checked each time. Each check
    of a process holds eight megabytes at most.
    """
    passed: dict[bytes, None] = {}

    @wraps(check)
    def known(value: Any) -> None:
        try:
            raw = exact.dumps(value)
        except TypeError:
            check(value)
            return
        if raw in passed:
            return
        check(value)
        if len(raw) <= _SHORT:
            if len(passed) >= _REMEMBERED:
                passed.clear()
            passed[exact.kept(value)] = None

    return known


def array(value: Any, check: Check) -> None:
    """`value` is an array each item of which passes `check`."""
    if type(value) is not list:
        raise Wrong(f"an array is wanted, not {kind(value)}", Fault.TYPE)
    for index, item in enumerate(value):
        try:
            check(item)
        except Wrong as wrong:
            raise wrong.within(f"[{index}]") from None


def string(value: Any) -> None:
    if type(value) is not str:
        raise Wrong(f"a string is wanted, not {kind(value)}", Fault.TYPE)


def boolean(value: Any) -> None:
    if type(value) is not bool:
        raise Wrong(f"true or false is wanted, not {kind(value)}", Fault.TYPE)


def number(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Wrong(f"a number is wanted, not {kind(value)}", Fault.TYPE)


def whole(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Wrong("a whole number from 0 is wanted", Fault.RANGE)


def one_of(*wanted: str) -> Check:
    """Exactly one of these strings: "where the case of a value restricted to enumerated values does not match" is refused."""

    def check(value: Any) -> None:
        if type(value) is not str or value not in wanted:
            raise Wrong("wanted: " + " or ".join(f'"{name}"' for name in wanted), Fault.CHOICE)

    return check


def _shown(name: str) -> str:
    return name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
