"""Who is asking: every resource but About asks the door first."""

from http import HTTPStatus

from flask import request
from werkzeug.datastructures import Authorization

from xapi import access
from xapi.access import Credential
from xapi.embedded import Transaction
from xapi.errors import Refused


class Door:
    """Knows the credential of a request."""

    def __init__(self, read: Transaction) -> None:
        self._read = read

    def authenticated(self) -> Credential:
        """The request's credential. Raises `Refused` 401 without one, or with one that is no more."""
        sent = _sent()
        if sent is not None and sent.type == "basic":
            with self._read() as connection:
                found = access.authenticate(connection, sent.username or "", sent.password or "")
            if found is not None:
                return found
        raise Refused(HTTPStatus.UNAUTHORIZED, "a key and its secret are wanted as Basic authentication")


def _sent() -> Authorization | None:
    """What the request says of its sender; Werkzeug raises ValueError for a header with letters past ASCII."""
    try:
        return request.authorization
    except ValueError:
        return None
