"""A checked statement on its way into the store, with the ids it may be kept under."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Any
from uuid import UUID, uuid4

from xapi import equality, exact
from xapi.errors import bad

Json = dict[str, Any]

# Ids of statements that came without one; the number itself means nothing and must never change.
_NAMELESS = UUID("7f1c3c0e-5b0a-4c1e-9d0f-3b1f8f0d6a52").bytes
_DERIVED_TRIES = 4


@dataclass(slots=True)  # never changed; not frozen, which would set ten fields one by one for every statement
class Draft:
    """`index`: place in the request; `content`, `nth`: this is the nth equal content of the request, from 0."""

    index: int
    sent: Json
    sent_id: str | None
    fingerprint: str
    event_time: int | None
    source: str | None = None
    content: str = ""
    nth: int = 0
    flag: str | None = None

    def name(self, attempt: int) -> str:
        """The id to be kept under when `attempt` ids before were taken by different content.

        Derived ids depend on nothing but platform, id and content, so that a resend meets itself again.
        """
        if self.sent_id and not attempt and not self.nth:
            return self.sent_id
        if (
            self.source is None or attempt > _DERIVED_TRIES
        ):  # somebody sits on our derived ids: still nothing is lost
            return str(uuid4())
        base = UUID(self.sent_id).bytes if self.sent_id else _NAMELESS
        return _uuid5(base, f"{self.source}|{self.content}|{self.nth}|{attempt}")


def ordinary(statements: Sequence[Json]) -> list[Draft]:
    """Drafts of a request by an ordinary credential. Raises `Refused` 400 for an id that stands twice in it.

    "If the LRS receives a batch of Statements containing two or more Statements with the same id, it MUST reject the batch"
    (part 3, 2.1.2).
    """
    drafts = [
        Draft(index, sent, _id(sent), equality.fingerprint(sent), equality.event_time(sent))
        for index, sent in enumerate(statements)
    ]
    seen = Counter(draft.sent_id for draft in drafts if draft.sent_id)
    for draft in drafts:
        if draft.sent_id and seen[draft.sent_id] > 1:
            raise bad("each statement of a batch needs an id of its own", index=draft.index, field="id")
    return drafts


def from_host(
    statements: Iterable[tuple[int, Json, str | None]], source: str, *, registration_of_run: bool = False
) -> list[Draft]:
    """Drafts of (place, statement, flag) from a platform.

    With an id, the content is the statement as the standard compares it; without one, all of it as sent, except the
    registration where that only names the run that sends it. "Equal statements within one request are all kept": each gets its
    number, and the same request sent again gets the same numbers.
    """
    seen: Counter[tuple[str | None, str]] = Counter()
    drafts = []
    for index, sent, flag in statements:
        sent_id, time = _id(sent), equality.event_time(sent)
        said = _of_any_run(sent) if registration_of_run and not sent_id else sent
        mark = equality.fingerprint(said)
        content = f"{mark}|{time}" if sent_id else sha256(exact.canonical(said)).hexdigest()
        nth = seen[sent_id, content]
        seen[sent_id, content] += 1
        drafts.append(Draft(index, sent, sent_id, mark, time, source, content, nth, flag))
    return drafts


def _uuid5(base: bytes, name: str) -> str:
    """As str(uuid.uuid5(…)) says it (RFC 9562, 5.5), at a fifth of its price: every statement of Moodle gets such an id."""
    digest = sha1(base + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def _of_any_run(sent: Json) -> Json:
    context = sent.get("context", {})
    if "registration" not in context:
        return sent
    return {**sent, "context": {name: value for name, value in context.items() if name != "registration"}}


def _id(sent: Json) -> str | None:
    return sent["id"].lower() if "id" in sent else None
