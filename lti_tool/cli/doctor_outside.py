"""What the doctor says of other record stores: the one that is followed, and those that are sent statements."""

from collections.abc import Iterator
from types import MappingProxyType

from sqlalchemy import Connection

from lti_tool.base.database import Database
from lti_tool.cli.doctor_checks import WAITS, Finding, ok, wrong
from xapi import authorities, following, forwarding, probing
from xapi.external import ExternalLrs, LrsUnanswered
from xapi.replica import Replica

# What a store does not do, and what follows from it for us or for whoever queries it.
_LACKS = MappingProxyType(
    {
        "reads": "our key may not read all statements: nothing can be followed (the scope all/read is wanted)",
        "writes": "our key may not write: our own statements stay here, and what the store can do is not known",
        "registration": "it does not filter by `registration`: such a query answers too much or nothing",
        "activity": "it does not filter by `activity`: such a query answers too much or nothing",
        "related_activities": "it does not know `related_activities`: queries for a whole course miss its parts",
        "related_agents": "it does not know `related_agents`: queries for a person miss where they are mentioned",
        "since_is_stored": "its `since` goes by the time of the event: what a host sends a day late is found within a "
        "day only",
        "refuses_unknown": "it answers queries with misspelt parameters as if they were not there",
    }
)
# Without these statements cannot be followed at all.
_NEEDED = frozenset({"reads"})


def replica(found: Replica) -> Finding:
    """The database of DONGHANH_READ_DATABASE_URL."""
    behind = found.behind()
    if behind is None:
        says = "does not answer, or is no streaming replica of the database, which answers its readers itself"
        return wrong("read replica", says)
    return ok("read replica", f"{behind} bytes of the log to replay")


def external(database: Database, lrs: ExternalLrs, base_url: str) -> Iterator[Finding]:
    """The store of DONGHANH_LRS_URL: does it answer, what does it fall over or not do, does its cursor move, whose word counts."""
    try:
        found = probing.look(lrs, base_url)
    except LrsUnanswered as error:
        yield wrong("external LRS", str(error))
        return
    for fault in found.faults:
        yield wrong("external LRS", str(fault))
    lacks = [name for name in found.abilities.missing if name in _LACKS]
    for name in lacks:
        yield Finding("external LRS", "WRONG" if name in _NEEDED else WAITS, _LACKS[name])
    if not lacks and not found.faults:
        yield ok("external LRS", "it does everything it is asked")
    with database.reading() as connection:
        yield _cursor(connection, lrs)
        yield _authorities(connection)


def _cursor(connection: Connection, lrs: ExternalLrs) -> Finding:
    held = following.load(connection, lrs.remote.endpoint)
    if held.answered is None:
        return wrong("following", "it was never followed: is the worker running?")
    if held.failures:
        return wrong("following", f"{held.failures} times in a row without an answer: {held.reason}")
    return ok("following", f"last read {held.answered:%Y-%m-%d %H:%M} UTC")


def _authorities(connection: Connection) -> Finding:
    known = authorities.list_(connection)
    tied = [one for one in known if one.source]
    if not tied:
        says = f"none of {len(known)} is tied to a platform, so nothing there is evidence: `donghanh external show`"
        return Finding("authorities", WAITS, says)
    return ok("authorities", f"{len(tied)} of {len(known)} tied to a platform")


def forwards(connection: Connection) -> Iterator[Finding]:
    """Each receiver: does it answer, and what did it refuse."""
    parked = forwarding.parked_counts(connection)
    for one in forwarding.list_(connection):
        if one.failures:
            yield wrong(
                "forwarding", f"{one.name}: {one.failures} times in a row without success: {one.reason}"
            )
        elif parked.get(one.id):
            yield Finding(
                "forwarding",
                WAITS,
                f"{one.name}: {parked[one.id]} statements refused: `donghanh forward parked {one.name}`",
            )
        else:
            yield ok("forwarding", f"{one.name}: {'paused' if one.paused else f'{one.delivered} delivered'}")
