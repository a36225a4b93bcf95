"""Statements of ours to another store: in batches, and one by one only where a batch is refused."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from xapi import attachments, equality, exact
from xapi.errors import Refused
from xapi.external import Enclosed, ExternalLrs, Stumbled
from xapi.forwarding import Piece
from xapi.lrs import Sender
from xapi.outgoing import Change

Json = dict[str, Any]
Ready = tuple[Piece, Json]  # what is kept, and what of it is sent
MOST_CONTENTS = 8 * 1024 * 1024  # bytes of contents in a request
_US = Sender("", {})


@dataclass(frozen=True, slots=True)
class Enclosures:
    """Contents that came with statements. `sizes`: number of the statement → sha2 → bytes; `read`: one, None when it is gone."""

    sizes: Mapping[int, Mapping[str, int]]
    read: Callable[[str], bytes | None]

    def of(self, ready: Sequence[Ready]) -> list[Enclosed]:
        """What these statements name of what came with them, each once."""
        found: dict[str, Enclosed] = {}
        for (seq, *_), one in ready:
            came = self.sizes.get(seq, ())
            for _, attachment in attachments.every(one) if came else ():
                sha2 = attachment["sha2"].lower()
                if sha2 in came and sha2 not in found and (content := self.read(sha2)) is not None:
                    found[sha2] = (sha2, attachment["contentType"], content)
        return list(found.values())


def send(
    lrs: ExternalLrs, pieces: Sequence[Piece], enclosures: Enclosures, change: Change, *, patient: bool = True
) -> list[tuple[Piece, str]]:
    """Deliver all, changed so; gives those that the receiver refuses, with its reason. Raises LrsUnanswered when it is away.

    `patient`: a receiver that falls over attachments is as good as away; else it refuses them.

    "If any Statement is rejected, the LRS MUST reject all" (part 3, 3.2): halves of a refused batch are tried, so that one that
    nobody takes holds up no other.
    """
    ready = [(piece, change(exact.loads(piece[2].encode()))) for piece in pieces]
    batches = _batches(ready, enclosures.sizes)
    return [one for batch in batches for one in _send(lrs, batch, enclosures, patient=patient)]


def _batches(ready: Sequence[Ready], sizes: Mapping[int, Mapping[str, int]]) -> Iterator[list[Ready]]:
    """In order: those without contents together, those with them up to so many bytes; what is larger goes alone."""
    batch: list[Ready] = []
    held: dict[str, int] = {}
    for one in ready:
        its = sizes.get(one[0][0], {})
        grown = {**held, **its}
        if batch and (bool(its) != bool(held) or sum(grown.values()) > MOST_CONTENTS):
            yield batch
            batch, grown = [], dict(its)
        batch.append(one)
        held = grown
    if batch:
        yield batch


def _send(
    lrs: ExternalLrs, ready: Sequence[Ready], enclosures: Enclosures, *, patient: bool
) -> list[tuple[Piece, str]]:
    try:
        lrs.save([one for _, one in ready], _US, enclosures.of(ready))
    except (Refused, Stumbled) as refused:
        if patient and isinstance(refused, Stumbled):
            raise
        if len(ready) > 1:
            middle = len(ready) // 2
            halves = (ready[:middle], ready[middle:])
            return [one for half in halves for one in _send(lrs, half, enclosures, patient=patient)]
        piece, one = ready[0]
        reason = _why_not(lrs, one, refused)
        return [(piece, reason)] if reason else []
    return []


def _why_not(lrs: ExternalLrs, one: Json, refused: Refused | Stumbled) -> str:
    """Nothing when it is there already: some stores answer 409 to the very same statement, and only reading back tells."""
    if refused.status == HTTPStatus.CONFLICT:
        held = lrs.remote.one(one["id"]) or lrs.remote.one(one["id"], voided=True)
        if held is not None and _same(one, held):
            return ""
    return str(refused)


def _same(one: Json, held: bytes) -> bool:
    try:
        return equality.equal(one, exact.loads(held))
    except (LookupError, TypeError, AttributeError, ValueError):
        return False
