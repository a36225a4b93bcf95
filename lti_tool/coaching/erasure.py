"""One person taken out of the coaching room: questions and practice answers serve nobody any more."""

from collections.abc import Collection

from sqlalchemy import Connection, delete

from lti_tool.coaching.tables import answer, question


def forget(connection: Connection, learner_ids: Collection[str]) -> dict[str, int]:
    """Gives how many rows went."""
    ids = sorted(learner_ids)
    return {
        "questions": connection.execute(delete(question).where(question.c.learner_id.in_(ids))).rowcount,
        "practice": connection.execute(delete(answer).where(answer.c.learner_id.in_(ids))).rowcount,
    }
