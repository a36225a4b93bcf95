"""Learn by asking: a learner's question gets a number and a state, staff answer it, the learner sees the answer.

A question is reached by its number together with its learner, never by the number alone. Staff reach it from the
console, which writes the audit record of who answered.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select, update

from lti_tool.base.database import insert
from lti_tool.coaching.tables import question as table
from lti_tool.people.oneness import members

SHORTEST = 5
LONGEST = 2000
LONGEST_ANSWER = 5000
PAGE = 50
MOST_WAITING = 20  # unanswered questions of one learner: more is a stuck key, not a need
_NUMBER = re.compile(r"H-(\d{6,12})")


class State(StrEnum):
    NEW = "new"
    ANSWERED = "answered"
    CLOSED = "closed"


class DeskRefused(Exception):
    """What was sent cannot be taken; `code` names a text desk.<code>, `values` fill it."""

    def __init__(self, code: str, **values: int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `number` is what learner and staff call it by, e.g. H-000123."""

    number: str
    learner_id: str
    programme_key: str
    topic: str | None
    language: str
    text: str
    state: State
    asked_at: datetime
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    seen_at: datetime | None

    @property
    def unread(self) -> bool:
        """True while there is an answer that its learner has not opened."""
        return self.answer is not None and self.seen_at is None


def ask(
    connection: Connection,
    *,
    learner_id: str,
    programme_key: str,
    topic: str | None,
    text: str,
    language: str,
    token: str,
    now: datetime,
) -> Question:
    """Takes a question and answers with its number; the same `token` again gives the same question.

    DeskRefused: question-short, question-long, question-many.
    """
    known = _by_token(connection, learner_id, token)
    if known is not None:
        return known
    words = _checked(text, SHORTEST, LONGEST, "question")
    if _waiting_of(connection, learner_id) >= MOST_WAITING:
        raise DeskRefused("question-many", most=MOST_WAITING)
    row = insert(connection, table).values(
        learner_id=learner_id,
        programme_key=programme_key,
        topic=topic,
        language=language,
        text=words,
        token=token,
        state=State.NEW,
        asked_at=now,
    )
    connection.execute(row.on_conflict_do_nothing(index_elements=["learner_id", "token"]))
    taken = _by_token(connection, learner_id, token)
    if taken is None:  # pragma: no cover - the row above exists, written by us or by the twin of this request
        raise LookupError(token)
    return taken


def answer(connection: Connection, number: str, text: str, *, by: str, now: datetime) -> Question:
    """Writes (or corrects) the answer; the learner sees it as unread. `by` is the id of a staff account.

    DeskRefused: answer-short, answer-long; LookupError for an unknown number.
    """
    words = _checked(text, 1, LONGEST_ANSWER, "answer")
    changes = {
        "answer": words,
        "answered_by": by,
        "answered_at": now,
        "seen_at": None,
        "state": State.ANSWERED,
    }
    return _change(connection, number, changes)


def close(connection: Connection, number: str, *, now: datetime) -> Question:
    """Nothing more is expected; an answer stays readable. LookupError for an unknown number."""
    return _change(connection, number, {"state": State.CLOSED, "closed_at": now})


def find(connection: Connection, number: str) -> Question | None:
    """The question of that number, for staff; a learner's page uses `of_learner`."""
    key = _key(number)
    row = connection.execute(select(table).where(table.c.id == key)).mappings().first()
    return _question(row) if row else None


def of_learner(connection: Connection, learner_id: str, *, limit: int = PAGE) -> tuple[Question, ...]:
    """The learner's own questions, the newest first, those asked under an id that was joined to theirs since included."""
    mine = table.c.learner_id.in_(members(connection, learner_id))
    rows = select(table).where(mine).order_by(table.c.id.desc()).limit(limit)
    return tuple(_question(row) for row in connection.execute(rows).mappings())


def listed(
    connection: Connection, state: State | None, *, after: str | None = None, limit: int = PAGE
) -> tuple[Question, ...]:
    """For staff: questions of a state (or all), the oldest first, `after` the last number of the page before."""
    rows = select(table).order_by(table.c.id).limit(limit)
    if state is not None:
        rows = rows.where(table.c.state == state)
    if after is not None:
        rows = rows.where(table.c.id > _key(after))
    return tuple(_question(row) for row in connection.execute(rows).mappings())


def counts(connection: Connection, learners: Select[str] | None = None) -> dict[State, int]:
    """How many questions stand in each state; of these learners alone, if any are given."""
    wanted = select(table.c.state, func.count()).group_by(table.c.state)
    rows = connection.execute(wanted if learners is None else wanted.where(table.c.learner_id.in_(learners)))
    known = {State(state): count for state, count in rows}
    return {state: known.get(state, 0) for state in State}


def mark_seen(connection: Connection, learner_id: str, now: datetime) -> None:
    """The learner opened the list of their questions: every answer in it is read."""
    connection.execute(
        update(table)
        .where(table.c.learner_id.in_(members(connection, learner_id)))
        .where(table.c.answer.is_not(None), table.c.seen_at.is_(None))
        .values(seen_at=now)
    )


def _checked(text: str, shortest: int, longest: int, name: str) -> str:
    words = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(words) < shortest:
        raise DeskRefused(f"{name}-short", least=shortest)
    if len(words) > longest:
        raise DeskRefused(f"{name}-long", most=longest, length=len(words))
    return words


def _change(connection: Connection, number: str, values: dict[str, Any]) -> Question:
    changed = connection.execute(update(table).where(table.c.id == _key(number)).values(values))
    found = find(connection, number) if changed.rowcount == 1 else None
    if found is None:
        raise LookupError(number)
    return found


def _key(number: str) -> int:
    match = _NUMBER.fullmatch(number)
    return int(match[1]) if match else 0


def _waiting_of(connection: Connection, learner_id: str) -> int:
    waiting = select(func.count()).where(table.c.learner_id == learner_id, table.c.state == State.NEW)
    return connection.execute(waiting).scalar_one()


def _by_token(connection: Connection, learner_id: str, token: str) -> Question | None:
    same = select(table).where(table.c.learner_id == learner_id, table.c.token == token)
    row = connection.execute(same).mappings().first()
    return _question(row) if row else None


def _question(row: RowMapping) -> Question:
    return Question(
        number=f"H-{row['id']:06d}",
        learner_id=row["learner_id"],
        programme_key=row["programme_key"],
        topic=row["topic"],
        language=row["language"],
        text=row["text"],
        state=State(row["state"]),
        asked_at=row["asked_at"],
        answer=row["answer"],
        answered_by=row["answered_by"],
        answered_at=row["answered_at"],
        seen_at=row["seen_at"],
    )
