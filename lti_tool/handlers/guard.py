"""Which statements stay, however old: what the decisions in force rest on."""

from sqlalchemy import Connection

from lti_tool.ledger import outcomes
from lti_tool.ledger.evidence import fact_of
from lti_tool.ledger.rulebook import Rulebook, Rulebooks
from lti_tool.programmes import versions
from rules.evidence import ANY_SOURCE
from rules.matching import Matcher
from xapi import exact
from xapi.evidence import Stored
from xapi.holding import Holding


class Guard:
    """Whatever bears on a topic of a programme in force, and whatever an outcome names in its proof.

    Not the proof alone: a statement that takes a completion back stands in none, and without it the completion would come to life.
    """

    def __init__(self, connection: Connection) -> None:
        self._rulebook: Rulebook = Rulebooks().current(connection)
        self.stamp = self._rulebook.stamp  # of what is in force: tells whether this still speaks of it
        self._matchers: dict[tuple[int, str], Matcher | None] = {}
        self._proof = {
            name
            for programme in versions.current(connection)
            for one in _all_outcomes(connection, programme.key)
            for name in (*one.proof, *(each for topic in one.topics for each in topic.proof))
        }

    def keeps(self, one: Holding) -> bool:
        return self.proves(one) or self.bears(one)

    def proves(self, one: Holding) -> bool:
        """An outcome names it."""
        return one.id in self._proof

    def bears(self, one: Holding) -> bool:
        """It is about an activity that some topic is mapped to."""
        if one.source is None or one.actor_key is None:
            return False
        statement = exact.loads(one.payload.encode())
        fact = fact_of(
            Stored(one.id, one.source, one.actor_key, one.order, one.timestamp, one.arrived, statement)
        )
        return fact is not None and any(
            matcher is not None and next(iter(matcher.parts(fact)), None) is not None
            for matcher in (
                self._matcher(number, one.source) for number in range(len(self._rulebook.editions))
            )
        )

    def _matcher(self, number: int, source: str) -> Matcher | None:
        if (number, source) not in self._matchers:
            mappings = self._rulebook.editions[number].mappings
            mapping = mappings.get(source) or mappings.get(ANY_SOURCE)
            self._matchers[number, source] = Matcher(mapping) if mapping else None
        return self._matchers[number, source]


def _all_outcomes(connection: Connection, programme_key: str) -> list[outcomes.Reviewed]:
    found: list[outcomes.Reviewed] = []
    while page := outcomes.listed(connection, programme_key, after=found[-1].learner_id if found else ""):
        found += page
    return found
