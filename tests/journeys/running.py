"""The product as an operator runs it: real processes, real ports, its own folder."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Self

import requests

_PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class RunningTool:
    """`donghanh serve --with-worker` on a free port of loopback, with its own home and database."""

    def __init__(
        self,
        home: Path,
        database_url: str | None = None,
        environ: dict[str, str] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://{host}:{self.port}"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DONGHANH_")},
            "DONGHANH_BASE_URL": self.url,
            "DONGHANH_HOME": str(home),
            "DONGHANH_DATABASE_URL": database_url or f"sqlite:///{home / 'donghanh.db'}",
            **(environ or {}),
        }
        home.mkdir(parents=True, exist_ok=True)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._log = (home / "processes.log").open("ab")

    def command(self, *words: str) -> Any:
        """The answer of `donghanh <words> --json`."""
        run = subprocess.run(
            [sys.executable, "-m", "lti_tool.cli", *words, "--json"],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, f"donghanh {' '.join(words)}: {run.stdout}{run.stderr}"
        return json.loads(run.stdout)

    def start(self, *, worker: bool = True, web: int = 1) -> "RunningTool":
        """`web`: how many web processes."""
        self.spawn_web(web)
        if worker:
            self.spawn("worker", "worker")
        self.wait_until_ready()
        return self

    def spawn_web(self, processes: int = 1) -> None:
        self.spawn("web", "serve", "--port", str(self.port), "--workers", str(processes))

    def spawn(self, name: str, *words: str, module: str = "lti_tool.cli") -> None:
        self._processes[name] = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            env=self.environ,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """kill -9 of a process and its children: the end nobody prepares for."""
        process = self._processes.pop(name)
        with suppress(ProcessLookupError):  # it ended itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_one_of(self, name: str, chance: Random) -> None:
        """kill -9 of one of a server's processes, which the server then starts anew."""
        found = Path(f"/proc/{self.pid(name)}/task/{self.pid(name)}/children").read_text().split()
        served = [
            int(one) for one in found if b"resource_tracker" not in Path(f"/proc/{one}/cmdline").read_bytes()
        ]
        os.kill(chance.choice(served), signal.SIGKILL)

    def runs(self, name: str) -> bool:
        return name in self._processes and self._processes[name].poll() is None

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def wait_until_ready(self) -> None:
        until(lambda: answers(f"{self.url}/readyz"), "the tool to be ready", log=self.home / "processes.log")

    def stop(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def until(true: Any, what: str, *, seconds: float = _PATIENCE, log: Path | None = None) -> Any:
    """Wait for `true()` to be truthy and return it; fail saying what was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-3000:] if log else ""
    raise AssertionError(f"waited {seconds:.0f} s for {what}\n{tail}")
