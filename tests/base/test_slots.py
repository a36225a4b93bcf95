"""Threads that wait for a body do not count as working."""

import io
import threading
from typing import Any

import pytest
from werkzeug.exceptions import ServiceUnavailable

from lti_tool.base.slots import Slots


class Slow(io.BytesIO):
    """A body that comes when it is let."""

    def __init__(self) -> None:
        super().__init__(b"one\ntwo\n")
        self.waited, self.let = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.waited.set()
        assert self.let.wait(10)
        return super().read(size)


def app(environ: dict[str, Any], start: Any) -> list[bytes]:
    return [environ["wsgi.input"].read()]


def ask(slots: Slots, body: io.BytesIO, address: str = "1") -> list[bytes]:
    environ = {"wsgi.input": body, "CONTENT_LENGTH": "8", "REMOTE_ADDR": address}
    return list(slots(environ, lambda *_: None))


@pytest.fixture
def slow():
    """Slow clients in threads of their own, all let in the end."""
    bodies, threads = [], []

    def begin(slots: Slots, address: str = "1") -> Slow:
        body = Slow()
        threads.append(threading.Thread(target=ask, args=(slots, body, address)))
        bodies.append(body)
        threads[-1].start()
        assert body.waited.wait(10)
        return body

    yield begin
    for body in bodies:
        body.let.set()
    for thread in threads:
        thread.join(10)


def test_slow_bodies_leave_the_working_slots_to_others(slow):
    slots = Slots(app, working=1, reading=3, of_one=3)
    slow(slots)
    slow(slots)
    assert ask(slots, io.BytesIO(b"whole")) == [b"whole"]


def test_only_so_many_are_read_at_once_and_fewer_of_one_address(slow):
    slots = Slots(app, working=1, reading=3, of_one=2)
    for address in ("1", "1", "2"):
        if address == "2":
            with pytest.raises(ServiceUnavailable):
                ask(slots, io.BytesIO(b"x"), "1")
        last = slow(slots, address)
    with pytest.raises(ServiceUnavailable) as refused:
        ask(slots, io.BytesIO(b"x"), "3")
    assert dict(refused.value.get_headers())["Retry-After"] == "10"
    last.let.set()
    assert list(slots({"wsgi.input": io.BytesIO(b"y")}, lambda *_: None)) == [b"y"], (
        "without a body nothing is counted"
    )


def test_lines_are_read_as_they_are():
    found = []

    def reader(environ: dict[str, Any], start: Any) -> list[bytes]:
        stream = environ["wsgi.input"]
        found.extend([stream.readline(), stream.read(2), list(stream), stream.readlines()])
        return []

    body = io.BytesIO(b"one\ntwo\nthree\nfour")
    Slots(reader, working=1, reading=1, of_one=1)(
        {"wsgi.input": body, "HTTP_TRANSFER_ENCODING": "chunked"}, print
    )
    assert found == [b"one\n", b"tw", [b"o\n", b"three\n", b"four"], []]
