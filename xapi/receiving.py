"""What arrived, into the store, and the application told: one transaction for one request or for many."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from xapi import access, quarantine, saving
from xapi.definitions import Definitions
from xapi.entries import Clock
from xapi.erased import Erased
from xapi.lrs import OnSaved, Saved
from xapi.saving import Arrival


def receive(
    connection: Connection,
    arrivals: Sequence[Arrival],
    clock: Clock,
    on_saved: OnSaved,
    definitions: Definitions,
    erased: Erased | None = None,
) -> list[Saved]:
    """Store the good and keep the bad; `on_saved` hears once of all. Raises `Refused` (401, 403, 409), after which the caller rolls back.

    Whoever is `erased` is replaced here, inside the transaction: so nobody slips through between mark and rewriting.
    """
    if erased is not None:
        arrivals = erased.arrivals(connection, arrivals)
    access.confirm(connection, {one.sender.credential_key for one in arrivals if one.sender.confirm}, clock())
    saved = saving.save(connection, arrivals, clock)
    named = [
        quarantine.keep(connection, one.bad, one.sender, one.arrived or clock()) if one.bad else frozenset()
        for one in arrivals
    ]
    taught = [draft.sent for one in arrivals if one.sender.defines for draft in one.drafts]
    definitions.learn(connection, taught, clock())
    found = [replace(one, actor_keys=one.actor_keys | held) for one, held in zip(saved, named, strict=True)]
    together = _together(found)
    if together.ids or together.actor_keys:
        on_saved(connection, together)
    return found


def _together(saved: Sequence[Saved]) -> Saved:
    if len(saved) == 1:
        return saved[0]
    return Saved(
        tuple(name for one in saved for name in one.ids),
        frozenset().union(*(one.actor_keys for one in saved)),
        max((one.last_seq for one in saved), default=0),
    )
