"""Tables of the coaching room: private to the learner and to named support staff, never read by reports."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from lti_tool.base.columns import UtcDateTime, metadata

answer = Table(
    "coach_answer",
    metadata,
    Column("statement_id", String(36), primary_key=True),
    Column("learner_id", String(64), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("question", String(64), nullable=False),
    Column("choice", String(64), nullable=False),
    Column("right", Boolean, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
    Index("ix_coach_answer_learner_id_topic", "learner_id", "topic"),
)

question = Table(
    "desk_question",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("learner_id", String(64), nullable=False),
    Column("programme_key", String(64), nullable=False),
    Column("topic", String(64), nullable=True),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),
    # The form carries this token: the same form sent twice is one question.
    Column("token", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answer", Text, nullable=True),
    Column("answered_by", String(64), nullable=True),
    Column("answered_at", UtcDateTime, nullable=True),
    Column("seen_at", UtcDateTime, nullable=True),
    Column("closed_at", UtcDateTime, nullable=True),
    UniqueConstraint("learner_id", "token", name="uq_desk_question_learner_id_token"),
    Index("ix_desk_question_state_asked_at", "state", "asked_at"),
    sqlite_autoincrement=True,
)
