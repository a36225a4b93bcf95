"""What is not known yet about a learner, as far as that can be known."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection

from lti_tool.people import identity, pseudonyms
from lti_tool.people.identity import Identifier
from rules.completion import Pending
from xapi import quarantine
from xapi.evidence import last_heard


def of_learners(
    connection: Connection, identifiers: Mapping[str, Collection[Identifier]]
) -> dict[str, Pending]:
    """What is pending for each learner.

    `identity`: an unresolved actor may be theirs; `evidence`: a quarantined statement names them; `last_heard`: of their platforms the
    one silent for longest, None when one never sent anything.
    """
    uncertain = identity.uncertain(connection, list(identifiers))
    there = pseudonyms.stored_as(connection, {key for mine in identifiers.values() for _, key in mine})
    quarantined = quarantine.named(connection, {name for names in there.values() for name in names})
    sources = {source for mine in identifiers.values() for source, _ in mine}
    heard = {source: last_heard(connection, source) for source in sorted(sources)}
    return {
        learner_id: Pending(
            learner_id in uncertain,
            not quarantined.isdisjoint((source, name) for source, key in mine for name in there[key]),
            _oldest({heard[source] for source, _ in mine}),
        )
        for learner_id, mine in identifiers.items()
    }


def _oldest(times: set[datetime | None]) -> datetime | None:
    known = [time for time in times if time is not None]
    return min(known) if known and len(known) == len(times) else None
