"""How often one address may ask: a bounded count in this process, forgotten when it restarts."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address


class Limiter:
    """Allows `most` requests from one address in each `window`; remembers at most `kept` addresses, the least recent go first.

    In the process's memory on purpose: a flood of look-ups must not become a flood of writes.
    """

    def __init__(
        self, *, most: int = 60, window: timedelta = timedelta(minutes=1), kept: int = 10_000
    ) -> None:
        self._most, self._window, self._kept = most, window, kept
        self._seen: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, now: datetime) -> timedelta | None:
        """Count a request; None when it may go on, else how long the address has to wait."""
        key = subscriber(address)
        with self._lock:
            begun, count = self._seen.pop(key, (now, 0))
            if now - begun >= self._window or now < begun:
                begun, count = now, 0
            self._seen[key] = (begun, min(count + 1, self._most + 1))
            while len(self._seen) > self._kept:
                self._seen.popitem(last=False)
        return None if count < self._most else begun + self._window - now


def subscriber(address: str) -> str:
    """What stands for whoever has this address: an IPv6 subscriber has 2**64 of them."""
    try:
        parsed = ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else parsed.packed[:8].hex()
    return str(parsed)
