"""One worker beside the web process: it comes back when it dies, and nothing is left behind."""

import os
import signal
import sys
import threading
import time

import pytest

from lti_tool.cli.supervisor import Pace, Supervisor

QUICK = Pace(look=0.02, first_wait=0.05, longest_wait=0.1, settled=60, patience=5)
STAYS = "import os,sys,time; open(sys.argv[1],'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
DIES = "import os,sys; open(sys.argv[1],'a').write(f'{os.getpid()}\\n')"


def command(script, file):
    return [sys.executable, "-c", script, str(file)]


def pids(file):
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.02)


@pytest.fixture
def files(tmp_path):
    return tmp_path / "web", tmp_path / "worker"


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_worker_comes_back_and_stop_ends_both(files):
    web, worker = files
    supervisor = Supervisor(command(STAYS, web), command(STAYS, worker), os.environ, QUICK)
    code = []
    thread = threading.Thread(target=lambda: code.append(supervisor.run()))
    thread.start()
    until(lambda: pids(worker) and pids(web))
    os.kill(pids(worker)[0], signal.SIGKILL)
    until(lambda: len(pids(worker)) == 2)
    supervisor.stop()
    thread.join(20)
    assert code == [0]
    assert not any(alive(pid) for pid in pids(web) + pids(worker))


def test_the_end_of_the_web_process_ends_the_worker_and_is_told(files):
    web, worker = files
    assert Supervisor(command(DIES, web), command(STAYS, worker), os.environ, QUICK).run() == 1
    assert not any(alive(pid) for pid in pids(worker))


def test_a_worker_that_keeps_dying_is_started_again_and_again(files):
    web, worker = files
    supervisor = Supervisor(command(STAYS, web), command(DIES, worker), os.environ, QUICK)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    until(lambda: len(pids(worker)) >= 3)
    supervisor.stop()
    thread.join(20)
    assert not thread.is_alive()
