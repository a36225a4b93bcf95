"""Fault switches: what a test makes the practice LMS do wrong, and for how many requests."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

from flask import Response, request

TARGETS: Final = frozenset({"ags", "scores", "results", "lineitems", "token", "nrps", "jwks", "lrs"})
MODES: Final = frozenset({"closed", "status", "timeout", "expired_token", "reply_lost"})


class ConnectionDropped(Exception):
    """The connection is closed without an answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`times` requests to `target` go wrong; None means until cleared.

    closed: no answer, no effect. status: `status`, no effect. timeout: silence for `seconds`, then closed, no effect.
    expired_token: all tokens given out so far stop working. reply_lost: the effect happens, the answer is lost.
    """

    target: str
    mode: str
    times: int | None = 1
    status: int = 500
    retry_after: int | None = None
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.target not in TARGETS or self.mode not in MODES:
            raise ValueError(f"unknown fault {self.target}/{self.mode}")


class Faults:
    """The faults of one face. In memory: a restart heals."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._cleared = threading.Event()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._cleared.clear()
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._cleared.set()

    def take(self, *targets: str) -> Fault | None:
        """The first fault that concerns one of `targets`, counted down."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.target in targets:
                    self._count_down(index, fault)
                    return fault
        return None

    def _count_down(self, index: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._faults[index]
        else:
            self._faults[index] = replace(fault, times=fault.times - 1)

    def wait(self, seconds: float) -> None:
        """Keep the caller waiting, until the faults are cleared at the latest."""
        self._cleared.wait(seconds)

    def plain(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {"target": fault.target, "mode": fault.mode, "times": fault.times} for fault in self._faults
            ]


def drop() -> NoReturn:
    """Close the connection as a dying server does: without a byte of answer."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionDropped


def answer(
    faults: Faults, targets: tuple[str, ...], view: Callable[[], Response], *, expire: Callable[[], None]
) -> Response:
    """What `view` answers, or what the fault at hand makes of it."""
    fault = faults.take(*targets)
    if fault is None:
        return view()
    if fault.mode == "expired_token":
        expire()
        return view()
    if fault.mode == "reply_lost":
        view()
        drop()
    if fault.mode == "timeout":
        faults.wait(fault.seconds)
        drop()
    if fault.mode == "closed":
        drop()
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Response("practice fault\n", status=fault.status, mimetype="text/plain", headers=headers)
