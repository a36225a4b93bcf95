"""The tables of documents and of what is known about activities. Moments are whole microseconds since 1970 UTC."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from xapi.tables import metadata

__all__ = ["activity", "document", "metadata"]

document = Table(
    "xapi_document",
    metadata,
    # Digests as keys: an activity's IRI and a document's name together are longer than PostgreSQL's index entries.
    Column("place_key", String(32), primary_key=True),  # resource, activity and agent
    Column("registration", String(36), primary_key=True),  # "": without one
    Column("document_key", String(32), primary_key=True),  # its stateId or profileId
    Column("resource", String(16), nullable=False),  # "state", "activity", "agent"
    Column("activity_id", Text),
    Column("actor_key", String(32)),
    Column("document_id", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("etag", String(40), nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index(None, "actor_key"),
)

activity = Table(
    "xapi_activity",
    metadata,
    Column("activity_key", String(32), primary_key=True),
    Column("iri", Text, nullable=False),
    Column("definition", Text, nullable=False),  # merged from all statements that may define it, as JSON
    Column("version", Integer, nullable=False),  # counts the changes, from 1
    Column("updated", BigInteger, nullable=False),
)
