"""The stored answer for each learner and programme: a projection, made anew from evidence at every review."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, select

from lti_tool.base.database import insert
from lti_tool.ledger import plain
from lti_tool.ledger.tables import outcome as table
from lti_tool.people.oneness import canonical
from rules.coaching import Advice
from rules.completion import Met, Open, Outcome, OutOfReach, SetCount, Unknown
from rules.plausibility import Hasty
from rules.progress import TopicState
from xapi.many import one_of

_STATES: dict[str, Any] = {kind.state: kind for kind in (Met, Open, OutOfReach, Unknown)}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What one review found. `rule_version`: the programme's version that decided; `proof`: statement ids, for a met outcome.

    `hasty`: what only a person can judge; kept as a matter of attention (see `doubts`), never with the outcome.
    """

    learner_id: str
    programme_key: str
    edition: str
    rule_version: int
    outcome: Outcome
    topics: tuple[TopicState, ...]
    advice: Advice
    reviewed_at: datetime
    hasty: tuple[Hasty, ...] = field(default=(), compare=False)

    @property
    def state(self) -> str:
        return self.outcome.state

    @property
    def counts(self) -> tuple[SetCount, ...]:
        return self.outcome.counts

    @property
    def proof(self) -> tuple[str, ...]:
        return self.outcome.proof if isinstance(self.outcome, Met) else ()

    @property
    def states(self) -> dict[str, TopicState]:
        return {topic.topic: topic for topic in self.topics}

    @property
    def started(self) -> bool:
        """Whether anything was ever seen of a topic."""
        return any(topic.done or topic.started for topic in self.topics)


def save(connection: Connection, found: Iterable[Reviewed]) -> None:
    """Keep outcomes in place of earlier ones."""
    rows = [_row(one) for one in found]
    if rows:
        adding = insert(connection, table)
        changes = {
            column.name: adding.excluded[column.name] for column in table.columns if not column.primary_key
        }
        connection.execute(
            adding.on_conflict_do_update(index_elements=["learner_id", "programme_key"], set_=changes), rows
        )


def _row(one: Reviewed) -> dict[str, Any]:
    return {
        "learner_id": one.learner_id,
        "programme_key": one.programme_key,
        "edition": one.edition,
        "rule_version": one.rule_version,
        "state": one.state,
        "started": one.started,
        "counts": plain.dumps(one.counts),
        "detail": plain.dumps(one.outcome),
        "topics": plain.dumps(one.topics),
        "proof": plain.dumps(one.proof),
        "advice": plain.dumps(one.advice),
        "met_at": one.outcome.at if isinstance(one.outcome, Met) else None,
        "reviewed_at": one.reviewed_at,
    }


def of(connection: Connection, learner_id: str, programme_key: str) -> Reviewed | None:
    """The stored outcome of one learner, None before the first review."""
    mine = (table.c.learner_id == canonical(connection, learner_id)) & (
        table.c.programme_key == programme_key
    )
    row = connection.execute(select(table).where(mine)).mappings().first()
    return _reviewed(row) if row else None


def of_learners(
    connection: Connection, learner_ids: Collection[str], programme_key: str
) -> dict[str, Reviewed]:
    """The stored outcomes of many learners, given by their canonical ids."""
    wanted = select(table).where(
        one_of(table.c.learner_id, learner_ids), table.c.programme_key == programme_key
    )
    return {row["learner_id"]: _reviewed(row) for row in connection.execute(wanted).mappings()}


def rule_versions(connection: Connection, learner_id: str) -> dict[str, int]:
    """By programme, the version that decided what is stored for a learner (canonical id)."""
    wanted = select(table.c.programme_key, table.c.rule_version).where(table.c.learner_id == learner_id)
    return {row[0]: row[1] for row in connection.execute(wanted)}


def moments(connection: Connection, learner_ids: Collection[str]) -> dict[str, dict[str, datetime]]:
    """By learner (canonical id) and programme, when what is stored was reviewed: the same moments, the same rows."""
    found: dict[str, dict[str, datetime]] = {learner_id: {} for learner_id in learner_ids}
    wanted = select(table.c.learner_id, table.c.programme_key, table.c.reviewed_at)
    for row in connection.execute(wanted.where(one_of(table.c.learner_id, learner_ids))):
        found[row.learner_id][row.programme_key] = row.reviewed_at
    return found


def states(connection: Connection, programme_key: str) -> dict[str, int]:
    """How many learners are in each state."""
    counted = (
        select(table.c.state, func.count())
        .where(table.c.programme_key == programme_key)
        .group_by(table.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(counted)}


def listed(
    connection: Connection, programme_key: str, *, after: str = "", limit: int = 1000
) -> list[Reviewed]:
    """Outcomes page by page, by learner id; `after` is the last id of the page before."""
    wanted = select(table).where(table.c.programme_key == programme_key, table.c.learner_id > after)
    rows = connection.execute(wanted.order_by(table.c.learner_id).limit(limit)).mappings()
    return [_reviewed(row) for row in rows]


def forget(connection: Connection, learner_ids: Collection[str]) -> None:
    """Remove outcomes of ids that are no longer learners of their own."""
    if learner_ids:
        connection.execute(delete(table).where(one_of(table.c.learner_id, learner_ids)))


def _reviewed(row: RowMapping) -> Reviewed:
    found: Outcome = plain.loads(_STATES[row["state"]], row["detail"])
    return Reviewed(
        row["learner_id"],
        row["programme_key"],
        row["edition"],
        row["rule_version"],
        found,
        plain.loads(tuple[TopicState, ...], row["topics"]),
        plain.loads(Advice, row["advice"]),
        row["reviewed_at"],
    )
