"""Ralph for real: what it cannot do is found out, it is followed without a loss, and statements are sent on to it."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from lti_tool.base.outbound import Outbound
from lti_tool.base.settings import LrsAccess
from tests.benchmarks import ralph as clickhouse
from tests.handlers.house import MOODLE
from tests.handlers.test_collect import Follower, made
from tests.handlers.test_forward import Sending
from xapi.external import ExternalLrs, LrsUnanswered
from xapi.lrs import Sender
from xapi.outside_tables import forward as table
from xapi.probing import look, probe

pytestmark = pytest.mark.ralph
ROOT = Path(__file__).parent.parent.parent
CLIENT = {"objectType": "Agent", "account": {"homePage": "https://lrs.example.vn", "name": "me"}}
BASE_URL = "https://donghanh.example.vn"


class Ralph:
    """A Ralph that can be stopped and started on the same data."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{port}/xAPI"
        self.access = LrsAccess(self.url, "me", "secret")

    @contextmanager
    def running(self) -> Iterator[None]:
        command = [str(ROOT / ".tools/ralph/bin/python"), str(ROOT / "tests/hosts/ralph/run.py")]
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen([*command, str(self.port), str(self.folder)], stdout=log, stderr=log)
        try:
            self._wait(process)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def external(self) -> ExternalLrs:
        return ExternalLrs(Outbound(loopback=True).session, self.url, "me", "secret")

    def save(self, *statements):
        """As an LMS does, a request each."""
        lrs = self.external()
        for one in statements:
            plain = {name: value for name, value in one.items() if name != "stored"}
            lrs.save([plain], Sender("", {}))
        lrs.close()


@pytest.fixture
def ralph(tmp_path) -> Ralph:
    if not (ROOT / ".tools/ralph/.installed").exists():
        pytest.skip("make test-ralph installs it")
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    folder = tmp_path / "ralph"
    folder.mkdir()
    return Ralph(folder, port)


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'ours.db'}"


def test_what_ralph_cannot_do_is_found_out(ralph):
    with ralph.running():
        found = probe(ralph.external(), BASE_URL)
    assert (found.writes, found.reads) == (True, True)
    assert {"since_is_stored", "says_through"} <= set(found.missing)


def test_ralph_away_and_statements_late_nothing_is_lost_or_doubled(ralph, database):
    follower = Follower(database, ralph, datetime.now(UTC))
    handler = follower.handler
    object.__setattr__(handler, "probe", lambda lrs: probe(lrs, BASE_URL))
    with ralph.running():
        ralph.save(made(0))
        assert follower.run().reason == "caught-up"
        assert handler._held().cursor.by_stored is False
        follower.tie(CLIENT, MOODLE)
        ralph.save(*(made(minute, f"t{minute % 3 + 1}") for minute in range(1, 20)))
        follower.run()
        assert len(follower.evidence()) == 20
    for _ in range(60):
        assert follower.run(minutes=1).reason == "unanswered"
    with ralph.running():
        ralph.save(*(made(-minute, f"t{minute % 3 + 1}") for minute in range(1, 30)))
        while follower.run(hours=25).reason != "caught-up":
            pass
        follower.run(hours=25)
    assert len(follower.evidence()) == 49
    assert len(set(follower.ids())) == 50  # the probe's too: here it has the same client as the LMS


def test_statements_are_sent_on_to_ralph_once(ralph, database, now):
    sending = Sending(database, ralph, now)
    ids = sending.write(120)
    one = sending.add(secret="secret")
    with database.transaction() as connection:
        connection.execute(table.update().values(key="me"))
    with ralph.running():
        sending.run(one)
        with database.transaction() as connection:
            connection.execute(table.update().values(position=0))
        sending.run(one)
    held = [json.loads(line)["id"] for line in (ralph.folder / "fs_lrs.jsonl").read_text().splitlines()]
    assert held == ids
    assert sending.parked() == []


def test_ralph_on_the_engine_of_clickhouse_is_sent_statements_once_and_falls_over_since(database, now):
    """The engine is PyPI's `chdb`, made by `make bench-peers`: whether ClickHouse's server takes such a `since` is not known."""
    if not clickhouse.installed():
        pytest.skip("make bench-peers installs it")
    with clickhouse.open_ralph() as found:
        access = LrsAccess(f"http://127.0.0.1:{found.ports[0]}/xAPI", "bench", "secret")
        sending = Sending(database, access, now)
        ids = [*sending.write(120), sending.write_with(bytes(range(256)))]
        one = sending.add(secret="secret")
        for _ in range(2):
            with database.transaction() as connection:
                connection.execute(table.update().values(key="bench", position=0))
            sending.run(one)
        assert found.count() == 120
        assert [row.statement_id for row in sending.parked()] == ids[120:]
        lrs = ExternalLrs(Outbound(loopback=True).session, access.url, access.key, access.secret)
        page, _ = lrs.remote.page({"registration": str(uuid4())})
        assert len(page.statements) > 0  # it was ignored
        with pytest.raises(LrsUnanswered, match=r"500, to a query by .*since"):
            probe(lrs, BASE_URL)
        told = look(lrs, BASE_URL)
        assert ["since" in str(fault) for fault in told.faults] == [True]
        assert "registration" in told.abilities.missing
        lrs.close()


def test_ralph_knows_no_contents_and_gets_the_statements_without(ralph, database, now):
    sending = Sending(database, ralph, now)
    ids = [*sending.write(1), sending.write_with(bytes(range(256))), *sending.write(1)]
    one = sending.add(secret="secret")
    with database.transaction() as connection:
        connection.execute(table.update().values(key="me"))
    with ralph.running():
        sending.run(one)
    held = [json.loads(line)["id"] for line in (ralph.folder / "fs_lrs.jsonl").read_text().splitlines()]
    assert (held, sending.read(one).reason) == ([ids[0], ids[2]], None)
    (parked,) = sending.parked()
    assert parked.statement_id == ids[1]
    assert "answered 500, to statements with attachments" in parked.reason
