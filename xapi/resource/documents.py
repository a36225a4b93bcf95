"""State, Activity Profile and Agent Profile over HTTP (xAPI 1.0.3, part 3, 2.2, 2.3, 2.6, 2.7; 2.0, 4.1.6.2, 4.1.6.5, 4.1.6.6)."""

from hashlib import sha1
from http import HTTPStatus

from flask import Blueprint, Response, request

from xapi import documents, exact
from xapi.documents import Name
from xapi.embedded import Transaction
from xapi.entries import Clock
from xapi.errors import Refused, bad, missing
from xapi.formats import from_micros
from xapi.preconditions import Bare
from xapi.resource import requests
from xapi.resource.document_requests import Asked, Kind, asked, content, preconditions
from xapi.resource.door import Door
from xapi.versions import Version


class Documents:
    """GET, HEAD, PUT, POST and DELETE of one kind of document."""

    def __init__(
        self, kind: Kind, *, door: Door, begin: Transaction, read: Transaction, clock: Clock
    ) -> None:
        self._kind = kind
        self._door = door
        self._begin = begin
        self._read = read
        self._clock = clock

    def register(self, blueprint: Blueprint) -> None:
        for view in (self.get, self.put, self.post, self.delete):
            method = view.__name__
            endpoint = f"{self._kind.resource}_document_{method}"
            blueprint.add_url_rule(self._kind.path, endpoint, view, methods=[method.upper()])

    def get(self) -> Response:
        """A document, or the ids of those of the place; HEAD is the same without a body."""
        self._enter(write=False)
        wanted = asked(self._kind)
        return self._all(wanted) if wanted.document_id is None else self._one(wanted.name)

    def put(self) -> Response:
        """204."""
        bare = _bare(self._kind, self._enter(write=True))
        name, sent, conditions = asked(self._kind).name, content(), preconditions()
        with self._begin() as connection:
            documents.put(connection, name, sent, conditions, bare, self._clock)
        return _done()

    def post(self) -> Response:
        """204."""
        self._enter(write=True)
        name, sent, conditions = asked(self._kind).name, content(), preconditions()
        with self._begin() as connection:
            documents.merge(connection, name, sent, conditions, self._clock)
        return _done()

    def delete(self) -> Response:
        """204, whether there was something or not."""
        self._enter(write=True)
        wanted, conditions = asked(self._kind), preconditions()
        if wanted.document_id is None and not conditions.absent:
            raise bad(
                "is wanted: If-Match and If-None-Match speak of one document", field=self._kind.document
            )
        with self._begin() as connection:
            if wanted.document_id is None:
                documents.remove_all(connection, wanted.place, registration=wanted.registration)
            else:
                documents.remove(connection, wanted.name, conditions)
        return _done()

    def _enter(self, *, write: bool) -> Version:
        self._door.state(write=write) if self._kind.is_state else self._door.profile(write=write)
        return requests.speaks_our_version()

    def _one(self, name: Name) -> Response:
        with self._read() as connection:
            found = documents.get(connection, name)
        if found is None:
            raise missing("no such document")
        response = Response(found.content.body, content_type=found.content.media_type)
        return _shown(response, found.etag, found.updated)

    def _all(self, wanted: Asked) -> Response:
        with self._read() as connection:
            found = documents.listing(
                connection, wanted.place, registration=wanted.registration, since=wanted.since
            )
        body = exact.dumps(list(found.ids))
        etag = sha1(body, usedforsecurity=False).hexdigest()
        return _shown(Response(body, mimetype="application/json"), etag, found.updated)


def _bare(kind: Kind, version: Version) -> Bare:
    if version is Version.V2:
        return Bare.CREATE
    return Bare.REPLACE if kind.is_state else Bare.NOTHING


def _shown(response: Response, etag: str, updated: int | None) -> Response:
    """With what a conditional request needs; 304 or 412 where it asks for that."""
    response.set_etag(etag)
    if updated is not None:
        response.last_modified = from_micros(updated)
    # Without it a browser guesses from Last-Modified how long its old copy is good.
    response.headers["Cache-Control"] = "no-cache"
    # A document is whatever somebody sent: it must do nothing in the pages of this tool.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.make_conditional(request)
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        raise Refused(HTTPStatus.PRECONDITION_FAILED, "the document is another one by now", field="If-Match")
    return response


def _done() -> Response:
    return Response(status=HTTPStatus.NO_CONTENT)
