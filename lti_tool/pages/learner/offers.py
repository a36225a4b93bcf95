"""What a practice page fetches its credential with: signed for one launch and topic, short-lived, remembered nowhere.

Showing a page writes nothing; only the fetch does, and the store takes each offer once (`xapi.tokens`).
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from lti_tool.base.clock import Clock

LIFETIME = timedelta(hours=1)
_OFFER = re.compile(r"([A-Za-z0-9_-]{22})\.([0-9]{1,12})\.([A-Za-z0-9]{64})", re.ASCII)


class Offers:
    """Makes offers and knows its own. `secret`: the installation's."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = hmac.digest(secret, b"donghanh practice offer", "sha256")
        self._clock = clock

    def make(self, launch_id: str, topic: str) -> str:
        """An offer for a page of this launch that is shown now."""
        nonce, ends = secrets.token_urlsafe(16), int((self._clock() + LIFETIME).timestamp())
        return f"{nonce}.{ends}.{self._seal(launch_id, topic, nonce, ends)}"

    def holds(self, offer: str, launch_id: str, topic: str) -> bool:
        """Whether it was made here for this launch and topic, and has not ended."""
        found = _OFFER.fullmatch(offer)
        if found is None:
            return False
        nonce, ends, seal = found[1], int(found[2]), found[3]
        good = hmac.compare_digest(self._seal(launch_id, topic, nonce, ends), seal)
        return good and self._clock() < _moment(ends, self._clock())

    def _seal(self, launch_id: str, topic: str, nonce: str, ends: int) -> str:
        said = "|".join((launch_id, topic, nonce, str(ends)))
        return hmac.new(self._secret, said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _moment(seconds: int, like: datetime) -> datetime:
    return datetime.fromtimestamp(seconds, like.tzinfo)
