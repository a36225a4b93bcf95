"""The real server beside clients that are slow, silent, or send too much."""

import base64
import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_tool.app import THREADS, WORKING
from lti_tool.cli.serve import HEADER_BYTES
from tests.journeys.running import RunningTool, until

pytestmark = pytest.mark.timeout(120)
STATEMENT = {
    "actor": {"mbox": "mailto:lan@example.vn"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
    "object": {"id": "https://example.vn/1"},
}


class Clients:
    """Raw sockets to one server, closed in the end."""

    def __init__(self, tool: RunningTool, key: str, secret: str) -> None:
        self._tool = tool
        self._open: list[socket.socket] = []
        self._basic = base64.b64encode(f"{key}:{secret}".encode()).decode()

    def send(
        self, method: str, *lines: str, path: str = "/xapi/statements", body: bytes = b""
    ) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._tool.port), 20)
        self._open.append(made)
        head = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Basic {self._basic}"]
        head += ["X-Experience-API-Version: 1.0.3", "Content-Type: application/json", *lines, "", ""]
        made.sendall("\r\n".join(head).encode() + body)
        return made

    def ask(
        self, method: str, *lines: str, path: str = "/xapi/statements", body: bytes = b""
    ) -> tuple[int, bytes]:
        if body:
            lines = (*lines, f"Content-Length: {len(body)}")
        return answer(self.send(method, *lines, path=path, body=body))

    def close(self) -> None:
        for made in self._open:
            made.close()


def answer(of: socket.socket) -> tuple[int, bytes]:
    """Status and body."""
    with of.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        headers = dict(line.lower().split(b": ", 1) for line in iter(lambda: stream.readline().strip(), b""))
        return status, stream.read(int(headers.get(b"content-length", 0)))


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTool]:
    with RunningTool(Path(tmp_path_factory.mktemp("slow")) / "home") as made:
        made.command("migrate")
        yield made.start(worker=False)


@pytest.fixture
def clients(tool: RunningTool) -> Iterator[Clients]:
    made = tool.command("credential", "add", "--label", "x", "--scope", "all")
    found = Clients(tool, made["key"], made["secret"])
    yield found
    found.close()


def test_silent_bodies_hold_up_nobody_and_too_many_are_told_to_come_again(clients: Clients):
    for _ in range(2 * WORKING):
        clients.send("POST", "Content-Length: 1000", body=b"[")
    began = time.monotonic()
    assert clients.ask("POST", body=json.dumps(STATEMENT).encode())[0] == 200
    assert clients.ask("GET")[0] == 200
    assert time.monotonic() - began < 5
    for _ in range(THREADS // 4):
        clients.send("POST", "Content-Length: 1000", body=b"[")
    # The silent ones are many threads' work: when the last of them has its place, nobody can tell.
    until(lambda: clients.ask("POST", body=b"[]")[0] == 503, "a refusal", seconds=60)
    assert json.loads(clients.ask("POST", body=b"[]")[1])["status"] == 503
    assert clients.ask("GET")[0] == 200, "what has no body goes on"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's table of connections is Linux's")
def test_a_client_that_vanishes_half_way_is_found_out_by_the_kernel(tool: RunningTool, clients: Clients):
    assert clients.ask("GET")[0] == 200
    mine = clients.send("POST", "Content-Length: 1000", body=b"[").getsockname()[1]
    rows = [row.split() for row in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    (timer,) = [row[5] for row in rows if (row[1][-4:], row[2][-4:]) == (f"{tool.port:04X}", f"{mine:04X}")]
    assert timer.startswith("02:"), "a keepalive timer runs"


def test_a_body_that_breaks_off_is_not_taken_for_all_of_it(clients: Clients):
    path = "/xapi/activities/profile?activityId=urn%3Aa&profileId=p"
    broken = clients.send("PUT", "If-None-Match: *", "Content-Length: 9", path=path, body=b"half")
    broken.shutdown(socket.SHUT_WR)
    chunk = b"4\r\nhalf\r\n0\r\n\r\n"
    assert clients.ask("GET", path=path)[0] == 404
    chunked = clients.send("PUT", "If-None-Match: *", "Transfer-Encoding: chunked", path=path, body=chunk)
    assert answer(chunked)[0] == 411
    assert clients.ask("GET", path=path)[0] == 404


def test_headers_past_their_limit_are_refused(clients: Clients):
    assert clients.ask("GET", "X-Long: " + "a" * (HEADER_BYTES // 2))[0] == 200
    assert clients.ask("GET", "X-Long: " + "a" * 2 * HEADER_BYTES)[0] == 431
    assert clients.ask("GET", *(f"X-{number}: a" for number in range(200)))[0] == 431


def test_a_body_past_its_limit_is_refused_in_the_words_of_rfc_9457(clients: Clients):
    status, body = answer(clients.send("POST", f"Content-Length: {10**9}"))
    assert (status, json.loads(body)["status"]) == (413, 413)


def test_the_server_ends_each_answer_so_that_the_last_use_is_written(tool: RunningTool, clients: Clients):
    assert clients.ask("GET")[0] == 200

    def written() -> bool:
        return bool(tool.command("credential", "list")[-1]["used"])

    until(written, "the last use", seconds=20)
