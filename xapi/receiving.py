"""What arrived, into the store, and the application told: one transaction for one request or for many."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from xapi import access, quarantine, saving, sql, voiding
from xapi.definitions import Definitions
from xapi.entries import Clock
from xapi.erased import Erased
from xapi.lrs import OnSaved, Saved
from xapi.saving import Arrival
from xapi.sql import Begun


def receive(
    connection: Connection,
    arrivals: Sequence[Arrival],
    clock: Clock,
    on_saved: OnSaved,
    definitions: Definitions,
    erased: Erased | None = None,
    begun: Begun | None = None,
) -> list[Saved]:
    """Store the good and keep the bad; `on_saved` hears once of all. Raises `Refused` (401, 403, 409), after which the caller rolls back.

    Whoever is `erased` is replaced here, inside the transaction: so nobody slips through between mark and rewriting.
    `begun`: see `begin`.
    """
    if erased is not None:
        arrivals = erased.arrivals(connection, arrivals)
    if begun is None:
        access.confirm(connection, _from_memory(arrivals), clock())
    else:
        access.check(_from_memory(arrivals), begun.stand)
    saved = saving.save(connection, arrivals, clock, begun.numbers if begun else ())
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


def begin(connection: Connection, arrivals: Sequence[Arrival], clock: Clock) -> Begun | None:
    """Open the transaction in which these are stored; None where nothing was asked on the way."""
    count = sum(len(one.drafts) for one in arrivals)
    if sql.is_sqlite(connection) or not 0 < count <= saving.AT_ONCE:
        sql.begin_by_keys(connection)
        return None
    alone = any(voiding.is_voiding(draft.sent) for one in arrivals for draft in one.drafts)
    return sql.begin_with_numbers(connection, count, _from_memory(arrivals), now=clock(), alone=alone)


def _from_memory(arrivals: Sequence[Arrival]) -> set[str]:
    """The credentials of which the transaction has to ask whether they stand."""
    return {one.sender.credential_key for one in arrivals if one.sender.confirm}


def _together(saved: Sequence[Saved]) -> Saved:
    if len(saved) == 1:
        return saved[0]
    return Saved(
        tuple(name for one in saved for name in one.ids),
        frozenset().union(*(one.actor_keys for one in saved)),
        max((one.last_seq for one in saved), default=0),
    )
