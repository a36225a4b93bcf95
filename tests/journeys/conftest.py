"""The tool and the practice LMS as `make run` starts them, on free ports, for journeys."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from lti_tool.simulator.driver import Control, Person

PATIENCE = 90


@dataclass(frozen=True)
class Practice:
    """Both sides running; `env` lets a command of the tool reach the same data."""

    tool: str
    lms: str
    home: Path
    env: dict[str, str]

    @property
    def control(self) -> Control:
        plain = json.loads((self.home / "practice" / "practice.json").read_text(encoding="utf-8"))
        return Control(self.lms, plain["control_token"])

    def person(self, face: str, key: str) -> Person:
        return Person(self.lms, face, key).sign_in()

    def command(self, *arguments: str) -> str:
        run = subprocess.run(
            [sys.executable, "-m", "lti_tool.cli", *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return run.stdout


def wait_for(question, seconds: float = PATIENCE):
    """Ask until the answer is true; gives the answer, or the last one."""
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.2)
    return answer


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """`donghanh practice` until the tests are over."""
    home, tool_port, lms_port = tmp_path_factory.mktemp("home"), _free_port(), _free_port()
    tool, lms = f"http://127.0.0.1:{tool_port}", f"http://127.0.0.1:{lms_port}"
    env = os.environ | {
        "DONGHANH_BASE_URL": tool,
        "DONGHANH_HOME": str(home),
        "DONGHANH_DATABASE_URL": f"sqlite:///{home}/donghanh.sqlite3",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "lti_tool.cli", "practice", "--lms-port", str(lms_port)],
        env=env,
        stdout=subprocess.DEVNULL,
    )
    try:
        assert wait_for(
            lambda: process.poll() is not None or (_answers(f"{tool}/readyz") and _answers(f"{lms}/"))
        )
        assert process.poll() is None, "practice ended; its reason is above"
        yield Practice(tool, lms, home, env)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="session")
def until():
    return wait_for
