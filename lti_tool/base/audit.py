"""The append-only log of decisions. It holds ids, never names: a take-back is a new row."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from lti_tool.base.tables import audit


def record(
    connection: Connection, *, who: str, act: str, subject: str, details: dict[str, Any], at: datetime
) -> None:
    """Write one decision in the transaction that carries it out.

    `who`: "learner:<id>", "staff:<id>", "command" or "worker"; `subject`: what it was done to, as "<kind>:<id>".
    """
    text = json.dumps(details, ensure_ascii=False, sort_keys=True)
    connection.execute(insert(audit).values(who=who, act=act, subject=subject, details=text, at=at))
