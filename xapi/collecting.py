"""Statements of an external store into our own tables of evidence, by the same rules as a platform's own sender's.

What the external store gave stays: its ids (so that a proof can be looked up there), its authority, and, as `arrived`, when it
stored them. A statement seen before is nothing new.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, select, update

from xapi import authorities, drafts, intake, receiving, whose
from xapi.definitions import Definitions
from xapi.drafts import Draft
from xapi.entries import Clock
from xapi.equality import same_content, same_moment
from xapi.erased import Erased
from xapi.faults import Fault
from xapi.intake import IntakePolicy
from xapi.items import Item, Json
from xapi.lrs import OnSaved, Saved, Sender
from xapi.quarantine import Bad
from xapi.resends import Resends
from xapi.saving import Arrival
from xapi.shape import Wrong
from xapi.statement import check
from xapi.tables import statement
from xapi.versions import Version, spoken

PolicyOf = Callable[[str], IntakePolicy]  # by the platform's issuer
NOBODY: Json = {"objectType": "Agent", "account": {"homePage": "urn:donghanh:external", "name": "unknown"}}
_NAMES = 3  # an id and the ids derived from it that are looked for


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
    authorities.note(connection, whose.seen(items))
    runs = whose.runs(connection, items, authorities.trusted(connection))
    come = [_arrival(run, sender, policy_of(sender.source or "")) for sender, run in runs]
    come = _replaced(connection, come, erased)
    resends = Resends(connection)
    parts = [_part(connection, resends, *one, policy_of(one[0].sender.source or "")) for one in come]
    unreadable, *_ = _replaced(connection, [(_unreadable(items), [])], erased)
    arrivals = [unreadable[0], *(one.arrival for one in parts)]
    _, *saved = receiving.receive(connection, arrivals, clock, on_saved, Definitions())
    ids = tuple(name for one in saved for name in one.ids)
    _note_arrival(connection, ids, [item for one in parts for item in one.items])
    resends.move(saved)
    return Saved(ids, frozenset().union(*(one.actor_keys for one in saved)))


def _unreadable(items: Iterable[Item]) -> Arrival:
    """What is no JSON says nothing of its platform either: a person looks."""
    return Arrival(
        [],
        Sender(whose.KEY, NOBODY, ""),
        [Bad(None, "", item.fault, item.raw, Fault.UNREADABLE) for item in items if item.fault],
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A run on its way: what is new of it, with the items it came as."""

    arrival: Arrival
    items: Sequence[Item]


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


def _part(
    connection: Connection, resends: Resends, come: Arrival, items: Sequence[Item], policy: IntakePolicy
) -> _Part:
    once = {draft.sent_id: (draft, item) for draft, item in zip(come.drafts, items, strict=True)}
    known = _known(connection, [draft for draft, _ in once.values()])
    fresh = [(draft, item) for draft, item in once.values() if not known(draft)]
    return _Part(replace(come, drafts=resends.marked(fresh, policy)), [item for _, item in fresh])


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


def _note_arrival(connection: Connection, ids: Sequence[str], items: Sequence[Item]) -> None:
    """When the external store got each, which decides whether it was in time."""
    if ids:
        came = update(statement).where(statement.c.id == bindparam("held")).values(arrived=bindparam("came"))
        rows = [{"held": one, "came": item.stored} for one, item in zip(ids, items, strict=True)]
        connection.execute(came, sorted(rows, key=lambda row: str(row["held"])))
