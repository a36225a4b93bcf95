"""Statements of an external store into our own tables of evidence, by the same rules as a platform's own sender's.

What the external store gave stays: its ids (so that a proof can be looked up there), its authority, and, as `arrived`, when it
stored them. A statement seen before is nothing new. An external store knows nothing of a host that sends without ids: there a
resend has an id of its own, is recognised by its content, kept, marked as no evidence, and counts again for the order of arrival.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from xapi import authorities, drafts, exact, identity, intake, receiving
from xapi.authorities import Authority
from xapi.definitions import Definitions
from xapi.drafts import Draft
from xapi.entries import Clock
from xapi.equality import same_content, same_moment
from xapi.erased import Erased
from xapi.evidence import CAME
from xapi.faults import Fault
from xapi.formats import micros, moment, uuid
from xapi.intake import IntakePolicy
from xapi.lrs import OnSaved, Saved, Sender
from xapi.quarantine import Bad
from xapi.saving import Arrival
from xapi.shape import Wrong
from xapi.statement import VOIDED, check
from xapi.tables import statement
from xapi.versions import Version, spoken

Json = dict[str, Any]
PolicyOf = Callable[[str], IntakePolicy]  # by the platform's issuer
KEY = "external"  # stands for the credential, which only the external store knows
NOBODY: Json = {"objectType": "Agent", "account": {"homePage": "urn:donghanh:external", "name": "unknown"}}
RESEND = "resend"
_NAMES = 3  # an id and the ids derived from it that are looked for


@dataclass(frozen=True, slots=True)
class Item:
    """A statement as it came; `value`: None when it is no JSON object; `stored`: there, None when that cannot be read."""

    raw: bytes
    value: Json | None
    stored: int | None
    fault: str = ""

    @property
    def authority(self) -> str | None:
        return None if self.value is None else authorities.key_of(self.value.get("authority"))

    @property
    def voids(self) -> str | None:
        """The statement that this one voids; None, too, for what is no statement's id: no store could be asked for that."""
        try:
            found = self.value and self.value["verb"]["id"] == VOIDED and self.value["object"]["id"]
            uuid(found)
        except (LookupError, TypeError, Wrong):
            return None
        return str(found).lower()


def read(raws: Iterable[bytes]) -> list[Item]:
    """Statements of a page. Never raises."""
    return [_item(raw) for raw in raws]


def _item(raw: bytes) -> Item:
    try:
        value = exact.loads(raw)
    except ValueError as error:
        return Item(raw, None, None, f"JSON is wanted: {error}")
    if not isinstance(value, dict):
        return Item(raw, None, None, "a statement is wanted")
    try:
        stored = micros(moment(value["stored"]))
    except (LookupError, TypeError, ValueError, Wrong, AttributeError):
        return Item(raw, value, None)
    return Item(raw, value, stored)


def unknown_targets(connection: Connection, items: Sequence[Item]) -> list[str]:
    """Statements that these void and that are not here: the external store hides them from now on."""
    targets = {item.voids for item in items if item.voids}
    if not targets:
        return []
    held = connection.execute(select(statement.c.id).where(statement.c.id.in_(targets))).scalars()
    return sorted(targets - set(held))


def take(
    connection: Connection,
    items: Sequence[Item],
    *,
    policy_of: PolicyOf,
    clock: Clock,
    on_saved: OnSaved,
    erased: Erased | None = None,
) -> Saved:
    """Store what is evidence of a platform and not here yet; keep what cannot be read. In the caller's transaction.

    Whoever is `erased` is replaced first: only so is a statement that is read again known by what it became.
    """
    authorities.note(connection, _seen(items))
    runs = _runs(connection, items, authorities.trusted(connection))
    come = [_arrival(run, sender, policy_of(sender.source or "")) for sender, run in runs]
    come = _replaced(connection, come, erased)
    parts = [_part(connection, *one, policy_of(one[0].sender.source or "")) for one in come]
    unreadable, *_ = _replaced(connection, [(_unreadable(items), [])], erased)
    arrivals = [unreadable[0], *(one.arrival for one in parts)]
    _, *saved = receiving.receive(connection, arrivals, clock, on_saved, Definitions())
    ids = tuple(name for one in saved for name in one.ids)
    _note_arrival(connection, ids, [item for one in parts for item in one.items])
    _move(connection, {resend: first for one in parts for resend, first in one.moved.items()})
    return Saved(ids, frozenset().union(*(one.actor_keys for one in saved)))


def _seen(items: Iterable[Item]) -> Iterator[tuple[Json, int]]:
    for item in items:
        if (
            item.value is not None
            and item.stored is not None
            and isinstance(item.value.get("authority"), dict)
        ):
            yield item.value["authority"], item.stored


def _runs(
    connection: Connection, items: Sequence[Item], trusted: Mapping[str, Authority]
) -> list[tuple[Sender, list[Item]]]:
    """Neighbours of one sender together, so that the order of arrival stays."""
    sources = _sources(connection, items, trusted)
    runs: list[tuple[Sender, list[Item]]] = []
    for item in items:
        sender = _sender(item, trusted, sources)
        if sender is None:
            continue
        if runs and runs[-1][0] == sender:
            runs[-1][1].append(item)
        else:
            runs.append((sender, [item]))
    return runs


def _sources(
    connection: Connection, items: Sequence[Item], trusted: Mapping[str, Authority]
) -> dict[str, str]:
    """The platforms of the statements that are voided here."""
    targets = {item.voids for item in items if item.voids}
    if not targets:
        return {}
    row = statement.c
    held = select(row.id, row.source).where(row.id.in_(targets), row.source.is_not(None))
    found = {one.id: one.source for one in connection.execute(held)}
    for item in items:
        one = trusted.get(item.authority or "")
        if one is not None and one.source is not None and item.value is not None:
            found.setdefault(str(item.value.get("id")).lower(), one.source)
    return found


def _sender(item: Item, trusted: Mapping[str, Authority], sources: Mapping[str, str]) -> Sender | None:
    """Under whose name it is kept; None: it is nobody's evidence. A voiding statement is kept with what it voids."""
    if item.value is None or item.authority is None:
        return None
    one = trusted.get(item.authority)
    source = one.source if one is not None and one.source else sources.get(item.voids or "")
    if source is None:
        return None
    return Sender(KEY, item.value["authority"], source, voids_all=one is not None and one.keeper)


def _unreadable(items: Iterable[Item]) -> Arrival:
    """What is no JSON says nothing of its platform either: a person looks."""
    return Arrival(
        [],
        Sender(KEY, NOBODY, ""),
        [Bad(None, "", item.fault, item.raw, Fault.UNREADABLE) for item in items if item.fault],
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A run on its way: what is new of it with the items it came as, and which earlier statements its resends repeat."""

    arrival: Arrival
    items: Sequence[Item]
    moved: Mapping[str, str]


def _arrival(run: Sequence[Item], sender: Sender, policy: IntakePolicy) -> tuple[Arrival, list[Item]]:
    good, bad = _sorted(run)
    return Arrival(_drafts(good, policy), sender, bad), good


def _replaced(
    connection: Connection, come: list[tuple[Arrival, list[Item]]], erased: Erased | None
) -> list[tuple[Arrival, list[Item]]]:
    if erased is None:
        return come
    found = erased.arrivals(connection, [one for one, _ in come])
    return [(one, items) for one, (_, items) in zip(found, come, strict=True)]


def _part(connection: Connection, come: Arrival, items: Sequence[Item], policy: IntakePolicy) -> _Part:
    once = {draft.sent_id: (draft, item) for draft, item in zip(come.drafts, items, strict=True)}
    known = _known(connection, [draft for draft, _ in once.values()])
    fresh = [(draft, item) for draft, item in once.values() if not known(draft)]
    marked, moved = _resends(connection, fresh, policy)
    return _Part(replace(come, drafts=marked), [item for _, item in fresh], moved)


class _KeptThere(dict[str, bytes]):
    """Contents of attachments stay in the store that has them."""

    def __contains__(self, _sha2: object) -> bool:
        return True


_KEPT_THERE = _KeptThere()


def _version(item: Item) -> Version:
    return spoken(str((item.value or {}).get("version"))) or Version.V1


def _sorted(run: Sequence[Item]) -> tuple[list[Item], list[Bad]]:
    good, bad = [], []
    for place, item in enumerate(run):
        try:
            check(item.value, version=_version(item), contents=_KEPT_THERE)
            if item.stored is None or "id" not in (item.value or {}):
                raise Wrong("is set by every LRS", Fault.MISSING).within(
                    "stored" if item.stored is None else "id"
                )
        except Wrong as wrong:
            bad.append(Bad(place, wrong.path, wrong.reason, item.raw, wrong.fault))
        else:
            good.append(item)
    return good, bad


def _drafts(good: Sequence[Item], policy: IntakePolicy) -> list[Draft]:
    """As a platform's sender's; of a host that sends no ids, the content alone says what is the same.

    A store has an id once: what stands twice on a page is one statement.
    """
    values = [item.value or {} for item in good]
    flags = [intake.flag(one["actor"], policy) for one in values]
    said = values if policy.sends_ids else [_nameless(one) for one in values]
    found = drafts.from_host(
        list(zip(range(len(said)), said, flags, strict=True)),
        policy.source,
        registration_of_run=policy.registration_of_run,
    )
    return [
        replace(draft, sent=one, sent_id=one["id"].lower(), nth=0)
        for draft, one in zip(found, values, strict=True)
    ]


def _nameless(one: Json) -> Json:
    return {name: value for name, value in one.items() if name != "id"}


def _known(connection: Connection, found: Sequence[Draft]) -> Callable[[Draft], bool]:
    """Tells what is here already. Another sender's statement under the same id is not the platform's own word."""
    row = statement.c
    names = {draft.name(attempt) for draft in found for attempt in range(_NAMES)}
    query = select(row.id, row.source, row.content_hash, row.timestamp)
    held = {one.id: one for one in connection.execute(query.where(row.id.in_(names)))} if names else {}

    def known(draft: Draft) -> bool:
        same = [held.get(draft.name(attempt)) for attempt in range(_NAMES)]
        return any(
            one is not None
            and one.source == draft.source
            and same_content(one.content_hash, draft.fingerprint)
            and same_moment(draft.event_time, one.timestamp)
            for one in same
        )

    return known


def _resends(
    connection: Connection, fresh: Sequence[tuple[Draft, Item]], policy: IntakePolicy
) -> tuple[list[Draft], dict[str, str]]:
    """The drafts, resends marked; and which earlier statement each resend repeats (id → id).

    "Equal statements within one request are all kept": one request is what one moment of storing has.
    """
    if policy.sends_ids:
        return [draft for draft, _ in fresh], {}
    first = _earlier(connection, [draft for draft, _ in fresh])
    marked, moved = [], {}
    for draft, item in fresh:
        content = (draft.fingerprint, draft.event_time or 0)
        held = first.setdefault(content, (draft.name(0), item.stored or 0))
        if held[1] != item.stored and draft.flag is None:
            moved[draft.name(0)] = held[0]
            marked.append(replace(draft, flag=RESEND))
        else:
            marked.append(draft)
    return marked, moved


def _earlier(connection: Connection, found: Sequence[Draft]) -> dict[tuple[str, int], tuple[str, int]]:
    """By content and time of the event: the statement that said it first, and when it came."""
    if not found:
        return {}
    row = statement.c
    actors = {identity.key(draft.sent["actor"]) for draft in found} - {None}
    query = select(row.id, row.content_hash, row.timestamp, CAME.label("came")).where(
        row.actor_key.in_(actors),
        row.content_hash.in_({draft.fingerprint for draft in found}),
        row.source == found[0].source,
        row.flag.is_(None),
    )
    return {
        (one.content_hash, one.timestamp): (one.id, one.came)
        for one in connection.execute(query.order_by(row.seq.desc()))
    }


def _note_arrival(connection: Connection, ids: Sequence[str], items: Sequence[Item]) -> None:
    """When the external store got each, which decides whether it was in time."""
    if ids:
        came = update(statement).where(statement.c.id == bindparam("held")).values(arrived=bindparam("came"))
        rows = [{"held": one, "came": item.stored} for one, item in zip(ids, items, strict=True)]
        connection.execute(came, sorted(rows, key=lambda row: str(row["held"])))


def _move(connection: Connection, moved: Mapping[str, str]) -> None:
    """A resend "counts again for order of arrival"."""
    for resend, first in sorted(moved.items(), key=lambda pair: pair[1]):
        later = select(statement.c.seq).where(statement.c.id == resend).scalar_subquery()
        connection.execute(update(statement).where(statement.c.id == first).values(last_seq=later))
