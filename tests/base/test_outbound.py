"""Outgoing requests: an address that comes from outside never leads inside."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from lti_tool.base.outbound import Guard, Outbound, OutboundRefused
from tests.loopback import Answering, listening


class Platform(Answering):
    def answer(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/inside")
            self.end_headers()
            return
        if self.path == "/slow-head":
            self.drip(b"HTTP/1.0 200 OK\r\nX-Slow: ")
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/slow-body":
            self.drip(b"")
            return
        if self.path == "/large":
            for _ in range(300):
                self.wfile.write(b"x" * 65536)
        else:
            self.wfile.write(b"hello")

    def drip(self, first: bytes) -> None:
        """A byte now and then, so that no single wait is long."""
        self.wfile.write(first)
        with suppress(OSError):
            while True:
                self.wfile.write(b"x")
                threading.Event().wait(0.05)


@pytest.fixture
def server() -> Iterator[str]:
    with listening(Platform) as port:
        yield f"http://127.0.0.1:{port}"


HOSTILE = [
    "file:///etc/passwd", "ftp://example.vn/x", "gopher://127.0.0.1/", "http://example.vn/", "https://a:b@example.vn/",
    "http://127.0.0.1/", "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://0177.0.0.1/", "http://[::1]/",
    "http://localhost/", "http://0.0.0.0/", "http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/",
    "http://[::ffff:127.0.0.1]/", "http://[fe80::1]/", "http://[fc00::1]/", "http:///path", "https://", "javascript:alert(1)",
    "data:text/plain,x", "dict://127.0.0.1:11211/", "//127.0.0.1/", "http://user@127.0.0.1/", "jar:http://127.0.0.1!/", "ldap://x/", "about:blank",
]  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_at_once(url: str) -> None:
    session = Outbound().session()
    started = time.monotonic()
    with pytest.raises(requests.RequestException):
        session.get(url)
    assert time.monotonic() - started < 5


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.9",
    "172.20.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "::1",
    "fe80::1%eth0",
    "fc00::5",
    "::ffff:10.0.0.1",
    "224.0.0.1",
    "100.64.0.1",
]


@pytest.mark.parametrize("peer", PRIVATE)
def test_a_public_name_that_leads_to_a_private_address_is_refused(peer: str) -> None:
    with pytest.raises(OutboundRefused, match="private address"):
        Guard([], loopback=False).check_peer("lms.example.vn", peer)


def test_a_private_lms_can_be_allowed_by_name_or_by_network() -> None:
    Guard(["lms.internal"], loopback=False).check_peer("lms.internal", "10.1.2.3")
    Guard(["10.0.0.0/8"], loopback=False).check_peer("lms.internal", "10.1.2.3")
    Guard(["10.0.0.0/8"], loopback=False).check_url("http://10.1.2.3/lms")
    with pytest.raises(OutboundRefused):
        Guard(["10.0.0.0/8"], loopback=False).check_peer("lms.internal", "192.168.0.1")
    Guard([], loopback=False).check_peer("lms.example.vn", "203.119.8.106")


def test_this_machine_is_asked_only_in_practice(server: str) -> None:
    assert Outbound(loopback=True).session().get(server).text == "hello"
    with pytest.raises(OutboundRefused, match="https"):
        Outbound().session().get(server)
    with pytest.raises(OutboundRefused, match="private address"):
        Outbound().session().get(server.replace("http:", "https:"))


def test_a_redirect_is_an_answer_and_not_followed(server: str) -> None:
    answer = Outbound(loopback=True).session().get(f"{server}/redirect")
    assert answer.status_code == 302
    assert not answer.history


def test_an_answer_past_all_reason_is_not_taken(server: str) -> None:
    with pytest.raises(OutboundRefused, match="too large"):
        Outbound(loopback=True).session().get(f"{server}/large")


@pytest.mark.parametrize("path", ["/slow-head", "/slow-body"])
def test_an_answer_that_drips_is_not_waited_for(server: str, path: str) -> None:
    session, started = Outbound(loopback=True, seconds=0.5).session(), time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        session.get(f"{server}{path}")
    assert time.monotonic() - started < 5
    assert session.get(server).text == "hello"
