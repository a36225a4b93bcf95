"""Host intake: what a platform really sends gets in, and nothing of it is lost.

A credential bound to one platform is never refused for its content. Good statements of a batch are stored; each bad one is
kept whole with the reason, to be shown and tried again; a body that is no JSON at all is kept whole too. The sender is told
200, because Moodle throws a whole batch away for any other answer and Open edX's sender drops it for a 409.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from xapi import drafts, exact, identity
from xapi.lrs import Sender
from xapi.masking import ERASED_HOME
from xapi.quarantine import Bad
from xapi.saving import Arrival
from xapi.shape import Wrong
from xapi.statement import check

Json = dict[str, Any]
FOREIGN = "foreign-actor"
UNKNOWN = "unknown-actor"


@dataclass(frozen=True, slots=True)
class IntakePolicy:
    """What is special about a platform.

    `source`: its issuer; `home_page`: of the accounts of its own people, None when it is not known; `discard`: e-mail
    addresses, lower-case, with or without "mailto:", that stand for nobody; `registration_of_run`: `context.registration` names
    the run of the sender's task, so that the same event sent again says another one; `sends_ids`: its statements have ids of
    their own, which a resend repeats.
    """

    source: str
    home_page: str | None = None
    discard: frozenset[str] = frozenset()
    registration_of_run: bool = False
    sends_ids: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """A body taken apart: statements with their place, and what is not one."""

    good: tuple[tuple[int, Json], ...] = ()
    bad: tuple[Bad, ...] = ()


def read(body: bytes, *, statement_id: str | None = None, whole: bool = True) -> Reading:
    """Take a request's body apart. Never raises. `statement_id`: of a PUT; `whole`: False for a single statement of a batch."""
    try:
        value = exact.loads(body)
    except ValueError as error:
        parts = exact.items(body) if whole else None
        if parts is None:
            return Reading(bad=(Bad(None if whole else 0, "", f"JSON is wanted: {error}", body),))
        return _sorted(map(_part, parts))
    if statement_id is not None and isinstance(value, dict):
        value.setdefault("id", statement_id)
    if not isinstance(value, (dict, list)):
        return Reading(bad=(Bad(None, "", "a statement or an array of statements is wanted", body),))
    return _sorted(_checked(item, statement_id) for item in (value if isinstance(value, list) else [value]))


def _sorted(found: Iterable[Json | Bad]) -> Reading:
    """Each with its place in the batch."""
    good, bad = [], []
    for place, one in enumerate(found):
        if isinstance(one, Bad):
            bad.append(replace(one, place=place))
        else:
            good.append((place, one))
    return Reading(tuple(good), tuple(bad))


def _part(raw: bytes) -> Json | Bad:
    """One item of an array that could not be read as a whole."""
    try:
        return _checked(exact.loads(raw), None)
    except ValueError as error:
        return Bad(None, "", f"JSON is wanted: {error}", raw)


def _checked(item: Any, statement_id: str | None) -> Json | Bad:
    try:
        _check(item, statement_id)
    except Wrong as wrong:
        return Bad(None, wrong.path, wrong.reason, exact.dumps(item))
    found: Json = item
    return found


def arrival(
    reading: Reading, sender: Sender, policy: IntakePolicy, *, arrived: datetime | None = None
) -> Arrival:
    """What a platform's request brought. `arrived`: when the sender sent it, if not just now."""
    found = drafts.from_host(
        _flagged(reading.good, policy), policy.source, registration_of_run=policy.registration_of_run
    )
    return Arrival(found, sender, reading.bad, arrived)


def flag(actor: Json, policy: IntakePolicy) -> str | None:
    """Why a statement about this actor is stored but no evidence; None when it may be.

    "Evidence from a host counts only for that host's people": an account names the platform it is an account of. Addresses and
    hashes name none; they count for people of this platform only, whoever joins them.
    """
    if "account" in actor and actor["account"]["homePage"] == ERASED_HOME:  # came before, was replaced since
        return None
    if "account" in actor and policy.home_page is not None:
        same = actor["account"]["homePage"].rstrip("/") == policy.home_page.rstrip("/")
        return None if same else FOREIGN
    for address in policy.discard:
        if actor.get("mbox", "").lower() in {address, f"mailto:{address}"}:
            return UNKNOWN
        if actor.get("mbox_sha1sum", "").lower() in identity.sha1_forms(address):
            return UNKNOWN
    return None


def _check(item: Any, statement_id: str | None) -> None:
    check(item)
    if statement_id is not None and item["id"].lower() != statement_id.lower():
        raise Wrong("another id is wanted: it differs from the parameter statementId").within("id")


def _flagged(good: Sequence[tuple[int, Json]], policy: IntakePolicy) -> list[tuple[int, Json, str | None]]:
    return [(place, item, flag(item["actor"], policy)) for place, item in good]
