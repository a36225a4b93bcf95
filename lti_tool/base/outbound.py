"""Every request to somebody else's server: address checked, timed, bounded, no redirects.

An LMS's URLs come from outside (registration, launches), so they may point inward (server-side request forgery). The address is
checked on the connected socket, after name resolution, so that a name that answers differently the second time gains nothing.
"""

import ipaddress
import socket
import threading
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_CONNECT_SECONDS = 3.0
_READ_SECONDS = 10.0
_TOTAL_SECONDS = 30.0
_LARGEST_ANSWER = 16 * 1024 * 1024


class OutboundRefused(requests.RequestException):
    """The request was not sent, or its answer not taken. `reason` names no secret and no path."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host
        self.reason = reason


class _PeerRefused(Exception):
    """Not an OSError on purpose: urllib3 and requests wrap those, and the reason would be lost."""

    def __init__(self, refused: OutboundRefused) -> None:
        super().__init__(str(refused))
        self.refused = refused


class Guard:
    """Which addresses may be reached: public ones, and what the operator allows (`hosts`: names or networks in CIDR form)."""

    def __init__(self, allow: Collection[str], *, loopback: bool) -> None:
        self._names = frozenset(name.lower() for name in allow if not _is_network(name))
        self._networks = tuple(
            ipaddress.ip_network(name, strict=False) for name in allow if _is_network(name)
        )
        self._loopback = loopback

    def check_url(self, url: str) -> None:
        """Raise OutboundRefused for a URL that is not plain http(s), has credentials, or is http to a public host."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if parts.scheme not in {"https", "http"} or not host:
            raise OutboundRefused(host or "?", "only https addresses are asked")
        if parts.username or parts.password:
            raise OutboundRefused(host, "an address with a password in it is not asked")
        if parts.scheme == "http" and not self._may_be_private(host):
            raise OutboundRefused(host, "only https is spoken past this machine")

    def check_peer(self, host: str, peer: str) -> None:
        """Raise OutboundRefused when the connected address is not one that may be reached for `host`."""
        address = ipaddress.ip_address(peer.split("%", maxsplit=1)[0])
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if address.is_global and not address.is_multicast:
            return
        if address.is_loopback and self._loopback:
            return
        if host.lower() in self._names or any(address in network for network in self._networks):
            return
        raise OutboundRefused(
            host, "leads to a private address; name it in DONGHANH_OUTBOUND_ALLOW if it is your LMS"
        )

    def _may_be_private(self, host: str) -> bool:
        if host in self._names or (self._loopback and host in {"localhost", "127.0.0.1", "::1"}):
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks) or (
            self._loopback and address.is_loopback
        )


class Outbound:
    """Makes guarded sessions.

    `allow`: hosts and networks that may be private; `loopback`: this machine may be asked (practice, tests); `ca`: a file of
    certificate authorities to trust instead of the usual ones, for an LMS whose certificate an organisation signs itself;
    `seconds`: how long a request and its answer may take together.
    """

    def __init__(
        self,
        *,
        allow: Collection[str] = (),
        loopback: bool = False,
        ca: Path | None = None,
        agent: str = "donghanh",
        seconds: float = _TOTAL_SECONDS,
    ) -> None:
        self._guard = Guard(allow, loopback=loopback)
        self._ca = ca
        self._agent = agent
        self._seconds = seconds

    def session(self) -> requests.Session:
        made = GuardedSession(self._guard, self._agent, self._seconds)
        made.verify = str(self._ca) if self._ca else True
        return made


class GuardedSession(requests.Session):
    """A requests session that cannot be led astray: no redirects, no proxies of the environment, always timed."""

    def __init__(self, guard: Guard, agent: str, seconds: float) -> None:
        super().__init__()
        self._guard = guard
        self._deadline = _Deadline(seconds)
        self.trust_env = False
        self.headers["User-Agent"] = agent
        adapter = _GuardedAdapter(guard, self._deadline)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self._guard.check_url(request.url or "")
        kwargs.update(allow_redirects=False, stream=True)
        kwargs["timeout"] = kwargs.get("timeout") or (_CONNECT_SECONDS, _READ_SECONDS)
        try:
            with self._deadline:
                return _bounded(super().send(request, **kwargs))
        except _PeerRefused as inner:
            raise inner.refused from None


def _bounded(response: requests.Response) -> requests.Response:
    """The whole answer, or OutboundRefused when it is larger than any LMS's answer has reason to be."""
    host = urlsplit(response.url).hostname or "?"
    size, parts = 0, []
    for part in response.iter_content(65536):
        size += len(part)
        parts.append(part)
        if size > _LARGEST_ANSWER:
            response.close()
            raise OutboundRefused(host, "the answer is too large")
    response._content = b"".join(parts)  # noqa: SLF001 - how requests itself keeps a body it has read
    return response


class _Deadline:
    """Cuts a request off that takes too long altogether.

    A read's own time-out begins anew with every byte: a server that sends one now and then would hold a thread for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._of_thread = threading.local()

    def __enter__(self) -> None:
        self._of_thread.running = _Running(self._seconds)

    def __exit__(self, *_: object) -> None:
        if self._of_thread.running.ended():
            raise requests.ReadTimeout("the answer took too long altogether")

    def watch(self, line: socket.socket) -> None:
        """The request of this thread goes over this connection."""
        self._of_thread.running.watch(line)


class _Running:
    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._over = False
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, line: socket.socket) -> None:
        with self._lock:
            self._line = line
            if self._over:
                self._cut()

    def ended(self) -> bool:
        """Stop watching. True when the time was over."""
        self._timer.cancel()
        with self._lock:
            self._line = None
            return self._over

    def _end(self) -> None:
        with self._lock:
            self._over = True
            self._cut()

    def _cut(self) -> None:
        if self._line is not None:
            with suppress(OSError):  # the other side may have hung up
                self._line.shutdown(socket.SHUT_RDWR)


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, guard: Guard, deadline: _Deadline) -> None:
        self._guard = guard
        self._deadline = deadline
        super().__init__(pool_connections=20, pool_maxsize=20, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_HTTPPool, guard=self._guard, deadline=self._deadline),
            "https": partial(_HTTPSPool, guard=self._guard, deadline=self._deadline),
        }

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        raise OutboundRefused(proxy, "no proxy is used")


class _HTTPConnection(HTTPConnection):
    """Looks at the connected address before a byte is sent, and is cut off when its time is over."""

    guard: Guard
    deadline: _Deadline
    sock: socket.socket | None

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # kept open since an earlier request
            self.deadline.watch(self.sock)
        super().request(*args, **kwargs)

    def connect(self) -> None:
        super().connect()
        if self.sock is not None:
            self.deadline.watch(self.sock)

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        try:
            self.guard.check_peer(self.host, connected.getpeername()[0])
        except OutboundRefused as refused:
            connected.close()
            raise _PeerRefused(refused) from None
        return connected


class _HTTPSConnection(_HTTPConnection, HTTPSConnection):
    """The same over TLS: what `_HTTPConnection` calls `super()` is urllib3's HTTPS connection here."""


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection

    def __init__(self, *args: Any, guard: Guard, deadline: _Deadline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard, self._deadline = guard, deadline

    def _new_conn(self) -> Any:
        connection: Any = super()._new_conn()  # of our ConnectionCls
        connection.guard, connection.deadline = self._guard, self._deadline
        return connection


class _HTTPSPool(_HTTPPool, HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
