"""Parameters and answers of the OpenAPI description that several routes share."""

from typing import Any

from xapi.resource.schemas import FLAG, IRI, MOMENT, TEXT, UUID
from xapi.versions import SUPPORTED

Json = dict[str, Any]


def schema(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def inside(where: str, name: str, of: Json, says: str, *, required: bool = False) -> Json:
    made: Json = {"name": name, "in": where, "description": says, "schema": of}
    return {**made, "required": True} if required else made


def agent(says: str, *, required: bool = False) -> Json:
    made: Json = {"name": "agent", "in": "query", "description": says}
    made["content"] = {"application/json": {"schema": schema("Agent")}}
    return {**made, "required": True} if required else made


_VERSION: Json = {"type": "string", "enum": list(SUPPORTED)}
PARAMETERS: Json = {
    "version": inside("header", "X-Experience-API-Version", _VERSION, "The version spoken.", required=True),
    "statementId": inside("query", "statementId", UUID, "The id of the statement.", required=True),
    "activityId": inside("query", "activityId", IRI, "The activity.", required=True),
    "agent": agent("The agent, as JSON.", required=True),
    "registration": inside("query", "registration", UUID, "Only of this registration."),
    "since": inside("query", "since", MOMENT, "Only what was stored or changed after this moment."),
    "if_match": inside("header", "If-Match", TEXT, "Only if the document still has this ETag."),
    "if_none_match": inside("header", "If-None-Match", TEXT, '"*": only if there is no such document yet.'),
}
FILTERS: list[Json] = [
    inside("query", "statementId", UUID, "This one statement, unless it is voided; only with format, attachments."),
    inside("query", "voidedStatementId", UUID, "This one statement, if it is voided."),
    agent("Statements by or about this agent or identified group."),
    inside("query", "verb", IRI, "With this verb."),
    inside("query", "activity", IRI, "About this activity."),
    inside("query", "registration", UUID, "Of this registration."),
    inside("query", "related_activities", FLAG, "`activity` anywhere in the statement."),
    inside("query", "related_agents", FLAG, "`agent` anywhere in the statement."),
    inside("query", "since", MOMENT, "Stored after this moment."),
    inside("query", "until", MOMENT, "Stored at or before this moment."),
    inside("query", "limit", {"type": "integer", "minimum": 0}, "At most so many on a page; 0: as many as the server gives."),
    inside("query", "format", {"type": "string", "enum": ["ids", "exact", "canonical"]}, "How much of each."),
    inside("query", "attachments", FLAG, "With the attachments' contents, as multipart/mixed."),
    inside("query", "ascending", FLAG, "The oldest first."),
]  # fmt: skip


def _problem(says: str) -> Json:
    return {"description": says, "content": {"application/problem+json": {"schema": schema("Problem")}}}


RESPONSES: Json = {
    "wrong": _problem("The request breaks the standard; `field` says where."),
    "unknown": _problem("No credential, a wrong one, or one that is revoked or has expired."),
    "forbidden": _problem("The credential's scopes, limits or bounds do not allow it."),
    "missing": _problem("There is no such thing, or the credential may not see it."),
    "conflict": _problem("Another statement has this id, or the document is to be named by its ETag first."),
    "changed": _problem("The document is not the one that If-Match or If-None-Match speaks of."),
    "length": _problem("A document says its length in Content-Length."),
    "large": _problem("More than the server takes at once."),
    "later": {
        **_problem("The store cannot be reached now; nothing was stored."),
        "headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
    },
    "stored": {"description": "Stored."},
}
