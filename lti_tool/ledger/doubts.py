"""Completions that came implausibly fast: found at every review, put before a person, never acted on here.

The completion counts, and nobody's page, score or award changes. What is seen is what `rules.plausibility` says it is: the times of
statements of the verbs that begin an activity (the mapping's), and durations. Not seen is whether somebody looked at the screen, what a
platform told nobody (Open edX does not say that a subsection was opened), and views by people the platform does not name.

One open matter a learner and programme holds all hasty topics of now. It is replaced when they change, so that nobody settles what they
did not see, and is over when the evidence is gone or gets an explanation. What a person settled does not come back for the same statements.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from lti_tool.ledger import attention, evidence
from lti_tool.ledger.attention import IMPLAUSIBLE, WORKER, Attention
from lti_tool.ledger.evidence import Owners
from lti_tool.ledger.outcomes import Reviewed
from lti_tool.ledger.rulebook import Rulebook
from rules.evidence import Fact
from rules.matching import Matchers
from rules.plausibility import Hasty, Suspect, hasty, suspects


def raised(
    connection: Connection,
    found: Sequence[Reviewed],
    facts: Mapping[str, Collection[Fact]],
    owners: Owners,
    rulebook: Rulebook,
) -> list[Reviewed]:
    """What was found, with what is hasty in it. Reads once for all, and only of those whom their facts leave in doubt."""
    suspected = _suspected(found, facts, rulebook)
    if not suspected:
        return list(found)
    learners = {learner_id for learner_id, _ in suspected}
    theirs = {pair: learner_id for pair, learner_id in owners.items() if learner_id in learners}
    where = {activity for mine in suspected.values() for one in mine for _, activity in one.activities}
    begins = evidence.begins_of_owners(connection, theirs, rulebook.begins, where)
    return [
        replace(one, hasty=hasty(suspected.get(_about(one), ()), begins.get(one.learner_id, ())))
        for one in found
    ]


def _suspected(
    found: Sequence[Reviewed], facts: Mapping[str, Collection[Fact]], rulebook: Rulebook
) -> dict[tuple[str, str], tuple[Suspect, ...]]:
    programmes = {edition.programme.key: edition.programme for edition in rulebook.editions}
    matchers = {edition.programme.key: Matchers(edition.mappings) for edition in rulebook.editions}
    looked_at = {
        _about(one): suspects(
            programmes[one.programme_key],
            matchers[one.programme_key],
            one.states,
            facts.get(one.learner_id, ()),
        )
        for one in found
    }
    return {about: mine for about, mine in looked_at.items() if mine}


def _about(one: Reviewed) -> tuple[str, str]:
    return one.learner_id, one.programme_key


def follow(
    connection: Connection, found: Collection[Reviewed], members: Mapping[str, Collection[str]], now: datetime
) -> None:
    """Bring the open matters in step with what is hasty now; the caller holds the learners.

    `members`: the ids under which each learner was ever known, because a matter keeps the one it was asked under.
    """
    known = attention.of_learners(connection, IMPLAUSIBLE, [id_ for ids in members.values() for id_ in ids])
    for one in found if known or any(each.hasty for each in found) else ():
        mine = [
            matter
            for id_ in members[one.learner_id]
            for matter in known.get(id_, ())
            if matter.programme_key == one.programme_key
        ]
        _follow(connection, one, mine, now)


def _follow(connection: Connection, one: Reviewed, known: Collection[Attention], now: datetime) -> None:
    judged = {name for matter in known if matter.settled_by not in {None, WORKER} for name in _named(matter)}
    topics = [_plain(each) for each in one.hasty if not judged.issuperset(each.proof)]
    wanted = [{"topics": topics}] if topics else []
    waiting = [matter for matter in known if matter.settled_by is None]
    if [matter.details for matter in waiting] == wanted:
        return
    for matter in waiting:
        attention.end(connection, matter.id, "the evidence changed", now)
    for details in wanted:
        since = min((matter.since for matter in waiting), default=now)
        attention.ask(connection, IMPLAUSIBLE, one.learner_id, one.programme_key, details, now, since)


def _plain(one: Hasty) -> dict[str, Any]:
    return {**asdict(one), "proof": list(one.proof)}


def _named(matter: Attention) -> set[str]:
    return {name for topic in matter.details["topics"] for name in topic["proof"]}
