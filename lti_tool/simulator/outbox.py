"""Events waiting to be sent to the LRS, those sent, and those that failed."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from lti_tool.simulator.face import Face
from lti_tool.simulator.people import Person


def put(face: Face, person: Person, event: str, statements: Sequence[dict[str, Any]]) -> None:
    """Log one event with the statements it becomes (there may be none)."""
    face.store.run(
        "INSERT INTO outbox (person, event, statements, created) VALUES (?, ?, ?, ?)",
        person.key,
        event,
        json.dumps(statements, ensure_ascii=False),
        face.seconds(),
    )


def due(face: Face, limit: int) -> list[sqlite3.Row]:
    return face.store.all(
        "SELECT * FROM outbox WHERE state = 'waiting' AND next_at <= ? ORDER BY seq LIMIT ?",
        face.seconds(),
        limit,
    )


def settle(
    face: Face, rows: Collection[sqlite3.Row], state: str, error: str = "", *, next_at: float = 0
) -> None:
    """Write down what became of a sending: sent, failed (waits for Resend), dropped, or waiting for another try."""
    with face.store.transaction():
        for row in rows:
            face.store.run(
                "UPDATE outbox SET state = ?, error = ?, next_at = ?, attempts = attempts + 1 WHERE seq = ?",
                state,
                error[:500],
                next_at,
                row["seq"],
            )


def resend(face: Face) -> int:
    """The administrator presses Resend: failed events queue up again, behind everything that was logged since."""
    with face.store.transaction():
        moved = face.store.run(
            "INSERT INTO outbox (person, event, statements, created)"
            " SELECT person, event, statements, created FROM outbox WHERE state = 'failed' ORDER BY seq"
        )
        count = len(face.store.all("SELECT 1 FROM outbox WHERE state = 'failed'"))
        face.store.run("DELETE FROM outbox WHERE state = 'failed'")
    return count if moved else 0


def counts(face: Face) -> dict[str, int]:
    return {
        row["state"]: row["n"]
        for row in face.store.all("SELECT state, COUNT(*) AS n FROM outbox GROUP BY state")
    }
