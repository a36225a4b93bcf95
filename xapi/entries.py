"""A draft that became a row: its number, its columns, and what it is about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from xapi import exact
from xapi.complete import complete
from xapi.drafts import Draft
from xapi.formats import from_micros, micros, written
from xapi.links import Links, links
from xapi.lrs import Sender
from xapi.statement import VOIDED

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Entry:
    """`row`: the columns of `tables.statement` and the payload in UTF-8; `repeated`: it was there already; `counts_again`: for the order of arrival."""

    draft: Draft
    sender: Sender
    row: dict[str, Any]
    links: Links
    repeated: bool = False
    counts_again: bool = False
    attempt: int = 0

    @property
    def seq(self) -> int:
        return int(self.row["seq"])

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def voids(self) -> bool:
        return bool(self.row["verb"] == VOIDED)

    def rename(self) -> None:
        """Go on under the next id: this one is taken by different content."""
        self.attempt += 1
        self.row["id"] = self.draft.name(self.attempt)
        _put_payload(self.row, self.draft, self.sender)


def entries(drafts: Sequence[tuple[Draft, Sender]], numbers: Sequence[int], stored: datetime) -> list[Entry]:
    """One entry a draft, in the same order. `stored`: the moment they all get."""
    at = micros(stored)
    return [
        _entry(draft, sender, number, at) for (draft, sender), number in zip(drafts, numbers, strict=True)
    ]


def _entry(draft: Draft, sender: Sender, number: int, at: int) -> Entry:
    found = links(draft.sent)
    return Entry(draft, sender, _row(draft, number, at, sender, found.actor), found)


def _row(draft: Draft, number: int, at: int, sender: Sender, actor_key: str | None) -> dict[str, Any]:
    sent, target = draft.sent, draft.sent["object"]
    named = target.get("objectType", "Activity")
    registration = sent.get("context", {}).get("registration")
    row = {
        "seq": number,
        "id": draft.name(0),
        "original_id": None,
        "source": sender.source,
        "credential_key": sender.credential_key,
        "authority": sender.authority_key,
        "actor_key": actor_key,
        "verb": sent["verb"]["id"],
        "object_id": target["id"] if named == "Activity" else None,
        "registration": registration and registration.lower(),
        "ref_id": target["id"].lower() if named == "StatementRef" else None,
        "timestamp": at if draft.event_time is None else draft.event_time,
        "stored": at,
        "last_seq": number,
        "content_hash": draft.fingerprint,
        "flag": draft.flag,
        "may_retract": sender.voids_all if sent["verb"]["id"] == VOIDED else None,
    }
    _put_payload(row, draft, sender)
    return row


def _put_payload(row: dict[str, Any], draft: Draft, sender: Sender) -> None:
    """The payload and, when it is kept under another id than sent, the id as sent."""
    if draft.sent_id and row["id"] != draft.sent_id:
        row["original_id"] = draft.sent_id
    whole = complete(
        draft.sent, statement_id=row["id"], stored=_written(row["stored"]), authority=sender.authority
    )
    row["payload"] = exact.kept(whole)


@lru_cache(maxsize=4)
def _written(at: int) -> str:
    """All of a batch are stored at one moment."""
    return written(from_micros(at))
