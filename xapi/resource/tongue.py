"""Which version of the standard an answer speaks."""

from http import HTTPStatus

from flask import Response, request

from xapi.versions import Version, spoken

NAME = "X-Experience-API-Version"
_MOST = 1000
_LONGEST_KEY = 64


class Tongue:
    """Answers in the version the client speaks; one that names none is answered in what its credential spoke last.

    Such a request is refused, yet the refusal has to carry the version header too, and 1.0.3 and 2.0 each want their own.
    """

    def __init__(self) -> None:
        self._last: dict[str, Version] = {}  # by key

    def add(self, response: Response) -> Response:
        key, version = _key(), spoken(request.headers.get(NAME, ""))
        if version is not None and key and response.status_code != HTTPStatus.UNAUTHORIZED:
            if len(self._last) >= _MOST:  # About is open: what stands there as a key need not be one
                self._last.clear()
            self._last[key] = version
        response.headers[NAME] = str(version or self._last.get(key, Version.V1))
        return response


def _key() -> str:
    """Of the credential; "" for what cannot be one. Werkzeug raises ValueError for a header with letters past ASCII."""
    try:
        key = (request.authorization and request.authorization.username) or ""
    except ValueError:
        return ""
    return key if len(key) <= _LONGEST_KEY else ""
