"""kill -9 of the server under load: every acknowledged statement is there, none twice, and the indexes agree with the payloads.

DONGHANH_LRS_KILLS: how often it dies on each database (2; the proof takes 200). DONGHANH_KILL_SEED: when.
"""

import base64
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
import requests
from sqlalchemy import text

from lti_tool.base.database import Database
from tests.journeys.running import RunningTool, answers
from tests.journeys.test_kill import say

KILLS = int(os.environ.get("DONGHANH_LRS_KILLS", "2"))
SEED = int(os.environ.get("DONGHANH_KILL_SEED", "2025"))
SENDERS = 4
pytestmark = pytest.mark.timeout(120 + 15 * KILLS)


class Sender(threading.Thread):
    """Posts batches of every size, remembers what was sent and what was acknowledged, and comes again for what was not."""

    def __init__(self, tool: RunningTool, authorization: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.tool, self.chance = tool, Random(seed)
        self.headers = {"Authorization": authorization, "X-Experience-API-Version": "1.0.3"}
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.refused: list[str] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            self._deliver([self._statement() for _ in range(self.chance.choice((1, 1, 1, 5, 50)))])

    def _deliver(self, batch: list[dict[str, object]]) -> None:
        ids = [str(one["id"]) for one in batch]
        self.sent.update(ids)
        while not self.stopped.is_set():
            with suppress(requests.RequestException):
                answer = requests.post(
                    f"{self.tool.url}/xapi/statements", json=batch, headers=self.headers, timeout=20
                )
                if answer.status_code == 200:
                    assert answer.json() == ids
                    self.acknowledged.update(ids)
                    return
                if answer.status_code != 503:
                    self.refused.append(f"{answer.status_code} {answer.text[:200]}")
                    return
            self.stopped.wait(0.05)

    def _statement(self) -> dict[str, object]:
        return {
            "id": str(uuid4()),
            "actor": {"mbox": f"mailto:hv{self.chance.randrange(200)}@example.vn"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
            "object": {"id": f"https://example.vn/chuyen-de/{self.chance.randrange(19)}"},
            "context": {"contextActivities": {"grouping": [{"id": "https://example.vn/khoa"}]}},
        }


@pytest.fixture
def tool(tmp_path: Path, database_url: str) -> Iterator[RunningTool]:
    with RunningTool(tmp_path / "home", database_url) as running:
        running.command("migrate")
        yield running


def test_a_server_killed_under_load_loses_nothing_acknowledged_and_doubles_nothing(
    tool: RunningTool, database_url: str
):
    made = tool.command("credential", "add", "--label", "load", "--scope", "statements/write")
    authorization = "Basic " + base64.b64encode(f"{made['key']}:{made['secret']}".encode()).decode()
    chance, senders = Random(SEED), []
    tool.start()
    for number in range(SENDERS):
        senders.append(Sender(tool, authorization, SEED + number))
        senders[-1].start()
    pause = threading.Event()
    for _ in range(KILLS):
        pause.wait(chance.uniform(0.05, 1.5))
        tool.kill("web")
        tool.spawn("web", "serve", "--port", str(tool.port))
        tool.wait_until_ready()
    pause.wait(0.5)
    for sender in senders:
        sender.stopped.set()
    for sender in senders:
        sender.join(30)
        assert not sender.is_alive()
    assert [one for sender in senders for one in sender.refused] == []
    assert answers(f"{tool.url}/readyz")
    _compare(senders, tool, database_url)


def _compare(senders: list[Sender], tool: RunningTool, database_url: str) -> None:
    database = Database(database_url)
    with database.reading() as connection:
        stored = Counter(connection.execute(text("SELECT id FROM xapi_statement")).scalars())
        kind = connection.dialect.name
    database.close()
    acknowledged = set().union(*(sender.acknowledged for sender in senders))
    assert len(acknowledged) > KILLS
    assert acknowledged - set(stored) == set()
    assert set(stored) - set().union(*(sender.sent for sender in senders)) == set()
    assert [one for one, times in stored.items() if times > 1] == []
    assert tool.command("lrs", "check")["ok"] is True
    say({"database": kind, "kills": KILLS, "acknowledged": len(acknowledged), "stored": len(stored)})
