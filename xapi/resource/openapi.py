"""The description of this store's routes as OpenAPI 3.1, for people and generators of clients.

A test compares it with the routes both ways, and requests made from it with what is answered.
"""

from typing import Any

from flask import Response

from xapi import exact
from xapi.resource import answers
from xapi.resource.components import FILTERS, PARAMETERS, RESPONSES, inside, schema
from xapi.resource.requests import BATCH_LIMIT, BODY_LIMIT
from xapi.resource.schemas import SCHEMAS, TEXT, UUID
from xapi.scopes import SCOPES

Json = dict[str, Any]

_ABOUT_IT = f"""A learning record store for xAPI. Every request but About's and this one carries a key and its secret as Basic
authentication and the header X-Experience-API-Version. A credential has one or more of the scopes {", ".join(SCOPES)}. A body is at
most {BODY_LIMIT // 1024**2} MiB, a batch at most {BATCH_LIMIT} statements. Errors are problem details (RFC 9457); 503 says when to
come again, and nothing of such a request was stored."""


def get() -> Response:
    """Open to anyone, as About is."""
    return answers.json(exact.dumps(description()))


def description() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Đồng hành: learning record store", "version": "1", "description": _ABOUT_IT},
        "servers": [{"url": "/xapi"}],
        "security": [{"basic": []}],
        "paths": {path: _with_head(operations) for path, operations in _paths().items()},
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic", "description": "A credential's key and secret."},
                "browser": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A practice page's one-time token.",
                },
            },
            "parameters": PARAMETERS,
            "responses": RESPONSES,
            "schemas": SCHEMAS,
        },
    }


_ALWAYS = {"400": "wrong", "401": "unknown", "403": "forbidden", "503": "later"}


def _operation(
    says: str,
    parameters: list[Json],
    answers_: Json,
    *,
    body: Json | None = None,
    also: dict[str, str] | None = None,
) -> Json:
    named = {
        status: {"$ref": f"#/components/responses/{name}"}
        for status, name in {**_ALWAYS, **(also or {})}.items()
    }
    made: Json = {
        "summary": says,
        "parameters": [_parameter("version"), *parameters],
        "responses": {**answers_, **named},
    }
    return {**made, "requestBody": {"required": True, "content": body}} if body else made


def _parameter(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


def _json(says: str, of: Json) -> Json:
    return {"200": {"description": says, "content": {"application/json": {"schema": of}}}}


def _paths() -> Json:
    return {
        "/statements": _statements(),
        "/activities/state": _documents("stateId", ["activityId", "agent"], state=True),
        "/activities/profile": _documents("profileId", ["activityId"]),
        "/agents/profile": _documents("profileId", ["agent"]),
        "/activities": {
            "get": _operation(
                "What is known of an activity", [_parameter("activityId")], _json("It.", schema("Activity"))
            )
        },
        "/agents": {
            "get": _operation("What is known of a person", [_parameter("agent")], _json("Them.", schema("Person")))
        },
        "/about": {"get": _open("Which versions are spoken", schema("About"))},
        "/openapi.json": {"get": _open("This description", {"type": "object"})},
    }  # fmt: skip


def _open(says: str, of: Json) -> Json:
    return {"summary": says, "security": [], "responses": _json("It.", of)}


def _statements() -> Json:
    one: Json = {"application/json": {"schema": schema("Statement")}}
    statement, batch = schema("Statement"), {"type": "array", "items": schema("Statement")}
    parts = {"type": "string", "description": "The JSON first, then each attachment's contents."}
    several: Json = {
        "application/json": {"schema": {"anyOf": [statement, batch]}},
        "multipart/mixed": {"schema": parts},
    }
    ids = {"type": "array", "items": UUID}
    found = {"anyOf": [schema("StatementResult"), {"type": "object"}]}
    shown = _json("A page, or the one; in parts where attachments are asked for.", found)
    shown["200"]["content"] |= {"multipart/mixed": {"schema": parts}}
    post = _operation("Store statements, all or none", [], _json("Their ids, in order.", ids), body=several)
    post["responses"] |= {"409": _response("conflict"), "413": _response("large")}
    return {
        "get": _operation("Statements that meet every filter, a page at a time, or one by its id",
                          FILTERS, shown, also={"404": "missing"}),
        "put": _operation("Store one statement under this id", [_parameter("statementId")],
                          {"200": {"description": "Stored, for a platform's own sender."}}, body=one,
                          also={"204": "stored", "409": "conflict", "413": "large"}),
        "post": {**post, "security": [{"basic": []}, {"browser": []}]},
    }  # fmt: skip


def _response(name: str) -> Json:
    return {"$ref": f"#/components/responses/{name}"}


def _documents(document: str, place: list[str], *, state: bool = False) -> Json:
    """GET, PUT, POST and DELETE of a document, and of all of a place where the standard has that."""
    where = [_parameter(name) for name in place]
    where += [_parameter("registration")] if state else []
    required = [*where, inside("query", document, TEXT, "The document.", required=True)]
    maybe = [*where, inside("query", document, TEXT, "The document; without it the ids of all, or all.")]
    tags = [_parameter("if_match"), _parameter("if_none_match")]
    contents: Json = {"application/json": {"schema": {"type": "object"}}, "application/octet-stream": {}}
    any_: Json = {"200": {"description": "The document as sent, or the ids.", "content": {"*/*": {}}}}
    stored = {"204": "stored", "409": "conflict", "411": "length", "412": "changed", "413": "large"}
    gone = {"204": "stored", "409": "conflict", "412": "changed"}
    return {
        "get": _operation("The document, or the ids of all", [*maybe, _parameter("since")], any_, also={"404": "missing"}),
        "put": _operation("Store it in place of what was there", [*required, *tags], {}, body=contents, also=stored),
        "post": _operation("Merge its JSON into what was there", [*required, *tags], {}, body=contents, also=stored),
        "delete": _operation("Remove it", [*(maybe if state else required), *tags], {}, also=gone),
    }  # fmt: skip


def _with_head(operations: Json) -> Json:
    """The standard: "The LRS MUST respond to any HTTP HEAD request as it would have if the request was GET" (part 3, 1.4)."""
    found = operations.get("get")
    if found is None:
        return operations
    responses = {status: {"description": "As GET, without a body."} for status in found["responses"]}
    return {**operations, "head": {**found, "summary": f"As GET, without a body: {found['summary']}", "responses": responses}}  # fmt: skip
