"""Another try for what is quarantined: after a new version, a changed policy, a correction."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from xapi import access, collecting, intake, quarantine, receiving, whose
from xapi.access import Credential
from xapi.definitions import Definitions
from xapi.entries import Clock
from xapi.erased import Erased
from xapi.intake import IntakePolicy
from xapi.items import read
from xapi.lrs import OnSaved, Saved, Sender
from xapi.quarantine import Quarantined

PolicyFor = Callable[[Credential], IntakePolicy | None]


@dataclass(frozen=True, slots=True)
class Retried:
    """`saved`: what got in; `reason`: why it is still bad, "" when it got in."""

    saved: Saved
    reason: str = ""


def retry(
    connection: Connection,
    quarantine_id: int,
    *,
    policy_for: PolicyFor,
    clock: Clock,
    on_saved: OnSaved,
    erased: Erased | None = None,
) -> Retried | None:
    """Check it anew and store it the way it would have come. None when there is no such entry.

    `erased`: whom nothing may name any more; a body that nobody could read was kept with everybody in it.

    A whole body of which a part is good now leaves its bad statements behind as entries of their own.
    """
    entry = quarantine.find(connection, quarantine_id)
    if entry is None:
        return None
    reading = intake.read(entry.raw, whole=entry.place is None)
    if not reading.good and len(reading.bad) == 1:
        bad = reading.bad[0]
        quarantine.still_bad(connection, quarantine_id, bad)
        return Retried(Saved(), f"{bad.field}: {bad.reason}" if bad.field else bad.reason)
    if not quarantine.drop(connection, quarantine_id):  # somebody else tries it at this moment
        return None
    if entry.credential_key == whose.KEY:
        return _collected(connection, entry, policy_for, clock, on_saved, erased)
    sender, policy = _sender(connection, entry, policy_for)
    # It came in time, whenever somebody looked at it.
    arrival = intake.arrival(reading, sender, policy, arrived=entry.received)
    (saved,) = receiving.receive(connection, [arrival], clock, on_saved, Definitions(), erased)
    return Retried(saved)


def _collected(
    connection: Connection,
    entry: Quarantined,
    policy_for: PolicyFor,
    clock: Clock,
    on_saved: OnSaved,
    erased: Erased | None,
) -> Retried:
    """From another store: its authority still decides whose it is, and whether it is anybody's."""

    def policy_of(source: str) -> IntakePolicy:
        stands_for = Credential(whose.KEY, "", frozenset(), source, host_intake=True, authority={})
        return policy_for(stands_for) or IntakePolicy(source)

    items = read([entry.raw])
    saved = collecting.take(
        connection, items, policy_of=policy_of, clock=clock, on_saved=on_saved, erased=erased
    )
    return Retried(saved)


def _sender(connection: Connection, entry: Quarantined, policy_for: PolicyFor) -> tuple[Sender, IntakePolicy]:
    """The credential it came with, even when that was revoked since."""
    credential = access.find(connection, entry.credential_key)
    if credential is None:
        authority = {
            "objectType": "Agent",
            "account": {"homePage": access.AUTHORITY_HOME, "name": entry.credential_key},
        }
        return Sender(entry.credential_key, authority, entry.source), IntakePolicy(entry.source)
    return credential.sender(), policy_for(credential) or IntakePolicy(entry.source)
