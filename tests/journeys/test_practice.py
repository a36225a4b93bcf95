"""`donghanh practice`, the command behind `make run`, as somebody types it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from lti_tool.simulator.browser import Browser
from lti_tool.simulator.driver import Person
from tests.journeys.practising import TEN
from tests.journeys.running import answers, free_port, until

pytestmark = pytest.mark.timeout(240)


class Terminal:
    """One terminal with `donghanh practice` in it."""

    def __init__(self, home: Path, url: str, lms_port: int) -> None:
        self.url, self.lms = url, f"http://127.0.0.1:{lms_port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DONGHANH_")}
        self._environ = kept | {"DONGHANH_BASE_URL": url, "DONGHANH_HOME": str(home)}
        self._command = [sys.executable, "-m", "lti_tool.cli", "practice", "--lms-port", str(lms_port)]
        self.log = home.with_suffix(".log")

    def run(self) -> "subprocess.CompletedProcess[str]":
        """Type it and wait for its end."""
        return subprocess.run(
            self._command, env=self._environ, capture_output=True, text=True, check=False, timeout=120
        )

    def start(self) -> str:
        """Type it; gives what it printed once it said that it is running."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self._command, env=self._environ, stdout=log, stderr=log)
        until(lambda: "Ctrl-C" in self.printed(), "what to open", seconds=120, log=self.log)
        return self.printed()

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def press_ctrl_c(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@pytest.fixture
def terminal(tmp_path):
    made = Terminal(tmp_path / "home", f"http://127.0.0.1:{free_port()}", free_port())
    yield made
    if hasattr(made, "process") and made.process.poll() is None:
        made.press_ctrl_c()


def descendants(of: int) -> set[int]:
    """Pids of every process below one."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        parents[int(status.parent.name)] = int(fields[1])
    found = {of}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


def test_it_says_what_to_open_keeps_the_data_and_leaves_no_process(terminal):
    printed = terminal.start()
    for address in (f"{terminal.lms}/moodle", f"{terminal.lms}/openedx", terminal.url):
        assert address in printed
        assert requests.get(address, timeout=30).ok
    (link,) = re.findall(rf"{terminal.url}/console/link/\S+", printed)
    become_administrator(link)
    learner = Person(terminal.lms, "moodle", "hong-anh").sign_in()
    learner.launch()
    learner.complete(*TEN)
    until(lambda: "100 / 100" in learner.gradebook(), "the grade")
    started = descendants(terminal.process.pid)
    assert len(started) >= 4  # itself, web, worker, LMS
    assert terminal.press_ctrl_c() == 0
    until(lambda: not alive(started), "every process to be gone", seconds=30)

    again = terminal.start()
    assert "/console/link/" not in again  # somebody can sign in already
    learner = Person(terminal.lms, "moodle", "hong-anh").sign_in()
    assert "100 / 100" in learner.gradebook()
    assert "10 trên 10" in learner.launch().text
    started = descendants(terminal.process.pid)
    terminal.press_ctrl_c()
    until(lambda: not alive(started), "every process to be gone", seconds=30)


def become_administrator(link):
    """The one-time link asks for a password and then opens the console, once."""
    browser = Browser()
    (form,) = (one for one in browser.get(link).forms if "password" in one.fields)
    inside = browser.submit(form, dict.fromkeys(("password", "again"), "một mật khẩu đủ dài"))
    assert inside.status == 200
    assert "/console" in inside.url
    assert inside.url != link
    assert Browser().get(link).status >= 400


def test_off_this_machine_it_refuses(tmp_path):
    run = Terminal(tmp_path / "home", "https://tool.example.vn", free_port()).run()
    assert run.returncode != 0
    assert "DONGHANH_BASE_URL" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_a_busy_port_is_named_in_one_line(terminal):
    port = int(terminal.url.rpartition(":")[2])
    holder = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"], stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: answers(terminal.url), "the port to be taken")
        run = terminal.run()
    finally:
        holder.kill()
        holder.wait()
    assert run.returncode != 0
    assert f"127.0.0.1:{port} is in use" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
