"""What a request for documents says: which ones, with what contents, under which conditions."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import request
from werkzeug.datastructures import ETags

from xapi import parameters
from xapi.documents import Content, Name, Place, Resource
from xapi.errors import Refused, bad
from xapi.formats import media_type
from xapi.preconditions import ANY, Preconditions
from xapi.resource import requests
from xapi.shape import Wrong

_UNNAMED = "application/octet-stream"  # RFC 9110, 8.3: what a body is that does not say what it is
_LONGEST_TYPE = 255


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the three resources: the parameters that name its places and its documents."""

    resource: Resource
    path: str
    place: tuple[str, ...]
    document: str

    @property
    def is_state(self) -> bool:
        """The only one that knows registrations and can delete many documents at once."""
        return self.resource == "state"


KINDS = (
    Kind("state", "/activities/state", ("activityId", "agent"), "stateId"),
    Kind("activity", "/activities/profile", ("activityId",), "profileId"),
    Kind("agent", "/agents/profile", ("agent",), "profileId"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's parameters. `document_id`: None for all documents of the place; `registration`: None when not named."""

    place: Place
    document_id: str | None
    registration: str | None
    since: int | None

    @property
    def name(self) -> Name:
        """The one document; without a registration it is another one than with any."""
        return Name(self.place, self.document_id or "", self.registration or "")


def asked(kind: Kind) -> Asked:
    """The parameters that the method of this request has here. Raises `Refused` 400."""
    method = "GET" if request.method == "HEAD" else request.method
    several = method == "GET" or (method == "DELETE" and kind.is_state)
    single = kind.document in request.args
    required = kind.place if several else (*kind.place, kind.document)
    optional = (
        *((kind.document,) if several else ()),
        *(("registration",) if kind.is_state else ()),
        *(("since",) if method == "GET" and not single else ()),
    )
    given = parameters.read(request.args.items(multi=True), required=required, optional=optional)
    place = Place(
        kind.resource,
        parameters.iri(given, "activityId") if "activityId" in given else None,
        parameters.agent(given) if "agent" in given else None,
    )
    return Asked(
        place,
        parameters.text(given, kind.document) if single else None,
        parameters.uuid(given, "registration"),
        parameters.time(given, "since"),
    )


def content() -> Content:
    """The body and its type, kept as sent. Raises `Refused` 400."""
    sent = request.headers.get("Content-Type", "") or _UNNAMED
    try:
        media_type(sent)
    except Wrong as wrong:
        raise bad(wrong.reason, field="Content-Type") from None
    if len(sent) > _LONGEST_TYPE:
        raise bad(f"at most {_LONGEST_TYPE} letters are wanted", field="Content-Type")
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        # Of chunks nobody can tell a lost connection from the end, and any bytes at all are a document.
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "a document says its length", field="Content-Length")
    return Content(requests.body(), sent)


def preconditions() -> Preconditions:
    return Preconditions(_tags("If-Match", request.if_match), _tags("If-None-Match", request.if_none_match))


def _tags(header: str, found: ETags) -> frozenset[str] | None:
    """A tag with "W/" counts too: a proxy that compresses marks ours so, and it still names the same contents."""
    if header not in request.headers:
        return None
    if found.star_tag:
        return frozenset({ANY})
    return frozenset(found.as_set(include_weak=True)) - {ANY}
