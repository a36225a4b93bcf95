"""Ralph as its own people run it, its ClickHouse backend on ClickHouse's engine: real processes, its own credentials file."""

import base64
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.benchmarks.house import ROOT
from tests.benchmarks.http import Connection
from tests.benchmarks.processes import spent
from tests.journeys.running import free_port, until

PROCESSES = 2
_PYTHON = {name: ROOT / f".tools/{name}/bin/python" for name in ("ralph", "clickhouse")}
_ACCOUNT = ("bench", "https://lrs.example.vn")


def installed() -> bool:
    return all(python.exists() for python in _PYTHON.values())


@dataclass(frozen=True)
class Ralph:
    """`ports`: of its web processes, each its own, so that no luck decides how connections are shared among them."""

    ports: tuple[int, ...]
    engine: int
    authorization: str
    processes: dict[str, "subprocess.Popen[bytes]"]

    def connections(self, number: int, processes: int) -> list[Connection]:
        """So many, shared evenly among the first of its processes."""
        return [Connection("127.0.0.1", self.ports[one % processes]) for one in range(number)]

    def send(self, connection: Connection, body: bytes) -> bytes:
        """POST statements; AssertionError for anything but 200."""
        headers = {
            "Authorization": self.authorization,
            "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3",
        }
        answer = connection.ask("POST", "/xAPI/statements", body, headers)
        assert answer.status == 200, (answer.status, answer.body[:300])
        return answer.body

    def count(self) -> int:
        connection = Connection("127.0.0.1", self.engine)
        found = connection.ask("POST", "/", b"SELECT count() FROM xapi.xapi_events_all").body
        connection.close()
        return int(found)

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time spent so far, of the web processes and of the engine."""
        return {
            "web": sum(spent(one.pid) for name, one in self.processes.items() if name != "engine"),
            "engine": spent(self.processes["engine"].pid),
        }


@contextmanager
def open_ralph() -> Iterator[Ralph]:
    """Two web processes on one engine, an empty store."""
    with tempfile.TemporaryDirectory(prefix="ralph-bench-") as folder, _Processes(Path(folder)) as running:
        engine = free_port()
        running.start(
            "engine",
            "clickhouse",
            str(ROOT / "tests/hosts/clickhouse/serve.py"),
            str(engine),
            folder + "/data",
        )
        until(lambda: _listens(engine), "the engine", log=running.log)
        ports = tuple(free_port() for _ in range(PROCESSES))
        running.environ |= _settings(folder, engine)
        running.credential("bench", "secret")
        for port in ports:
            running.start(str(port), "ralph", "-m", "uvicorn", "ralph.api:app", *_server(port))
        for port in ports:
            until(lambda port=port: _listens(port), "Ralph", log=running.log)
        authorization = "Basic " + base64.b64encode(b"bench:secret").decode()
        yield Ralph(ports, engine, authorization, running.found)


def _server(port: int) -> tuple[str, ...]:
    """Without a log line a request."""
    return ("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--no-access-log")


def _settings(folder: str, engine: int) -> dict[str, str]:
    return {
        "RALPH_APP_DIR": folder,
        "RALPH_AUTH_FILE": f"{folder}/auth.json",
        "RALPH_RUNSERVER_BACKEND": "clickhouse",
        "RALPH_BACKENDS__LRS__CLICKHOUSE__HOST": "127.0.0.1",
        "RALPH_BACKENDS__LRS__CLICKHOUSE__PORT": str(engine),
    }


class _Processes:
    """Started in this folder, ended together."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self.found: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, environment: str, *words: str) -> None:
        with self.log.open("ab") as log:
            self.found[name] = subprocess.Popen(
                [str(_PYTHON[environment]), *words],
                env=self.environ,
                cwd=self.log.parent,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def credential(self, name: str, secret: str) -> None:
        """By Ralph's own command, with its own number of bcrypt's rounds."""
        words = ("auth", "-u", name, "-p", secret, "-s", "all", "-A", *_ACCOUNT, "--write-to-disk")
        subprocess.run(
            [str(_PYTHON["ralph"]), "-m", "ralph", *words], env=self.environ, check=True, capture_output=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.found.values()):
            process.terminate()
            process.wait(20)


def _listens(port: int) -> bool:
    try:
        Connection("127.0.0.1", port).close()
    except OSError:
        return False
    return True
