"""A WSGI layer that keeps slow clients from holding up everybody: a thread that waits for a body does not count as working.

The server (granian) has a limit of time for headers and none for bodies: as many silent clients as it has threads would stop it.
So it may have many threads, of which few work at once; a body is read outside of those, and only so many are read at a time.
"""

import os
import socket
import stat
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import ServiceUnavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_RETRY_SECONDS = 10
_ALIVE = (  # asked after 30 s of silence, given up after three times 10 s
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", socket.TCP_KEEPINTVL), 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)


def keep_alive() -> int:
    """Have the kernel ask silent connections of this process whether anybody is still there; gives of how many listening sockets.

    A telephone that is switched off half-way through a body would hold its thread for ever. Connections inherit from the
    socket that accepts them, and the server offers no setting for it.
    """
    found = 0
    for name in Path("/proc/self/fd").iterdir() if sys.platform == "linux" else ():
        with suppress(OSError):  # it may be closed by now, or of another family
            found += stat.S_ISSOCK(os.fstat(int(name.name)).st_mode) and _keeps_alive(int(name.name))
    return found


def _keeps_alive(number: int) -> bool:
    with socket.socket(fileno=os.dup(number)) as one:
        listens = bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
        for level, option, value in _ALIVE if listens else ():
            one.setsockopt(level, option, value)
    return listens


class Slots:
    """`working`: requests worked on at once; `reading`: bodies read at once, of which one address may have `of_one`."""

    def __init__(self, app: "WSGIApplication", *, working: int, reading: int, of_one: int) -> None:
        self._app = app
        self._working = threading.Semaphore(working)
        self._lock = threading.Lock()
        self._reading: Counter[str] = Counter()
        self._most, self._of_one = reading, of_one
        self._alive = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"] = _Body(
                environ["wsgi.input"], lambda: self._outside(environ.get("REMOTE_ADDR", ""))
            )
        if not self._alive:  # at the first request: only then the server listens for certain
            self._alive = True
            keep_alive()
        with self._working:
            return self._app(environ, start_response)

    @contextmanager
    def _outside(self, address: str) -> Iterator[None]:
        """While a body is read, the slot is another's. Raises ServiceUnavailable when more are sending at once than may."""
        with self._lock:
            if self._reading.total() >= self._most or self._reading[address] >= self._of_one:
                raise ServiceUnavailable("too many bodies are on their way", retry_after=_RETRY_SECONDS)
            self._reading[address] += 1
        self._working.release()
        try:
            yield
        finally:
            with self._lock:
                self._reading[address] -= 1
                if not self._reading[address]:
                    del self._reading[address]
            self._working.acquire()


class _Body:
    """What a request sends, read without a slot."""

    def __init__(self, inner: Any, outside: Callable[[], Any]) -> None:
        self._inner = inner
        self._outside = outside

    def read(self, size: int = -1) -> bytes:
        with self._outside():
            return bytes(self._inner.read() if size < 0 else self._inner.read(size))

    def readline(self, size: int = -1) -> bytes:
        with self._outside():
            return bytes(self._inner.readline() if size < 0 else self._inner.readline(size))

    def readlines(self, hint: int = -1) -> list[bytes]:
        with self._outside():
            return list(self._inner.readlines() if hint < 0 else self._inner.readlines(hint))

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line
