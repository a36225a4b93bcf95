"""The parameters that the resources share, checked as the same values are in statements.

"The LRS MUST validate parameter values to the same standards required for values of the same types in Statements"
(xAPI 1.0.3, part 3, 3.2; 2.0, 4.1.6).
"""

from collections.abc import Collection, Iterable
from typing import Any

from xapi import exact, formats, identity
from xapi.agents import actor
from xapi.errors import bad
from xapi.formats import micros, moment
from xapi.shape import Check, Wrong

Json = dict[str, Any]


def read(
    pairs: Iterable[tuple[str, str]], *, required: Collection[str], optional: Collection[str] = ()
) -> dict[str, str]:
    """Each parameter once and none that is unknown. Raises `Refused` 400, naming the parameter.

    "The LRS MUST reject a request ... with any parameters the LRS does not recognize", their case counting.
    """
    sent = tuple(pairs)
    given = dict(sent)
    if len(given) != len(sent):
        raise bad("each parameter is wanted once")
    for name in given:
        if name not in required and name not in optional:
            wanted = ", ".join((*required, *optional)) or "none"
            raise bad(f"there is no such parameter here; wanted: {wanted}", field=name[:60])
    for name in required:
        if name not in given:
            raise bad("is missing and required", field=name)
    return given


def iri(given: dict[str, str], name: str) -> str:
    return _checked(given[name], name, formats.iri)


def uuid(given: dict[str, str], name: str) -> str | None:
    """A UUID in lower case."""
    return _checked(given[name], name, formats.uuid).lower() if name in given else None


def time(given: dict[str, str], name: str) -> int | None:
    """A moment in microseconds."""
    return micros(moment(_checked(given[name], name, formats.timestamp))) if name in given else None


def text(given: dict[str, str], name: str) -> str:
    """Any text but an empty one or one with a NUL, which PostgreSQL cannot hold."""
    value = given[name]
    if not value or "\0" in value:
        raise bad("a text without a NUL character is wanted", field=name)
    return value


def agent(given: dict[str, str], name: str = "agent") -> Json:
    """An Agent or an identified Group, from its JSON."""
    try:
        value: Any = exact.loads(given[name].encode())
        actor(value)
    except Wrong as wrong:
        raise bad(str(wrong), field=name) from None
    except ValueError:
        raise bad("an Agent as JSON is wanted", field=name) from None
    if identity.identifier(value) is None:
        raise bad("an Agent or an identified Group is wanted", field=name)
    found: Json = value
    return found


def _checked(value: str, name: str, check: Check) -> str:
    try:
        check(value)
    except Wrong as wrong:
        raise bad(str(wrong), field=name) from None
    return value
