"""Sends what is in the outbox to the LRS the way each host does, their unforgiving sides included."""

import json
import secrets
import sqlite3
import threading
import uuid
from collections.abc import Sequence
from typing import Any, Final

import requests

from lti_tool.simulator import outbox
from lti_tool.simulator.face import Face
from lti_tool.simulator.openedx_events import BUSINESS_CRITICAL

OK: Final = 200
NO_CONTENT: Final = 204
BAD_REQUEST: Final = 400
CONFLICT: Final = 409
TRIES: Final = 3
OPENEDX_BATCH: Final = 100


class Sender:
    """One face's sender. `run_once` may be called by a test and by the background thread: one at a time sends."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._lock = threading.Lock()

    def run_once(self) -> int:
        """Send one round; answers how many events were tried. Without an LRS events just wait."""
        with self._lock:
            if not self._face.lrs().endpoint:
                return 0
            return self._moodle() if self._face.is_moodle else self._openedx()

    def run(self, stop: threading.Event, every: float) -> None:
        """Send until told to stop, every `every` seconds (a real Moodle: every minute)."""
        while not stop.wait(every):
            while self.run_once():
                pass

    def _moodle(self) -> int:
        rows = outbox.due(self._face, int(self._face.option("batch_size")))
        if rows:
            # The registration is a hash of the cron run's session key, so an event that is sent again says another one.
            session = secrets.token_hex(5) if self._face.option("new_registration_per_run") else "practice"
            self._load_batch(rows, str(uuid.uuid5(uuid.NAMESPACE_OID, session)))
        return len(rows)

    def _load_batch(self, rows: Sequence[sqlite3.Row], registration: str) -> None:
        statements = [
            statement | {"context": statement["context"] | {"registration": registration}}
            for row in rows
            for statement in json.loads(row["statements"])
        ]
        status, text = self._send("POST", statements)
        if status == OK:  # nothing else counts: 204 is a failure too
            outbox.settle(self._face, rows, "sent")
        elif status == BAD_REQUEST and len(rows) > 1 and self._face.option("resend_failed_batches"):
            half = round(len(rows) / 2)
            self._load_batch(rows[:half], registration)
            self._load_batch(rows[half:], registration)
        else:
            # No task tries again: the failed table waits for an administrator to press Resend.
            outbox.settle(self._face, rows, "failed", f"{status} {text}")

    def _openedx(self) -> int:
        rows = outbox.due(self._face, OPENEDX_BATCH)
        if self._face.option("batching") and rows:
            statements = [statement for row in rows for statement in json.loads(row["statements"])]
            self._settle(rows, *self._send("POST", statements))
            return len(rows)
        for row in rows:
            for statement in json.loads(row["statements"]):
                self._settle([row], *self._send("PUT", statement, statement["id"]))
        return len(rows)

    def _settle(self, rows: Sequence[sqlite3.Row], status: int, text: str) -> None:
        error = f"{status} {text}"
        if status in {OK, NO_CONTENT}:
            outbox.settle(self._face, rows, "sent")
        elif status == CONFLICT:
            outbox.settle(self._face, rows, "dropped", error)  # the whole batch, silently
        elif rows[0]["attempts"] + 1 < TRIES:
            later = self._face.seconds() + float(self._face.option("retry_seconds"))
            outbox.settle(self._face, rows, "waiting", error, next_at=later)
        else:
            for row in rows:
                outbox.settle(
                    self._face, [row], "failed" if row["event"] in BUSINESS_CRITICAL else "lost", error
                )

    def _send(self, method: str, body: Any, statement_id: str | None = None) -> tuple[int, str]:
        """The LRS's status and text; 0 where the connection failed or the answer was lost on the way."""
        lrs, fault = self._face.lrs(), self._face.faults.take("lrs")
        if fault is not None and fault.mode != "reply_lost":
            return (fault.status if fault.mode == "status" else 0), "practice fault"
        try:
            answer = self._face.http.request(
                method,
                lrs.endpoint.rstrip("/") + "/statements",
                params={"statementId": statement_id} if statement_id else None,
                data=json.dumps(body, ensure_ascii=True).encode(),
                auth=(lrs.key, lrs.secret),
                headers={"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"},
                timeout=30,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return 0, str(error)
        return (0, "reply lost") if fault is not None else (answer.status_code, answer.text)
