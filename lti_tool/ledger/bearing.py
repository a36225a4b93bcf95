"""What one statement became: whose evidence, for which topic, and whether a stored outcome rests on it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from lti_tool.ledger import outcomes
from lti_tool.ledger.evidence import fact_of
from lti_tool.ledger.rulebook import Edition, Rulebook
from lti_tool.people import identity, pseudonyms
from rules.evidence import ANY_SOURCE, Fact, weigh
from rules.matching import Matcher
from xapi import exact
from xapi.evidence import Stored
from xapi.holding import Holding


@dataclass(frozen=True, slots=True)
class Bearing:
    """On one topic. `weight`: completes, takes back, nothing; `counts`: it came within the programme's time.

    `proves`: the topic is done by it in the stored outcome; `decides`: a met outcome names it in its proof.
    """

    programme_key: str
    topic: str
    weight: str
    counts: bool
    proves: bool
    decides: bool
    state: str | None


def owner(connection: Connection, held: Holding) -> str | None:
    """The learner whom a platform's statement is about, as far as is known by now."""
    if held.source is None or held.actor_key is None:
        return None
    key = pseudonyms.real(connection, [held.actor_key])[held.actor_key]
    return identity.owners(connection, [key]).get((held.source, key))


def bearings(
    connection: Connection, held: Holding, learner_id: str | None, rulebook: Rulebook
) -> list[Bearing]:
    """Empty for what is no evidence: no platform's, flagged, retracted, or mapped to no topic."""
    if held.source is None or held.actor_key is None or held.flag or held.retracted_by:
        return []
    stored = Stored(
        held.id,
        held.source,
        held.actor_key,
        held.order,
        held.timestamp,
        held.arrived,
        exact.loads(held.payload.encode()),
    )
    fact = fact_of(stored)
    if fact is None:
        return []
    return [
        one for edition in rulebook.editions for one in _in_edition(connection, fact, learner_id, edition)
    ]


def _in_edition(
    connection: Connection, fact: Fact, learner_id: str | None, edition: Edition
) -> list[Bearing]:
    mapping = edition.mappings.get(fact.source) or edition.mappings.get(ANY_SOURCE)
    if mapping is None:
        return []
    programme = edition.programme
    found = outcomes.of(connection, learner_id, programme.key) if learner_id else None
    topics = found.states if found else {}
    return [
        Bearing(
            programme.key,
            topic,
            weigh(mapping.topics[topic].activities[index], fact).value,
            programme.window.counts(fact.at, fact.arrived),
            topic in topics and fact.statement_id in topics[topic].proof,
            found is not None and fact.statement_id in found.proof,
            found.state if found else None,
        )
        for topic, index in dict.fromkeys(Matcher(mapping).parts(fact))
    ]
