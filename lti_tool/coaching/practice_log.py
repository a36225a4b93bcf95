"""A practice answer: a statement of our own (never evidence) and a row that only its learner is shown.

xAPI 1.0.3 Data, section 2.4.4.1 (interaction activities) gives the shape of the activity definition.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, select

from lti_tool.base.database import insert
from lti_tool.coaching import tables
from lti_tool.coaching.practice import PracticeSet, Question
from lti_tool.people.oneness import members

ANSWERED = {
    "id": "http://adlnet.gov/expapi/verbs/answered",
    "display": {"en": "answered", "vi": "đã trả lời"},
}
INTERACTION = "http://adlnet.gov/expapi/activities/cmi.interaction"
ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"

SENDER = "donghanh-practice"  # whom these statements are sent by, and whose authority they have

Record = Callable[[Connection, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a learner chose. `attempt` comes from the form, so that a form sent twice is one answer."""

    learner_id: str
    question: Question
    choice: str
    attempt: str

    @property
    def right(self) -> bool:
        return self.question.right_option.key == self.choice


def statement(answer: Answer, *, base_url: str, language: str, now: datetime) -> dict[str, Any]:
    """The statement for `answer`. Its actor is our own account of the learner: no name, no platform."""
    topic = f"{base_url}/practice/{answer.question.topic}"
    return {
        "id": statement_id(answer, base_url),
        "actor": actor(base_url, answer.learner_id),
        "verb": ANSWERED,
        "object": {
            "objectType": "Activity",
            "id": f"{topic}/{answer.question.key}",
            "definition": _definition(answer.question),
        },
        "result": {"success": answer.right, "completion": True, "response": answer.choice},
        "context": {
            "language": language,
            "contextActivities": {"parent": [{"id": topic, "definition": {"type": ASSESSMENT}}]},
        },
        "timestamp": now.isoformat(),
        "authority": {"objectType": "Agent", "account": {"homePage": base_url, "name": SENDER}},
    }


def actor(base_url: str, learner_id: str) -> dict[str, Any]:
    """Our own account of the learner."""
    return {"objectType": "Agent", "account": {"homePage": base_url, "name": learner_id}}


def statement_id(answer: Answer, base_url: str) -> str:
    name = f"{base_url}/practice/{answer.question.topic}/{answer.question.key}/{answer.learner_id}/{answer.attempt}"
    return str(uuid5(NAMESPACE_URL, name))


def _definition(question: Question) -> dict[str, Any]:
    return {
        "type": INTERACTION,
        "description": dict(question.text),
        "interactionType": "choice",
        "choices": [{"id": option.key, "description": dict(option.text)} for option in question.options],
        "correctResponsesPattern": [question.right_option.key],
    }


def save(
    connection: Connection, answer: Answer, *, record: Record, base_url: str, language: str, now: datetime
) -> None:
    """Writes the row and, only when it is new, the statement, in the caller's one transaction."""
    row = insert(connection, tables.answer).values(
        statement_id=statement_id(answer, base_url),
        learner_id=answer.learner_id,
        topic=answer.question.topic,
        question=answer.question.key,
        choice=answer.choice,
        right=answer.right,
        answered_at=now,
    )
    if connection.execute(row.on_conflict_do_nothing()).rowcount == 1:
        record(connection, statement(answer, base_url=base_url, language=language, now=now))


@dataclass(frozen=True, slots=True)
class Practised:
    """How practice of one topic stands: the last answer to each question counts."""

    answered: int
    right: int
    questions: int


def practised(
    connection: Connection, learner_id: str, sets: Mapping[str, PracticeSet]
) -> dict[str, Practised]:
    """For each topic with questions: how many the learner answered, and how many rightly the last time."""
    last: dict[tuple[str, str], bool] = {}
    rows = connection.execute(
        select(tables.answer.c.topic, tables.answer.c.question, tables.answer.c.right)
        .where(tables.answer.c.learner_id.in_(members(connection, learner_id)))
        .order_by(tables.answer.c.answered_at)
    )
    for row in rows:
        last[row.topic, row.question] = row.right
    return {topic: _practised(one, last) for topic, one in sets.items()}


def _practised(one: PracticeSet, last: Mapping[tuple[str, str], bool]) -> Practised:
    known = [last[one.topic, each.key] for each in one.questions if (one.topic, each.key) in last]
    return Practised(answered=len(known), right=sum(known), questions=len(one.questions))
