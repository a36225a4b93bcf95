"""The append-only log of decisions. It holds ids, never names: a take-back is a new row."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from lti_tool.base.tables import audit

_ROOM = 200  # letters


def record(
    connection: Connection, *, who: str, act: str, subject: str, details: dict[str, Any], at: datetime
) -> None:
    """Write one decision in the transaction that carries it out.

    `who`: "learner:<id>", "staff:<id>", "command" or "worker"; `subject`: what it was done to, as "<kind>:<id>". A platform's ids may
    be 255 letters long: what the columns have no room for is cut off here and stands whole in the details.
    """
    if len(who) > _ROOM or len(subject) > _ROOM:
        details = {**details, "whole_who": who, "whole_subject": subject}
    text = json.dumps(details, ensure_ascii=False, sort_keys=True)
    connection.execute(
        insert(audit).values(who=who[:_ROOM], act=act, subject=subject[:_ROOM], details=text, at=at)
    )
