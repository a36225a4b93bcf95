"""Who comes in with a request, and what for: the one place under /xapi that looks at the Authorization header."""

import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import after_this_request, request
from sqlalchemy import Select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from xapi import access, tokens
from xapi.access import Credential
from xapi.embedded import Transaction
from xapi.entries import Clock
from xapi.errors import Refused, forbidden
from xapi.known import Known
from xapi.tokens import Bound
from xapi.within import EVERYTHING, Within

# The actor keys of the people of some units, as a SELECT on the application's own tables in the same database.
ActorsOf = Callable[[Collection[str]], Select[Any]]

_POSTS_ONLY = "a browser's token posts statements and does nothing else"


class Door:
    """`begin`, `read`: a writing and a reading transaction; `actors_of`: None where no credential can be limited to units."""

    def __init__(
        self, *, begin: Transaction, read: Transaction, clock: Clock, actors_of: ActorsOf | None = None
    ) -> None:
        self._begin = begin
        self._read = read
        self._clock = clock
        self._actors_of = actors_of
        self._noting = threading.Lock()
        self._memory = Known(clock)

    def authenticated(self) -> Credential:
        """The credential of the request, whatever it may do. Raises `Refused` 401."""
        found = self._looked_up()
        if isinstance(found, Bound):
            raise forbidden(_POSTS_ONLY)
        return found

    def poster(self) -> Credential:
        """As `writer`, or the token of a practice page, which may POST statements and nothing else."""
        found = _let(self._remembered(), "write statements", lambda one: one.may_write)
        if isinstance(found, Bound):
            _is_small()
        return found

    def writer(self) -> Credential:
        """One that may write statements. Raises `Refused` 401 or 403, as all that follow do.

        It may come from memory: whoever stores for it asks in the same transaction whether it stands (`Sender.confirm`).
        """
        return _let(self._holder(), "write statements", lambda one: one.may_write)

    def reader(self) -> Credential:
        """One that may read statements: those of `within`.

        It may come from memory, as a writer's: `EmbeddedLrs.view` asks whether it stands, after what is wrong with the request was said.
        """
        return _let(self._holder(), "read statements", lambda one: one.may_read)

    def _holder(self) -> Credential:
        found = self._remembered()
        if isinstance(found, Bound):
            raise forbidden(_POSTS_ONLY)
        return found

    def _remembered(self) -> Credential:
        """As `_looked_up`, but a credential that was seen a moment ago comes from memory; a token is not a credential's row."""
        key, secret = _sent()
        found = self._memory.find(key, secret)
        if found is not None:
            self._note(found, secret)
            return found
        found = self._looked_up()
        if not isinstance(found, Bound):
            self._memory.note(secret, found)
        return found

    def state(self, *, write: bool) -> Credential:
        """One that may read or write the documents of the State resource."""
        return _let(
            self.authenticated(), f"{_act(write)} state documents", lambda one: one.may_state(write=write)
        )

    def profile(self, *, write: bool) -> Credential:
        """One that may read or write the documents of both Profile resources."""
        return _let(
            self.authenticated(), f"{_act(write)} profile documents", lambda one: one.may_profile(write=write)
        )

    def people(self) -> Credential:
        """One that may ask what is known of a person (Agents resource)."""
        return _let(self.authenticated(), "read about people", lambda one: one.reads_people)

    def activities(self) -> Credential:
        """One that may ask what is known of an activity (Activities resource): whoever reads statements or documents of it."""
        return _let(
            self.authenticated(),
            "read about activities",
            lambda one: one.may_read or one.may_profile(write=False) or one.may_state(write=False),
        )

    def within(self, credential: Credential) -> Within:
        """The limit of a reader in SQL's words. Raises `Refused` 403 where nobody can say whose people a unit's are."""
        limits = credential.limits
        if not limits:
            return EVERYTHING
        if limits.units and self._actors_of is None:
            raise forbidden(
                "this store cannot tell the people of a unit, so it shows this credential nothing"
            )
        actors = self._actors_of(limits.units) if limits.units and self._actors_of else None
        return Within(limits.verbs, limits.activities, actors)

    def _looked_up(self) -> Credential:
        key, secret = _sent()
        now = self._clock()
        with self._read() as connection:
            if tokens.is_token(key):
                token = tokens.authenticate(connection, key, secret, now)
                if token is not None:
                    return token
            found = access.authenticate(connection, key, secret, now)
        if found is None:
            raise Refused(HTTPStatus.UNAUTHORIZED, "a key and its secret are wanted as Basic authentication")
        self._note(found, secret)
        return found

    def _note(self, found: Credential, secret: str) -> None:
        """Have the last use written when the answer is out: no request waits for that, nor does it write more than once a minute."""
        now = self._clock()
        if not access.use_is_due(found, now):
            return

        def write() -> None:
            if not self._noting.acquire(
                blocking=False
            ):  # a neighbour is at it; the next request finds it still due
                return
            # A last use that is not written is no reason to fail a request that is answered already.
            with suppress(SQLAlchemyError):
                try:
                    with self._begin() as connection:
                        access.used(connection, found.key, now)
                    self._memory.note(secret, replace(found, used=now))
                finally:
                    self._noting.release()

        @after_this_request
        def later(response: Response) -> Response:
            response.call_on_close(write)
            return response


def _let(credential: Credential, what: str, may: Callable[[Credential], bool]) -> Credential:
    if not may(credential):
        raise forbidden(f"this credential may not {what}")
    return credential


def _act(write: bool) -> str:
    return "write" if write else "read"


def _sent() -> tuple[str, str]:
    """Key and secret of the request, both empty where it has none; Werkzeug raises ValueError for letters past ASCII."""
    try:
        sent = request.authorization
    except ValueError:
        return "", ""
    if sent is not None and sent.type == "bearer":
        return tokens.read(sent.token or "") or ("", "")
    if sent is None or sent.type != "basic":
        return "", ""
    return sent.username or "", sent.password or ""


def _is_small() -> None:
    length = request.content_length
    if length is None or length > tokens.BODY_LIMIT:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"a browser sends at most {tokens.BODY_LIMIT} bytes at once, and says how many",
        )
