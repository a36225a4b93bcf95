"""Host intake: what a platform really sends gets in, and nothing of it is lost.

A credential bound to one platform is never refused for its content. Good statements of a batch are stored; each bad one is
kept whole with the reason, to be shown and tried again; a body that is no JSON at all is kept whole too. The sender is told
200, because Moodle throws a whole batch away for any other answer and Open edX's sender drops it for a 409.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from xapi import drafts, exact, identity, multipart, versions
from xapi.attachments import NO_CONTENTS, Contents
from xapi.faults import Fault
from xapi.lrs import Sender
from xapi.masking import STAND_INS
from xapi.quarantine import Bad
from xapi.saving import Arrival
from xapi.shape import Wrong
from xapi.statement import check
from xapi.versions import Version

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
    """A body taken apart: statements with their place, what is not one, and the contents of attachments."""

    good: tuple[tuple[int, Json], ...] = ()
    bad: tuple[Bad, ...] = ()
    contents: Contents = field(default_factory=dict)


def read(
    body: bytes, *, statement_id: str | None = None, whole: bool = True, version: Version = Version.V1
) -> Reading:
    """Take a request's body apart. Never raises. `statement_id`: of a PUT; `whole`: False for a single statement of a batch.

    A body of several parts is known by its first line, so that one kept in quarantine is read as it came.
    """
    mixed = multipart.sniffed(body) if whole else None
    text, contents = mixed or (body, NO_CONTENTS)
    found = _read(text, _Check(statement_id, contents), whole=whole)
    if mixed and found.bad:  # kept whole: one statement alone would have lost what came with it
        first = found.bad[0]
        found = replace(found, bad=(replace(first, place=None, raw=body),))
    good = tuple((place, versions.accepted(item, version)) for place, item in found.good)
    return replace(found, good=good, contents=contents)


def _read(body: bytes, check: "_Check", *, whole: bool) -> Reading:
    try:
        value = exact.loads(body)
    except ValueError as error:
        parts = exact.items(body) if whole else None
        if parts is None:
            return Reading(
                bad=(Bad(None if whole else 0, "", f"JSON is wanted: {error}", body, Fault.UNREADABLE),)
            )
        return _sorted(map(check.part, parts))
    if check.statement_id is not None and isinstance(value, dict):
        value.setdefault("id", check.statement_id)
    if not isinstance(value, (dict, list)):
        return Reading(
            bad=(Bad(None, "", "a statement or an array of statements is wanted", body, Fault.UNREADABLE),)
        )
    return _sorted(map(check.item, value if isinstance(value, list) else [value]))


def _sorted(found: Iterable[Json | Bad]) -> Reading:
    """Each with its place in the batch."""
    good, bad = [], []
    for place, one in enumerate(found):
        if isinstance(one, Bad):
            bad.append(replace(one, place=place))
        else:
            good.append((place, one))
    return Reading(tuple(good), tuple(bad))


@dataclass(frozen=True, slots=True)
class _Check:
    """Checks the statements of one body. What either version of the standard allows is good, whichever the sender speaks."""

    statement_id: str | None
    contents: Contents

    def part(self, raw: bytes) -> Json | Bad:
        """One item of an array that could not be read as a whole."""
        try:
            return self.item(exact.loads(raw))
        except ValueError as error:
            return Bad(None, "", f"JSON is wanted: {error}", raw, Fault.UNREADABLE)

    def item(self, item: Any) -> Json | Bad:
        try:
            check(item, version=Version.V2, contents=self.contents)
            if self.statement_id is not None and item["id"].lower() != self.statement_id.lower():
                raise Wrong("another id is wanted: it differs from the parameter statementId").within("id")
        except Wrong as wrong:
            return Bad(None, wrong.path, wrong.reason, exact.dumps(item), wrong.fault)
        found: Json = item
        return found


def arrival(
    reading: Reading, sender: Sender, policy: IntakePolicy, *, arrived: datetime | None = None
) -> Arrival:
    """What a platform's request brought. `arrived`: when the sender sent it, if not just now."""
    found = drafts.from_host(
        _flagged(reading.good, policy), policy.source, registration_of_run=policy.registration_of_run
    )
    return Arrival(found, sender, reading.bad, arrived, contents=reading.contents)


def flag(actor: Json, policy: IntakePolicy) -> str | None:
    """Why a statement about this actor is stored but no evidence; None when it may be.

    "Evidence from a host counts only for that host's people": an account names the platform it is an account of. Addresses and
    hashes name none; they count for people of this platform only, whoever joins them.
    """
    if "account" in actor and actor["account"]["homePage"] in STAND_INS:  # came before, was replaced since
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


def _flagged(good: Sequence[tuple[int, Json]], policy: IntakePolicy) -> list[tuple[int, Json, str | None]]:
    return [(place, item, flag(item["actor"], policy)) for place, item in good]
