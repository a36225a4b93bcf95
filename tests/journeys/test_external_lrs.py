"""Two real installations: one is the record store an LMS writes to, the other follows it and decides by it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from sqlalchemy import func, select

from lti_tool.base.database import Database
from lti_tool.base.resources import config_folder
from tests.assembly import completion
from tests.journeys.running import RunningTool, until
from xapi.tables import statement as table

ISSUER = "https://lms.example.vn"
BATCHES, EACH = 40, 5
PLATFORM = (
    f"platform add --name lms --issuer {ISSUER} --client-id a --deployment-id 1 --kind moodle "
    f"--auth-login-url {ISSUER}/auth --token-url {ISSUER}/token --jwks-url {ISSUER}/jwks"
)


def send(store: RunningTool, key: str, secret: str, batch: list) -> bool:
    """As a client that sends again what was not acknowledged."""
    headers = {"X-Experience-API-Version": "1.0.3"}
    try:
        answer = requests.post(
            f"{store.url}/xapi/statements", json=batch, auth=(key, secret), headers=headers, timeout=10
        )
    except requests.RequestException:
        return False
    assert answer.status_code in {200, 503}, answer.text
    return answer.status_code == 200


def batches() -> list:
    at = datetime(2025, 12, 2, tzinfo=UTC)
    made = [
        {
            **completion(ISSUER, str(1 + n % 7), f"cd-{1 + n % 19:02}", at + timedelta(minutes=n)),
            "id": str(uuid4()),
        }
        for n in range(BATCHES * EACH)
    ]
    return [made[n : n + EACH] for n in range(0, len(made), EACH)]


def count(file: Path) -> int:
    database = Database(f"sqlite:///{file}")
    try:
        with database.reading() as connection:
            return connection.execute(
                select(func.count()).select_from(table).where(table.c.source == ISSUER)
            ).scalar_one()
    finally:
        database.close()


@pytest.mark.slow
def test_a_store_and_its_follower_killed_again_and_again_lose_and_double_nothing(tmp_path: Path):
    store = RunningTool(tmp_path / "store")
    store.command("migrate")
    lms, ours = (
        store.command("credential", "add", "--label", label, "--scope", scope)
        for label, scope in (("the LMS", "statements/write"), ("the follower", "all"))
    )
    access = {
        "DONGHANH_LRS_URL": f"{store.url}/xapi",
        "DONGHANH_LRS_KEY": ours["key"],
        "DONGHANH_LRS_SECRET": ours["secret"],
    }
    tool = RunningTool(tmp_path / "tool", environ=access)
    with store, tool:
        tool.command("migrate")
        tool.command(*PLATFORM.split())
        tool.command("programme", "load", str(config_folder() / "programmes" / "kns-2025.yaml"))
        store.start(worker=False)
        tool.spawn("worker", "worker")
        waiting = batches()
        assert send(store, lms["key"], lms["secret"], waiting.pop(0))
        (tied,) = until(lambda: seen(tool, lms["key"]), "the LMS's authority to be seen")
        tool.command("external", "tie", tied, "--platform", "lms")
        for number, batch in enumerate(waiting):
            if number == 15:
                store.kill("web")
                assert not send(store, lms["key"], lms["secret"], batch)
                store.spawn("web", "serve", "--port", str(store.port))
            if number == 30:
                tool.kill("worker")
                tool.spawn("worker", "worker")
            until(lambda: send(store, lms["key"], lms["secret"], batch), "the store to take it")  # noqa: B023
        until(lambda: count(tmp_path / "tool" / "donghanh.db") >= BATCHES * EACH, "everything to be followed")
        assert count(tmp_path / "tool" / "donghanh.db") == BATCHES * EACH
        verdict = tool.command("report", "verify", "--external")
        assert verdict["agrees"]
        shown = tool.command("external", "show")
        assert shown["abilities"]["since_is_stored"]
        assert not [name for name, able in shown["abilities"].items() if able is False]


def seen(tool: RunningTool, key: str) -> list[str]:
    shown = tool.command("external", "show")
    return [one["key"] for one in shown["authorities"] if key in json.dumps(one["value"])]
