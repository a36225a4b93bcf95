"""Before the server starts: its port is its own."""

import socket

import pytest

from lti_tool.cli import ports, serve


@pytest.fixture
def started(monkeypatch):
    """What would have been served; nothing is."""
    found = []
    monkeypatch.setattr(serve, "Server", lambda *_, **named: found.append(named) or Unserved())
    monkeypatch.setattr(serve.logs, "to_stderr", lambda _: None)
    monkeypatch.setattr(ports, "_PATIENCE", 0.0)
    monkeypatch.setattr(serve, "_supervise", lambda options: found.append(vars(options)))
    return found


class Unserved:
    def serve(self):
        """Nothing."""


@pytest.fixture
def taken():
    """A port that another copy of our server listens on: it lets others share it."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


@pytest.mark.parametrize("more", ["", " --with-worker", " --host 0.0.0.0"])
def test_a_port_that_another_tool_listens_on_stops_the_start(run, started, taken, more):
    said = run(f"serve --port {taken}{more}")
    assert (said.code != 0, started) == (True, [])
    assert str(taken) in said.err
    assert "in use" in said.err


@pytest.mark.parametrize("where", ["--port 70000", "--host no.such.host.invalid", "--host 203.0.113.7"])
def test_an_address_that_is_none_of_this_machine_is_one_line(run, started, where):
    said = run(f"serve {where}")
    assert (said.code != 0, started) == (True, [])
    assert len(said.err.splitlines()) == 1
