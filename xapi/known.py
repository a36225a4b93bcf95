"""Credentials that were seen a moment ago, so that a statement, or a look at some, costs no look-up of its own before.

What is known here is never enough: whether the credential still stands is asked again in the transaction that writes
(`receiving`), and before anything is read (`consistency`), so that one revoked anywhere is revoked at once everywhere.
"""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from xapi.access import Credential

_FOR = timedelta(seconds=60)
_MOST = 1000


class Known:
    """The last credentials of one process, by a hash of key and secret."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._found: dict[str, tuple[bytes, datetime, Credential]] = {}

    def find(self, key: str, secret: str) -> Credential | None:
        held = self._found.get(key)
        if held is None or not hmac.compare_digest(held[0], _digest(key, secret)):
            return None
        return held[2] if held[1] > self._clock() else None

    def note(self, secret: str, credential: Credential) -> None:
        if len(self._found) >= _MOST:
            self._found.clear()
        self._found[credential.key] = (
            _digest(credential.key, secret),
            self._clock() + _FOR,
            credential,
        )


def _digest(key: str, secret: str) -> bytes:
    return sha256(f"{key}:{secret}".encode(errors="surrogatepass")).digest()
