"""New learners and what their logins claim."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy import insert as plain_insert

from lti_tool.base.database import insert
from lti_tool.people import claims, tables


def create(connection: Connection, now: datetime) -> str:
    """A new learner of whom nothing is known yet."""
    learner_id = secrets.token_hex(16)
    connection.execute(plain_insert(tables.learner).values(id=learner_id, created_at=now))
    return learner_id


def remember(connection: Connection, learner_id: str, said: Iterable[claims.Claim]) -> None:
    """Keep what a login claims, once."""
    rows = rows_of(learner_id, said)
    if rows:
        connection.execute(insert(connection, tables.claim).on_conflict_do_nothing(), rows)


def rows_of(learner_id: str, said: Iterable[claims.Claim]) -> list[dict[str, str | None]]:
    """Claims as rows of their table."""
    return [
        {
            "source": claim.source,
            "actor_key": claim.actor_key,
            "learner_id": learner_id,
            "how": claim.how,
            "mail": claim.mail,
            "spelled": claim.spelled,
        }
        for claim in said
    ]
