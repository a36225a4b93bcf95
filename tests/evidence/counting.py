"""What became of every statement a host sent: counted by kind, from the answers to its requests and from what the review kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from lti_tool.ledger import evidence, outcomes
from lti_tool.ledger.rulebook import Rulebook, Rulebooks
from lti_tool.people import identity
from lti_tool.people import tables as people
from rules.evidence import ANY_SOURCE, Fact
from rules.matching import Matcher
from tests.assembly import Assembly
from xapi import quarantine, tables

Json = dict[str, Any]
INFO = "http://lrs.learninglocker.net/define/extensions/info"


class Became(NamedTuple):
    """How many statements of one kind: were sent; are stored, once each; wait in quarantine; are stored but flagged as nobody's or
    another platform's; are facts about a known learner with a verb that can decide; are about an activity of a topic; prove a topic.
    """

    sent: int = 0
    stored: int = 0
    quarantined: int = 0
    flagged: int = 0
    facts: int = 0
    about: int = 0
    proves: int = 0


def kind_of(statement: Json, recorded: str = "") -> str:
    """Verb, activity type, and the event: as the sender names it, else as it was recorded."""
    verb = statement["verb"]["id"].rsplit("/", 1)[-1]
    kind = statement["object"].get("definition", {}).get("type", "-").rsplit("/", 1)[-1]
    event = statement.get("context", {}).get("extensions", {}).get(INFO, {}).get("event_name", recorded)
    return f"{verb} {kind} {event.rsplit(chr(92), 1)[-1]}"


@dataclass
class Ledger:
    """Remembers which stored id each kind was given; a statement that is the same as an earlier one belongs to the earlier kind."""

    house: Assembly
    sent: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    owner: dict[str, str] = field(default_factory=dict)

    def put(self, label: str, rows: Iterable[tuple[str, Json]]) -> None:
        """Each statement by PUT, as Open edX sends single events."""
        for kind, statement in rows:
            self.sent[kind] += 1
            answer = self.house.put(label, statement)
            assert answer.status_code == 200
            if not answer.json:
                self.refused[kind] += 1
            self._own(zip([kind] * len(answer.json), answer.json, strict=True))

    def post(self, label: str, rows: list[tuple[str, Json]], size: int = 30) -> None:
        """Batches of `size`, as Moodle's task sends them: every statement of these is good, so ids and statements pair up."""
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            answer = self.house.post(label, [statement for _, statement in batch])
            assert (answer.status_code, len(answer.json)) == (200, len(batch))
            self.sent.update(kind for kind, _ in batch)
            self._own(zip([kind for kind, _ in batch], answer.json, strict=True))

    def _own(self, pairs: Iterable[tuple[str, str]]) -> None:
        for kind, statement_id in pairs:
            self.owner.setdefault(statement_id, kind)

    def became(self) -> dict[str, Became]:
        """The account of every kind."""
        with self.house.tool.database.reading() as connection:
            flagged = self._flagged(connection)
            facts = all_facts(connection)
            about = about_topics(connection, facts)
            proofs = all_proofs(connection)
        lists = (self.owner, flagged, {fact.statement_id for fact in facts}, about, proofs)
        stored, marked, known, mapped, proves = (self._count(ids) for ids in lists)
        return {
            kind: Became(
                self.sent[kind],
                stored[kind],
                self.refused[kind],
                marked[kind],
                known[kind],
                mapped[kind],
                proves[kind],
            )
            for kind in sorted(self.sent)
        }

    def _count(self, ids: Iterable[str]) -> Counter[str]:
        return Counter(self.owner[one] for one in set(ids))

    def _flagged(self, connection: Connection) -> set[str]:
        column = tables.statement.c
        rows = connection.execute(select(column.id, column.flag)).all()
        assert {row.id for row in rows} == set(self.owner)  # what was acknowledged is what is stored
        return {row.id for row in rows if row.flag}


def all_facts(connection: Connection) -> list[Fact]:
    """Every fact that a review would read, of every learner."""
    learner_ids = list(connection.execute(select(people.learner.c.id)).scalars())
    mine = identity.identifiers_of(connection, learner_ids)
    by_learner = evidence.of_owners(
        connection, evidence.owners_of(connection, mine), _rulebook(connection).verbs
    )
    return [fact for facts in by_learner.values() for fact in facts]


def about_topics(connection: Connection, facts: Iterable[Fact]) -> set[str]:
    """Ids of the facts that are about an activity some topic names."""
    found = set()
    for edition in _rulebook(connection).editions:
        matchers = {source: Matcher(mapping) for source, mapping in edition.mappings.items()}
        for fact in facts:
            matcher = matchers.get(fact.source) or matchers[ANY_SOURCE]
            if any(True for _ in matcher.parts(fact)):
                found.add(fact.statement_id)
    return found


def all_proofs(connection: Connection) -> set[str]:
    """Ids of the statements that prove a done topic in a saved outcome."""
    found: set[str] = set()
    for edition in _rulebook(connection).editions:
        for reviewed in outcomes.listed(connection, edition.programme.key):
            found |= {statement for state in reviewed.topics if state.done for statement in state.proof}
    return found


def done_topics(house: Assembly, programme: str) -> dict[str, set[str]]:
    """Done topics by the learner's `sub`."""
    found: dict[str, set[str]] = defaultdict(set)
    with house.tool.database.reading() as connection:
        row = people.login.c
        for reviewed in outcomes.listed(connection, programme):
            query = select(row.sub).where(row.learner_id == reviewed.learner_id)
            for sub in connection.execute(query).scalars():
                found[sub] |= {state.topic for state in reviewed.topics if state.done}
    return {sub: topics for sub, topics in found.items() if topics}


def quarantined(house: Assembly) -> dict[str, int]:
    with house.tool.database.reading() as connection:
        return quarantine.count(connection)


def _rulebook(connection: Connection) -> Rulebook:
    return Rulebooks().current(connection)
