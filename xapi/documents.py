"""Documents: what a client keeps for itself about an activity, an agent or both (xAPI 1.0.3, part 3, 2.2; 2.0, 4.1.6).

Every function works inside the transaction of its connection: the ETag a decision rests on cannot change before the commit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, delete, select, tuple_, update

from xapi import exact, identity, sql, tables
from xapi.document_tables import document
from xapi.entries import Clock
from xapi.errors import bad
from xapi.formats import micros
from xapi.preconditions import Bare, Preconditions

Json = dict[str, Any]
Resource = Literal["state", "activity", "agent"]
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Place:
    """Whose documents: of an activity, of an agent, or of an agent in an activity ("state")."""

    resource: Resource
    activity_id: str | None = None
    agent: Json | None = None

    @property
    def actor_key(self) -> str | None:
        return None if self.agent is None else identity.key(self.agent)

    @property
    def key(self) -> str:
        return _digest(exact.dumps([self.resource, self.activity_id, self.actor_key]))


@dataclass(frozen=True, slots=True)
class Name:
    """One document. `registration`: in lower case, "" without one."""

    place: Place
    document_id: str
    registration: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.place.key, self.registration, _digest(self.document_id.encode())


@dataclass(frozen=True, slots=True)
class Content:
    """A document's bytes as they were sent and what they are."""

    body: bytes
    media_type: str

    @property
    def etag(self) -> str:
        """The standard: "calculated as a SHA-1 hexadecimal value" of the contents (1.0.3, part 3, 3.1)."""
        return sha1(self.body, usedforsecurity=False).hexdigest()

    @property
    def is_json(self) -> bool:
        return self.media_type.partition(";")[0].strip().lower() == _JSON

    def json(self) -> Any:
        """Raises `Refused` 400 for what says it is JSON and is not."""
        try:
            return exact.loads(self.body)
        except ValueError as error:
            raise bad(f"JSON is wanted, as Content-Type says: {error}") from None


@dataclass(frozen=True, slots=True)
class Document:
    """`updated` in microseconds."""

    content: Content
    etag: str
    updated: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Names in order, and when the latest of these documents was changed; None when there is none."""

    ids: tuple[str, ...]
    updated: int | None


def get(connection: Connection, name: Name) -> Document | None:
    return _document(connection.execute(_one(name)).one_or_none())


def listing(
    connection: Connection, place: Place, *, registration: str | None = None, since: int | None = None
) -> Listing:
    """The documents of a place, of every registration unless one is named; `since`: changed after this moment."""
    query = _several(place, registration).order_by(document.c.document_id)
    if since is not None:
        query = query.where(document.c.updated > since)
    rows = connection.execute(query).all()
    return Listing(
        tuple(dict.fromkeys(row.document_id for row in rows)),
        max((row.updated for row in rows), default=None),
    )


def put(
    connection: Connection, name: Name, content: Content, asked: Preconditions, bare: Bare, clock: Clock
) -> None:
    """Store or replace. Raises `Refused` 412, 409, 400."""
    _check_json(content)

    def decide(held: Document | None) -> Content:
        asked.allow_put(held.etag if held else None, bare)
        return content

    _write(connection, name, decide, clock)


def merge(connection: Connection, name: Name, content: Content, asked: Preconditions, clock: Clock) -> None:
    """Store, or put the properties of a JSON object over those of the one that is there. Raises `Refused` 412, 400.

    "If the document being posted or any existing document does not have a Content-Type of application/json, or if either
    document cannot be parsed as a JSON Object, the LRS MUST respond with HTTP status code 400" (part 3, 2.2).
    """
    _check_json(content)

    def decide(held: Document | None) -> Content:
        asked.hold(held.etag if held else None)
        return content if held is None else merged(held.content, content)

    _write(connection, name, decide, clock)


def remove(connection: Connection, name: Name, asked: Preconditions) -> None:
    """Delete it, if it is there. Raises `Refused` 412."""
    held = _document(connection.execute(_one(name).with_for_update()).one_or_none())
    asked.hold(held.etag if held else None)
    connection.execute(delete(document).where(*_is(name)))


def remove_all(connection: Connection, place: Place, *, registration: str | None = None) -> None:
    """Delete the documents of a place, of every registration unless one is named."""
    columns = (document.c.registration, document.c.document_key)
    # Held in the order of their keys: two requests that delete the same documents cannot deadlock.
    query = _several(place, registration).order_by(*columns).with_for_update()
    keys = [(row.registration, row.document_key) for row in connection.execute(query)]
    for start in range(0, len(keys), _AT_ONCE):
        some = tuple_(*columns).in_(keys[start : start + _AT_ONCE])
        connection.execute(delete(document).where(document.c.place_key == place.key, some))


_AT_ONCE = 1000  # SQLite takes 32,766 values in one statement


def _write(
    connection: Connection, name: Name, decide: Callable[[Document | None], Content], clock: Clock
) -> None:
    """Decide on what is there and store, holding the row; where another writer was first, decide again on his document."""
    _save_agent(connection, name.place)
    while True:
        held = _document(connection.execute(_one(name).with_for_update()).one_or_none())
        content = decide(held)
        values = {
            "content_type": content.media_type,
            "content": content.body,
            "etag": content.etag,
            "updated": micros(clock()),
        }
        if held is not None:
            connection.execute(update(document).where(*_is(name)).values(values))
            return
        if _inserted(connection, name, values):
            return


def _inserted(connection: Connection, name: Name, values: Json) -> bool:
    place, registration, key = name.key
    row = {
        "place_key": place,
        "registration": registration,
        "document_key": key,
        "resource": name.place.resource,
        "activity_id": name.place.activity_id,
        "actor_key": name.place.actor_key,
        "document_id": name.document_id,
        **values,
    }
    new = sql.insert(connection, document).values(row).on_conflict_do_nothing()
    return connection.execute(new.returning(document.c.document_key)).scalar() is not None


def _save_agent(connection: Connection, place: Place) -> None:
    """Whose documents these are stays known by more than a digest."""
    if place.agent is not None:
        row = {
            "actor_key": place.actor_key,
            "ifi": exact.dumps(identity.identifier(place.agent)).decode(),
        }
        connection.execute(sql.insert(connection, tables.agent).values(row).on_conflict_do_nothing())


def merged(held: Content, new: Content) -> Content:
    if not (held.is_json and new.is_json):
        raise bad("only JSON is merged with JSON: PUT replaces a document", field="Content-Type")
    old, sent = held.json(), new.json()
    if not (isinstance(old, dict) and isinstance(sent, dict)):
        raise bad("only a JSON object is merged with a JSON object: PUT replaces a document")
    return Content(exact.dumps({**old, **sent}), new.media_type)


def _check_json(content: Content) -> None:
    if content.is_json:
        content.json()


def _is(name: Name) -> tuple[Any, ...]:
    place, registration, key = name.key
    return (
        document.c.place_key == place,
        document.c.registration == registration,
        document.c.document_key == key,
    )


def _one(name: Name) -> Select[Any]:
    row = document.c
    return select(row.content, row.content_type, row.etag, row.updated).where(*_is(name))


def _several(place: Place, registration: str | None) -> Select[Any]:
    row = document.c
    query = select(row.registration, row.document_key, row.document_id, row.updated)
    query = query.where(row.place_key == place.key)
    return query if registration is None else query.where(row.registration == registration)


def _document(row: Row[*tuple[Any, ...]] | None) -> Document | None:
    if row is None:
        return None
    return Document(Content(bytes(row.content), row.content_type), row.etag, row.updated)


def _digest(text: bytes) -> str:
    return sha256(text).hexdigest()[:32]
