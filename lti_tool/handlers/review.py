"""Review: from what is due to saved outcomes, awards and intended scores, in one transaction.

Everything is made anew from evidence, so voiding, disorder and late identity need no code of their own. Killed anywhere, nothing
happened and the keys are still due; run twice, nothing happens twice.
"""

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from lti_tool.base import jobs
from lti_tool.base.database import Database
from lti_tool.base.texts import Texts
from lti_tool.handlers import learner_rows
from lti_tool.handlers.consequences import Consequences
from lti_tool.handlers.prepared import Prepared, prepare
from lti_tool.ledger import assessing, due, outcomes
from lti_tool.ledger.due import Due
from lti_tool.ledger.outcomes import Reviewed
from lti_tool.ledger.rulebook import Rulebook, Rulebooks
from lti_tool.people import identity, mailboxes, oneness, pseudonyms, sorting
from lti_tool.people.identity import Identifier

KIND = "review"
RETRY = timedelta(minutes=1)
DATABASE_AWAY = (OperationalError, InterfaceError)
Took = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class Reviewer:
    """What a review needs beside its transaction."""

    texts: Texts
    rulebooks: Rulebooks = field(default_factory=Rulebooks)

    def review_due(
        self, database: Database, now: datetime, limit: int = 100, took: Took = lambda _done, _seconds: None
    ) -> int:
        """Review up to `limit` due keys; gives how many were looked at. `took` hears how long the writer's turn was for how many.

        Those that were marked again meanwhile stay due: whoever asks whether more waits must not take them for the end. A key whose review fails is set aside as a job of its own, so that it cannot hold up the others.
        """
        with database.reading() as connection:
            looked = due.look(connection, limit, secrets.token_hex(2))
            if not looked:
                return 0  # an idle worker takes no write lock
        try:
            with database.reading() as connection:
                rulebook = self.rulebooks.current(connection)
                prepared = prepare(connection, looked, partial(self._assessed, rulebook=rulebook, now=now))
            self._finish(database, prepared, rulebook, now, took)
            self._undecided(database, prepared.undecided, now)
            return len(looked)
        except DATABASE_AWAY:  # the database's trouble is nobody's fault: everything is still due
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it must be found which key it comes from
            return self._one_by_one(database, [one.actor_key for one in looked], now)

    def review_key(self, database: Database, actor_key: str, now: datetime) -> None:
        """Review one key that was set aside."""
        with database.transaction() as connection:
            due.mark(connection, [actor_key])
            self._review(connection, due.claim_one(connection, actor_key), now)

    def review_learner(self, connection: Connection, learner_id: str, now: datetime) -> dict[str, Reviewed]:
        """Review one learner at once, for a page; gives the outcomes by programme key. `connection` is a writing transaction."""
        ids = oneness.members(connection, learner_id)
        keys = oneness.keys_of(connection, ids)
        concerned = sorting.sort_out(connection, keys, _heard(connection), now) | {ids[0]}
        found = self._assess(connection, concerned, now)
        return {one.programme_key: one for one in found if one.learner_id == ids[0]}

    def preview(self, connection: Connection, learner_id: str, programme_key: str, now: datetime) -> Reviewed:
        """What a review would find now for one programme in force (LookupError for another). Reads only."""
        rulebook = self.rulebooks.current(connection)
        root = oneness.canonical(connection, learner_id)
        found = assessing.assessed(connection, [root], rulebook, now)
        return {one.programme_key: one for one in found}[programme_key]

    def is_fresh(self, connection: Connection, learner_id: str) -> bool:
        """Whether nothing new is due for this learner and the rules are still those of the last review. Reads only."""
        ids = oneness.members(connection, learner_id)
        if not due.is_empty(connection) and self._is_waiting(connection, ids):
            return False
        kept = outcomes.rule_versions(connection, ids[0])
        editions = self.rulebooks.current(connection).editions
        return all(kept.get(one.programme.key) == one.version.version for one in editions)

    def _is_waiting(self, connection: Connection, ids: list[str]) -> bool:
        keys = {key for _, key in identity.identifiers(connection, ids[0])} | oneness.keys_of(connection, ids)
        there = {name for names in pseudonyms.stored_as(connection, keys).values() for name in names}
        return due.are_waiting(connection, {*there, *map(oneness.review_key, ids)})

    def _finish(
        self, database: Database, prepared: Prepared, rulebook: Rulebook, now: datetime, took: Took
    ) -> None:
        """Write what was decided by reading, where it still holds; what does not stays due."""
        if not prepared.learners:
            return
        with database.transaction() as connection:
            begun = time.thread_time()
            held = due.unchanged(connection, prepared.learners)
            steady = _steady(
                connection, prepared, frozenset[str]().union(*(prepared.learners[one] for one in held))
            )
            done = [one for one in held if prepared.learners[one] <= steady]
            ready = sorted(frozenset[str]().union(*(prepared.learners[one] for one in done)))
            found = [one for learner_id in ready for one in prepared.found[learner_id]]
            outcomes.save(connection, found)
            Consequences(self.texts).follow(connection, found, rulebook, now)
            early = frozenset[Identifier]().union(*(prepared.early[one] for one in done))
            mailboxes.wait_all_early(connection, early, now)
            due.reviewed(connection, done)
            took(len(prepared.learners), time.thread_time() - begun)

    def _undecided(self, database: Database, keys: Collection[str], now: datetime) -> None:
        """Review whole, in one transaction, what reading alone could not decide."""
        if keys:
            with database.transaction() as connection:
                self._review(connection, due.claim_these(connection, keys), now)

    def _one_by_one(self, database: Database, keys: Collection[str], now: datetime) -> int:
        for actor_key in keys:
            try:
                with database.transaction() as connection:
                    self._review(connection, due.claim_one(connection, actor_key), now)
            except DATABASE_AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - set aside with its class; its text might hold personal data
                with database.transaction() as connection:
                    due.reviewed(connection, due.claim_one(connection, actor_key))
                    payload = {"actor_key": actor_key, "reason": type(error).__name__}
                    jobs.enqueue(connection, KIND, actor_key, payload, run_at=now + RETRY)
        return len(keys)

    def _review(self, connection: Connection, claimed: list[Due], now: datetime) -> None:
        if claimed:
            marked = {one.actor_key for one in claimed}
            named = oneness.learner_ids(marked)
            told = marked - {oneness.review_key(learner_id) for learner_id in named}
            keys = set(pseudonyms.real(connection, told).values())
            concerned = sorting.sort_out(connection, keys, _heard(connection), now)
            self._assess(connection, concerned | named, now)
            due.reviewed(connection, claimed)

    def _assess(self, connection: Connection, concerned: Collection[str], now: datetime) -> list[Reviewed]:
        learner_ids = learner_rows.held(connection, concerned)
        rulebook = self.rulebooks.current(connection)
        identifiers = identity.identifiers_of(connection, learner_ids)
        found = self._assessed(connection, identifiers, rulebook, now)
        # Of whom no platform can say anything any more, nothing is kept; an award still makes a person look.
        outcomes.forget(connection, [learner_id for learner_id, mine in identifiers.items() if not mine])
        outcomes.save(connection, [one for one in found if identifiers[one.learner_id]])
        Consequences(self.texts).follow(connection, found, rulebook, now)
        return found

    def _assessed(
        self,
        connection: Connection,
        identifiers: Mapping[str, Collection[Identifier]],
        rulebook: Rulebook,
        now: datetime,
    ) -> list[Reviewed]:
        return assessing.assessed_by(connection, identifiers, rulebook, now)


def _heard(connection: Connection) -> sorting.Heard:
    return partial(pseudonyms.heard, connection)


def _steady(connection: Connection, prepared: Prepared, learner_ids: Collection[str]) -> set[str]:
    """Those of these learners, held from now on, whose stored outcomes and names are as they were read."""
    learner_rows.lock(connection, learner_ids)
    alone = oneness.single(connection, learner_ids)
    return prepared.steady(outcomes.moments(connection, alone))
