"""The parameters of GET statements as one frozen value (xAPI 1.0.3, part 3, 2.1.3)."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

from xapi import exact, formats, identity
from xapi.agents import actor
from xapi.errors import bad
from xapi.formats import micros, moment
from xapi.shape import Check, Wrong

Format = Literal["ids", "exact", "canonical"]
_FORMATS: dict[str, Format] = {"ids": "ids", "exact": "exact", "canonical": "canonical"}
LARGEST_PAGE = 500
_USUAL_PAGE = 100
_NUMBER = re.compile("[0-9]{1,9}")
_SINGLE = ("statementId", "voidedStatementId")
_FILTERS = (
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
)
_KNOWN = frozenset((*_SINGLE, *_FILTERS, "limit", "format", "attachments", "ascending", "more"))


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. `after`: number of the last statement of the page before; moments in microseconds."""

    statement_id: str | None = None
    voided_statement_id: str | None = None
    agent: str | None = None
    verb: str | None = None
    activity: str | None = None
    registration: str | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: int | None = None
    until: int | None = None
    limit: int = _USUAL_PAGE
    format: Format = "exact"
    attachments: bool = False
    ascending: bool = False
    after: int | None = None
    sent: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def more(self, after: int) -> str:
        """The opaque token of the page that follows number `after`."""
        return base64.urlsafe_b64encode(orjson.dumps([after, self.sent])).decode().rstrip("=")


def parse(pairs: Iterable[tuple[str, str]]) -> Query:
    """The query of a request's parameters. Raises `Refused` 400, naming the parameter.

    "The LRS MUST reject a request ... with any parameters the LRS does not recognize" (part 3, 3.2), so that a misspelt
    filter never answers with everything.
    """
    sent = tuple(pairs)
    given = dict(sent)
    if len(given) != len(sent):
        raise bad("each parameter is wanted once")
    for name in given:
        if name not in _KNOWN:
            raise bad(
                "the standard has no such parameter; wanted: " + ", ".join(sorted(_KNOWN - {"more"})),
                field=name[:60],
            )
    if "more" in given:
        return _continued(given)
    single = _single(given)
    return replace(single or _several(given), sent=sent)


def _continued(given: dict[str, str]) -> Query:
    if len(given) != 1:
        raise bad("stands alone: it already holds the other parameters", field="more")
    token = given["more"]
    try:
        after, sent = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        pairs = [(str(name), str(value)) for name, value in sent if name != "more"]
        number = int(after)
    except (ValueError, TypeError, RecursionError):
        raise bad("the value of an earlier answer is wanted", field="more") from None
    if not 0 <= number < 2**63:
        raise bad("the value of an earlier answer is wanted", field="more")
    return replace(parse(pairs), after=number)


def _single(given: dict[str, str]) -> Query | None:
    """A query by id, or None.

    "The LRS MUST reject a request that has both statementId and voidedStatementId", or one of them "and any other parameter
    besides attachments or format".
    """
    wanted = [name for name in _SINGLE if name in given]
    if not wanted:
        return None
    others = set(given) - {wanted[0], "attachments", "format"}
    if others:
        raise bad(f"cannot be combined with {wanted[0]}", field=min(others))
    found = _checked(given, wanted[0], formats.uuid) or ""
    how = Query(format=_format(given), attachments=_flag(given, "attachments"))
    if wanted[0] == "statementId":
        return replace(how, statement_id=found.lower())
    return replace(how, voided_statement_id=found.lower())


def _several(given: dict[str, str]) -> Query:
    registration = _checked(given, "registration", formats.uuid)
    return Query(
        agent=_agent(given),
        verb=_checked(given, "verb", formats.iri),
        activity=_checked(given, "activity", formats.iri),
        registration=registration and registration.lower(),
        related_activities=_flag(given, "related_activities"),
        related_agents=_flag(given, "related_agents"),
        since=_moment(given, "since"),
        until=_moment(given, "until"),
        limit=_limit(given),
        format=_format(given),
        attachments=_flag(given, "attachments"),
        ascending=_flag(given, "ascending"),
    )


def _checked(given: dict[str, str], name: str, check: Check) -> str | None:
    """The standard: "The LRS MUST validate parameter values to the same standards required for values of the same types in Statements"."""
    value = given.get(name)
    if value is None:
        return None
    try:
        check(value)
    except Wrong as wrong:
        raise bad(str(wrong), field=name) from None
    return value


def _agent(given: dict[str, str]) -> str | None:
    text = given.get("agent")
    if text is None:
        return None
    try:
        value: Any = exact.loads(text.encode())
        actor(value)
    except Wrong as wrong:
        raise bad(str(wrong), field="agent") from None
    except (ValueError, UnicodeEncodeError):
        raise bad("an Agent as JSON is wanted", field="agent") from None
    found = identity.key(value)
    if found is None:
        raise bad("an Agent or an identified Group is wanted", field="agent")
    return found


def _flag(given: dict[str, str], name: str) -> bool:
    value = given.get(name, "false")
    if value not in {"true", "false"}:
        raise bad("true or false is wanted", field=name)
    return value == "true"


def _moment(given: dict[str, str], name: str) -> int | None:
    value = _checked(given, name, formats.timestamp)
    return None if value is None else micros(moment(value))


def _limit(given: dict[str, str]) -> int:
    """The standard: "0 indicates return the maximum the server will allow"."""
    text = given.get("limit", str(_USUAL_PAGE))
    if not _NUMBER.fullmatch(text):
        raise bad("a whole number from 0 is wanted", field="limit")
    return min(int(text) or LARGEST_PAGE, LARGEST_PAGE)


def _format(given: dict[str, str]) -> Format:
    found = _FORMATS.get(given.get("format", "exact"))
    if found is None:
        raise bad("ids, exact or canonical is wanted", field="format")
    return found
