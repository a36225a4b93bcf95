"""The platforms' public keys: fetched over the guarded session, kept an hour, fetched again for an unknown key id.

A platform that rotates its keys must not lose a launch, and a forged key id must not make the tool hammer a platform: an
unknown id causes at most one fetch a minute for each key set (1EdTech Security Framework 1.0, 6.3: keys rotate, and the
side that checks finds the new one in the key set by its kid).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from lti_tool.base.clock import Clock
from lti_tool.lti.refusal import KEYS_UNREACHABLE, Refused

_FRESH = timedelta(hours=1)
_PAUSE = timedelta(minutes=1)
_LARGEST = 1024 * 1024

KeySet = dict[str, Any]


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: KeySet | None = None
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    failure: str = ""


class PlatformKeys:
    """The key sets of all platforms, by URL. `session`: makes the guarded session a fetch goes through."""

    def __init__(self, *, session: Callable[[], requests.Session], clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def key_set(self, url: str, kid: str) -> KeySet:
        """The key set at `url`, fetched again when it lacks `kid`. Refused when there is none and it cannot be fetched."""
        with self._lock:
            kept = self._kept.setdefault(url, _Kept())
        if not self._good(kept, kid):
            with kept.lock:
                if not self._good(kept, kid) and self._may_fetch(kept):
                    self._fetch(kept, url)
        if kept.keys is None:
            raise Refused(KEYS_UNREACHABLE, f"no key set at {url}: {kept.failure}")
        return kept.keys

    def _good(self, kept: _Kept, kid: str) -> bool:
        fresh = kept.fetched_at is not None and self._clock() - kept.fetched_at < _FRESH
        return fresh and kept.keys is not None and any(key.get("kid") == kid for key in kept.keys["keys"])

    def _may_fetch(self, kept: _Kept) -> bool:
        return kept.tried_at is None or self._clock() - kept.tried_at >= _PAUSE

    def _fetch(self, kept: _Kept, url: str) -> None:
        kept.tried_at = self._clock()
        try:
            kept.keys = _read(self._session(), url)
        except (requests.RequestException, ValueError, RecursionError) as error:
            kept.failure = f"{type(error).__name__}: {error}"[:300]
        else:
            kept.fetched_at, kept.failure = kept.tried_at, ""


def _read(session: requests.Session, url: str) -> KeySet:
    with session:
        response = session.get(url, headers={"Accept": "application/json"})
    if response.status_code != requests.codes.ok:
        raise ValueError(f"the answer was {response.status_code}")
    if len(response.content) > _LARGEST:
        raise ValueError("the answer is larger than a key set can be")
    body = response.json()
    keys = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(keys, list):
        raise ValueError("the answer is no key set")  # noqa: TRY004 - a value from outside, not a caller's mistake
    return {"keys": [key for key in keys if isinstance(key, dict)]}
