"""From evidence to outcome, for many learners at once. Reads only; nothing remembered from an earlier review enters."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection

from lti_tool.ledger import doubts, evidence, pendings
from lti_tool.ledger.outcomes import Reviewed
from lti_tool.ledger.rulebook import Edition, Rulebook
from lti_tool.people import identity
from lti_tool.people.identity import Identifier
from rules.coaching import advise
from rules.completion import Pending, assess
from rules.evidence import Fact
from rules.progress import progress


def assessed(
    connection: Connection, learner_ids: Collection[str], rulebook: Rulebook, now: datetime
) -> list[Reviewed]:
    """The outcome of each of these learners (canonical ids) in each programme in force."""
    return assessed_by(connection, identity.identifiers_of(connection, learner_ids), rulebook, now)


def assessed_by(
    connection: Connection,
    identifiers: Mapping[str, Collection[Identifier]],
    rulebook: Rulebook,
    now: datetime,
) -> list[Reviewed]:
    """`assessed`, with the identifiers of each learner looked up before."""
    owners = evidence.owners_of(connection, identifiers)
    facts = evidence.of_owners(connection, owners, rulebook.verbs)
    pending = pendings.of_learners(connection, identifiers)
    found = [
        _one(learner_id, edition, facts.get(learner_id, ()), pending[learner_id], now)
        for learner_id in sorted(identifiers)
        for edition in rulebook.editions
    ]
    return doubts.raised(connection, found, facts, owners, rulebook)


def _one(
    learner_id: str, edition: Edition, facts: Collection[Fact], pending: Pending, now: datetime
) -> Reviewed:
    programme = edition.programme
    states = progress(programme, edition.mappings, facts)
    outcome = assess(programme, states, pending, now)
    return Reviewed(
        learner_id,
        programme.key,
        programme.edition,
        edition.version.version,
        outcome,
        tuple(states[topic] for topic in programme.topic_keys),
        advise(programme, states, outcome, now),
        now,
    )
