"""The tool's public keys, fetched over HTTP, and the check of what the tool signed."""

import threading
from typing import Any

import jwt
import requests


class NoSuchKey(Exception):
    """The tool's key set has no key of that kid, or could not be fetched."""


class ToolKeys:
    """Key sets by URL, fetched again when a kid is unknown (the tool may have rotated its keys)."""

    def __init__(self, http: requests.Session) -> None:
        self._http = http
        self._lock = threading.Lock()
        self._sets: dict[str, dict[str, Any]] = {}

    def read(self, jwks_url: str, token: str, *, audience: str | None) -> dict[str, Any]:
        """The claims of an RS256 JWT signed by the tool; raises jwt.PyJWTError or NoSuchKey."""
        kid = jwt.get_unverified_header(token).get("kid")
        if not kid:
            raise NoSuchKey("kid must be provided")
        key = self._key(jwks_url, str(kid))
        options: Any = {"verify_aud": audience is not None}
        return jwt.decode(token, key, algorithms=["RS256"], audience=audience, options=options, leeway=60)

    def _key(self, jwks_url: str, kid: str) -> Any:
        with self._lock:
            if kid not in self._sets.get(jwks_url, {}):
                self._sets[jwks_url] = self._fetch(jwks_url)
            found = self._sets[jwks_url].get(kid)
        if found is None:
            raise NoSuchKey(f"no key {kid} at {jwks_url}")
        return found

    def _fetch(self, jwks_url: str) -> dict[str, Any]:
        try:
            answer = self._http.get(jwks_url, timeout=10)
            answer.raise_for_status()
            return {key.key_id or "": key.key for key in jwt.PyJWKSet.from_dict(answer.json()).keys}
        except (requests.RequestException, ValueError, jwt.PyJWTError) as error:
            raise NoSuchKey(f"{jwks_url}: {error}") from error
