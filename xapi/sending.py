"""Statements of ours to another store: in batches, and one by one only where a batch is refused."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from xapi import equality, exact
from xapi.errors import Refused
from xapi.external import ExternalLrs
from xapi.forwarding import Piece
from xapi.lrs import Sender

Json = dict[str, Any]
_US = Sender("", {})
_IDENTIFIERS = frozenset({"mbox", "mbox_sha1sum", "openid", "account", "member"})
_AGENTS = frozenset({"Agent", "Group"})


def send(
    lrs: ExternalLrs, pieces: Sequence[Piece], *, without_names: bool = False
) -> list[tuple[Piece, str]]:
    """Deliver all; gives those that the receiver refuses, with its reason. Raises LrsUnanswered when it is away.

    "If any Statement is rejected, the LRS MUST reject all" (part 3, 3.2): halves of a refused batch are tried, so that one that
    nobody takes holds up no other.
    """
    ready = [(piece, _outgoing(piece, without_names=without_names)) for piece in pieces]
    return _send(lrs, ready)


def _send(lrs: ExternalLrs, ready: Sequence[tuple[Piece, Json]]) -> list[tuple[Piece, str]]:
    if not ready:
        return []
    try:
        lrs.save([one for _, one in ready], _US)
    except Refused as refused:
        if len(ready) > 1:
            middle = len(ready) // 2
            return _send(lrs, ready[:middle]) + _send(lrs, ready[middle:])
        piece, one = ready[0]
        reason = _why_not(lrs, one, refused)
        return [(piece, reason)] if reason else []
    return []


def _why_not(lrs: ExternalLrs, one: Json, refused: Refused) -> str:
    """Nothing when it is there already: some stores answer 409 to the very same statement, and only reading back tells."""
    if refused.status == HTTPStatus.CONFLICT:
        held = lrs.remote.one(one["id"]) or lrs.remote.one(one["id"], voided=True)
        if held is not None and _same(one, held):
            return ""
    return refused.detail


def _same(one: Json, held: bytes) -> bool:
    try:
        return equality.equal(one, exact.loads(held))
    except (LookupError, TypeError, AttributeError, ValueError):
        return False


def _outgoing(piece: Piece, *, without_names: bool) -> Json:
    """As we keep it, but for what only the receiver can say: when it stored it."""
    found: Json = exact.loads(piece[2].encode())
    found.pop("stored", None)
    found.pop("authority", None)
    return _nameless(found) if without_names else found


def _nameless(value: Any) -> Any:
    """Without the names of Agents and Groups, wherever they stand."""
    if isinstance(value, list):
        return [_nameless(one) for one in value]
    if not isinstance(value, dict):
        return value
    agent = not _IDENTIFIERS.isdisjoint(value) or value.get("objectType") in _AGENTS
    return {name: _nameless(one) for name, one in value.items() if not (agent and name == "name")}
