"""A review as far as reading goes, so that what remains is written in a moment.

SQLite has one writer: while a review decides, every statement would wait for it. So it decides on what it reads, and before it
writes it asks whether that still holds. A key that was marked again since is due again; a learner of whom somebody else stored
an outcome since is left to the next review. Whatever else changed meanwhile marked a key of its own in its own transaction.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from lti_tool.ledger import outcomes
from lti_tool.ledger.due import Due
from lti_tool.ledger.outcomes import Reviewed
from lti_tool.people import identity, oneness, pseudonyms, sorting
from lti_tool.people.identity import Identifier
from lti_tool.people.sorting import Looked

Assess = Callable[[Connection, Mapping[str, Collection[Identifier]]], list[Reviewed]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """`learners`, `early`: by due key, whose outcomes it moves and which actors wait for somebody who has not arrived.

    `seen`: when the stored outcomes were reviewed as this was read; `undecided`: keys that only a whole review can decide on.
    """

    learners: Mapping[Due, frozenset[str]]
    early: Mapping[Due, frozenset[Identifier]]
    found: Mapping[str, tuple[Reviewed, ...]]
    seen: Mapping[str, Mapping[str, datetime]]
    undecided: frozenset[str]

    def steady(self, now_there: Mapping[str, Mapping[str, datetime]]) -> set[str]:
        """Learners of whom nobody stored anything since."""
        return {learner_id for learner_id, moments in now_there.items() if moments == self.seen[learner_id]}


def prepare(connection: Connection, due: Collection[Due], assess: Assess) -> Prepared:
    """Decide on keys that were looked at before anything else was read. Reads only."""
    named = oneness.learner_ids({one.actor_key for one in due})
    told = {one.actor_key for one in due} - {oneness.review_key(learner_id) for learner_id in named}
    real = pseudonyms.real(connection, told)
    looked = sorting.look(connection, set(real.values()), lambda keys: pseudonyms.heard(connection, keys))
    learners = {one: _learners(one.actor_key, real, looked) for one in due}
    single = oneness.single(connection, frozenset[str]().union(*learners.values()))
    seen = outcomes.moments(connection, single)
    identifiers = {
        learner_id: mine
        for learner_id, mine in identity.identifiers_of(connection, single).items()
        if mine  # of whom no platform can say anything any more, a whole review forgets
    }
    found = assess(connection, identifiers) if identifiers else []
    undecided = {
        one.actor_key
        for one, mine in learners.items()
        if not mine <= identifiers.keys() or real.get(one.actor_key) in looked.undecided
    }
    return Prepared(
        {one: mine for one, mine in learners.items() if one.actor_key not in undecided},
        {one: looked.early.get(real.get(one.actor_key, ""), frozenset()) for one in due},
        _by_learner(found),
        seen,
        frozenset(undecided),
    )


def _learners(key: str, real: Mapping[str, str], looked: Looked) -> frozenset[str]:
    return looked.learners[real[key]] if key in real else frozenset(oneness.learner_ids({key}))


def _by_learner(found: Collection[Reviewed]) -> dict[str, tuple[Reviewed, ...]]:
    by: dict[str, tuple[Reviewed, ...]] = {}
    for one in found:
        by[one.learner_id] = (*by.get(one.learner_id, ()), one)
    return by
