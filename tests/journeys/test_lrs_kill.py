"""kill -9 of the server under load: every acknowledged statement is there, none twice, and the indexes agree with the payloads.

Two web processes; senders with ids of their own and platforms without; a reader. DONGHANH_LRS_KILLS: how often it dies on each
database (2; the proof takes 200). DONGHANH_KILL_SEED: when.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import orjson
import pytest
from sqlalchemy import text

from lti_tool.base.database import Database
from tests.journeys.running import RunningTool, answers, until
from tests.journeys.sending import Reader, Sender, add_credentials, mark
from tests.journeys.test_kill import say

KILLS = int(os.environ.get("DONGHANH_LRS_KILLS", "2"))
SEED = int(os.environ.get("DONGHANH_KILL_SEED", "2025"))
SENDERS = 4
pytestmark = pytest.mark.timeout(120 + 15 * KILLS)


@pytest.fixture
def tool(tmp_path: Path, database_url: str) -> Iterator[RunningTool]:
    with RunningTool(tmp_path / "home", database_url) as running:
        yield running


@pytest.fixture
def clients(tool: RunningTool, database_url: str) -> tuple[list[Sender], Reader]:
    """Half of the senders name their statements; the others are a platform's, which does not."""
    own, platform, reader = add_credentials(database_url)
    senders = [
        Sender(tool.url, (own, platform)[number % 2], SEED + number, ids=number % 2 == 0)
        for number in range(SENDERS)
    ]
    return senders, Reader(tool.url, reader, SEED, senders)


def test_a_server_killed_under_load_loses_nothing_acknowledged_and_doubles_nothing(
    tool: RunningTool, clients: tuple[list[Sender], Reader], database_url: str
):
    senders, reader = clients
    tool.start(web=2)
    for one in (*senders, reader):
        one.start()
    killed = _deaths(tool)
    for one in (*senders, reader):
        one.stopped.set()
    for one in (*senders, reader):
        one.join(90)
        assert not one.is_alive()
    _stand_up(tool)
    reader.round()
    assert [says for one in (*senders, reader) for says in one.wrong] == []
    counts = _compare(senders, reader, database_url)
    assert tool.command("lrs", "check")["ok"] is True
    say({"kills": killed.total(), **killed, **counts})


def _deaths(tool: RunningTool) -> Counter[str]:
    """Now all of the server, now one of its two processes while the other goes on."""
    chance, pause, killed = Random(SEED), threading.Event(), Counter[str]()
    for number in range(KILLS):
        pause.wait(chance.uniform(0.05, 1.5))
        if number % 2 and tool.runs("web"):
            tool.kill_one_of("web", chance)
            killed["processes"] += 1
        else:
            tool.kill("web")
            killed["servers"] += 1
        _stand_up(tool)
    pause.wait(0.5)
    _stand_up(tool)
    return killed


def _stand_up(tool: RunningTool) -> None:
    """As systemd does: a server whose process died twice within seconds ends itself, to be started by whoever watches it."""

    def stands() -> bool:
        if not tool.runs("web"):
            tool.spawn_web(2)
        return answers(f"{tool.url}/readyz")

    until(stands, "the server", log=tool.home / "processes.log")


def _compare(senders: Sequence[Sender], reader: Reader, database_url: str) -> dict[str, object]:
    stored, again, kind = _stored(database_url)
    held = Counter(stored.values())
    batches = [batch for sender in senders for batch in sender.batches]
    acknowledged = [batch for batch in batches if batch.ids]
    for batch in acknowledged:
        assert [stored.get(name) for name in batch.ids] == list(batch.marks)
        assert len(set(batch.ids)) == len(batch.ids)
    for batch in batches:  # none of a batch more often than it stands there; of one given up all or nothing
        wanted = Counter(batch.marks)
        found = Counter({one: held[one] for one in wanted if held[one]})
        assert found == wanted or not (found or batch.ids)
    assert set(held) <= {one for batch in batches for one in batch.marks}
    assert reader.seen == stored
    assert min(again, reader.asked, len(acknowledged) - KILLS) > 0, "so many, or nothing was tried"
    names = sum(len(batch.ids) for batch in acknowledged)
    counts = {"acknowledged": names, "stored": len(stored), "known_again": again, "read_by_id": reader.asked}
    return {"database": kind, **counts, "given_up": len(batches) - len(acknowledged)}


def _stored(database_url: str) -> tuple[dict[str, str], int, str]:
    """The mark of every statement by id; how many of the platform's came again and were known; which database it is."""
    database = Database(database_url)
    rows = text("SELECT id, payload FROM xapi_statement JOIN xapi_payload USING (seq)")
    again = text("SELECT count(*) FROM xapi_statement WHERE source IS NOT NULL AND last_seq > seq")
    with database.reading() as connection:
        found = {name: mark(orjson.loads(payload)) for name, payload in connection.execute(rows)}
        known, kind = connection.execute(again).scalar_one(), connection.dialect.name
    database.close()
    return found, known, kind
