"""PyLTI1p3's ServiceConnector over our session, with tokens that expire and with the platform's last answer kept."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import requests
from pylti1p3.service_connector import ServiceConnector

from lti_tool.lti.keys import ToolKey
from lti_tool.lti.platforms import Platform
from lti_tool.lti.pylti import registration

_DEFAULT_LIFETIME = 3600
_MARGIN = timedelta(seconds=60)


class Session(Protocol):
    """What the connector needs of requests.Session."""

    def post(self, url: str, *args: Any, **kwargs: Any) -> requests.Response: ...
    def get(self, url: str, *args: Any, **kwargs: Any) -> requests.Response: ...


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    good_until: datetime


class Tokens:
    """Access tokens until a minute before they expire; PyLTI1p3's own cache keeps them for ever. Safe for threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._tokens: dict[tuple[str, ...], _Token] = {}
        self._lock = threading.Lock()

    def known(self, wanted: tuple[str, ...]) -> str | None:
        """A token that will still be good in a minute."""
        with self._lock:
            token = self._tokens.get(wanted)
        return token.value if token and self._clock() < token.good_until else None

    def keep(self, wanted: tuple[str, ...], value: str, lifetime: int) -> None:
        """Remember one; `lifetime` in seconds, as the platform said."""
        with self._lock:
            self._tokens[wanted] = _Token(value, self._clock() + timedelta(seconds=lifetime) - _MARGIN)

    def forget(self, platform: Platform) -> None:
        """Drop every token of a platform."""
        with self._lock:
            for known in [one for one in self._tokens if one[:2] == (platform.token_url, platform.client_id)]:
                del self._tokens[known]


class Watched:
    """Hands requests on and keeps the last answer: the connector throws away its status and the token's lifetime."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.last: requests.Response | None = None

    def post(self, url: str, **kwargs: Any) -> requests.Response:
        return self._kept(self._session.post, url, kwargs)

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        return self._kept(self._session.get, url, kwargs)

    def _kept(
        self, ask: Callable[..., requests.Response], url: str, kwargs: dict[str, Any]
    ) -> requests.Response:
        self.last = None
        self.last = ask(url, **kwargs)
        return self.last


class Connector(ServiceConnector):  # type: ignore[misc]
    """PyLTI1p3's connector with tokens that expire. `stage` says how far it came."""

    def __init__(self, tokens: Tokens, platform: Platform, key: ToolKey, watched: Watched) -> None:
        super().__init__(registration(platform, key), watched)
        self._tokens, self._platform, self.watched = tokens, platform, watched
        self.stage = "token"

    def get_access_token(self, scopes: Sequence[str]) -> str:
        wanted = (self._platform.token_url, self._platform.client_id, *sorted(scopes))
        token = self._tokens.known(wanted)
        if token is None:
            token = str(super().get_access_token(scopes))
            self._tokens.keep(wanted, token, _lifetime(self.watched.last))
        self.stage = "service"
        self.watched.last = None
        return token


def _lifetime(answer: requests.Response | None) -> int:
    """RFC 6749, 5.1: `expires_in` is recommended, so it may be missing."""
    try:
        return min(int(answer.json()["expires_in"]), 86_400) if answer is not None else _DEFAULT_LIFETIME
    except (ValueError, KeyError, TypeError):
        return _DEFAULT_LIFETIME
