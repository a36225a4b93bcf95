"""A database server that is really stopped and started under the running web process, in order and as after a crash.

Nobody restarts the web: while the server is away everybody is told to come again, and nothing acknowledged is lost.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from lti_tool.base.database import Database
from tests.conftest import POSTGRES
from tests.journeys.running import RunningTool, until
from tests.journeys.sending import Sender, add_credentials
from tests.tools.with_postgres import Server, own_server

pytestmark = [pytest.mark.postgresql, pytest.mark.timeout(180)]


@pytest.fixture
def server() -> Iterator[Server]:
    if not POSTGRES:
        pytest.skip("no PostgreSQL server named by DONGHANH_TEST_POSTGRES")
    with own_server() as found:
        yield found


@pytest.fixture
def tool(tmp_path: Path, server: Server) -> Iterator[RunningTool]:
    with RunningTool(tmp_path / "home", server.url) as running:
        yield running


def test_a_restarted_database_server_needs_no_restart_of_the_web_and_loses_nothing(
    tool: RunningTool, server: Server
):
    own, platform, reader = add_credentials(server.url)
    tool.start(worker=False)
    web = tool.pid("web")
    senders = [Sender(tool.url, who, number, ids=who == own) for number, who in enumerate((own, platform))]
    for one in senders:
        one.start()
    for mode in ("fast", "immediate"):
        _until_more(senders)
        server.stop(mode)
        told = _asks(tool, reader)
        assert (told.status_code, told.headers.get("Retry-After")) == (503, "5")
        # Who was known a moment ago and may not read is told that, without the database.
        assert {_asks(tool, who).status_code for who in (own, platform)} <= {403, 503}
        server.start()
        _until_more(senders)
        assert _asks(tool, reader).status_code == 200
    for one in senders:
        one.stopped.set()
        one.join(60)
    assert [says for one in senders for says in one.wrong] == []
    assert (tool.pid("web"), tool.runs("web")) == (web, True)
    assert min(one.turned_away for one in senders) > 0
    assert all(batch.ids for one in senders for batch in one.batches), "the web never was away"
    acknowledged = {name for one in senders for name in one.acknowledged}
    assert acknowledged - _stored(server) == set()


def _until_more(senders: list[Sender]) -> None:
    """Everybody was told once more that something is stored."""
    before = [len(one.acknowledged) for one in senders]
    until(
        lambda: all(len(one.acknowledged) > had for one, had in zip(senders, before, strict=True)),
        "more acknowledged",
    )


def _asks(tool: RunningTool, who: str) -> requests.Response:
    """For a page of statements."""
    head = {"X-Experience-API-Version": "1.0.3", "Authorization": who}
    return requests.get(f"{tool.url}/xapi/statements", headers=head, timeout=20)


def _stored(server: Server) -> set[str]:
    database = Database(server.url)
    with database.reading() as connection:
        found = set(connection.execute(text("SELECT id FROM xapi_statement")).scalars())
    database.close()
    return found
