"""The schemas of the OpenAPI description, in our own words: close enough to try requests with; what counts is the standard."""

from typing import Any

from xapi.formats import LONGEST_IRI

Json = dict[str, Any]


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: tuple[str, ...] = (), **properties: Json) -> Json:
    made: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _one(*of: Json) -> Json:
    return {"anyOf": list(of)}


def _const(value: str) -> Json:
    return {"type": "string", "const": value}


TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
FLAG: Json = {"type": "boolean"}
IRI: Json = {
    "type": "string",
    "pattern": r"^[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9/.:?=&%_~#\-]+$",
    "maxLength": LONGEST_IRI,
    "examples": ["http://adlnet.gov/expapi/verbs/completed"],
}
MOMENT: Json = {"type": "string", "format": "date-time", "examples": ["2025-12-15T09:15:00.000+07:00"]}
UUID: Json = {"type": "string", "format": "uuid"}

_ACCOUNT = _object(("homePage", "name"), homePage=IRI, name=TEXT)
_IDENTIFIERS: Json = {
    "mbox": {"type": "string", "pattern": r"^mailto:[a-z0-9.]+@[a-z0-9.]+$"},
    "mbox_sha1sum": {"type": "string", "pattern": "^[0-9a-f]{40}$"},
    "openid": IRI,
    "account": _ACCOUNT,
}
_ACTIVITY_LISTS = {
    role: _one(_ref("Activity"), _list(_ref("Activity")))
    for role in ("parent", "grouping", "category", "other")
}


def _agents() -> list[Json]:
    """One kind for each identifier: an Agent has exactly one."""
    return [
        _object((name,), objectType=_const("Agent"), name=TEXT, **{name: schema})
        for name, schema in _IDENTIFIERS.items()
    ]


def _groups() -> list[Json]:
    shared = {"objectType": _const("Group"), "name": TEXT, "member": _list(_ref("Agent"))}
    known = [
        _object(("objectType", name), **shared, **{name: schema}) for name, schema in _IDENTIFIERS.items()
    ]
    return [_object(("objectType", "member"), **shared), *known]


SCHEMAS: Json = {
    "Agent": {"description": "Somebody, by exactly one identifier.", "oneOf": _agents()},
    "Group": {"description": "Several people, with an identifier or by their members.", "oneOf": _groups()},
    "LanguageMap": {"type": "object", "propertyNames": {"enum": ["vi", "en", "vi-VN", "en-US", "und"]}, "additionalProperties": TEXT},
    "Extensions": {"type": "object", "propertyNames": IRI, "additionalProperties": True},
    "Verb": _object(("id",), id=IRI, display=_ref("LanguageMap")),
    "Activity": _object(
        ("id",),
        objectType=_const("Activity"),
        id=IRI,
        definition=_object(
            name=_ref("LanguageMap"),
            description=_ref("LanguageMap"),
            type=IRI,
            moreInfo=IRI,
            extensions=_ref("Extensions"),
        ),
    ),
    "StatementRef": _object(("objectType", "id"), objectType=_const("StatementRef"), id=UUID),
    "Result": _object(
        score=_object(scaled={"type": "number", "minimum": -1, "maximum": 1}, raw=NUMBER),
        success=FLAG,
        completion=FLAG,
        response=TEXT,
        duration={"type": "string", "pattern": r"^PT[0-9]{1,4}(\.[0-9]{1,2})?S$"},
        extensions=_ref("Extensions"),
    ),
    "Context": _object(
        registration=UUID,
        instructor=_ref("Agent"),
        team=_ref("Group"),
        contextActivities=_object((), **_ACTIVITY_LISTS),
        language={"type": "string", "enum": ["vi", "en"]},
        statement=_ref("StatementRef"),
        extensions=_ref("Extensions"),
    ),
    "Statement": {
        **_object(
            ("actor", "verb", "object"),
            id=UUID,
            actor=_one(_ref("Agent"), _ref("Group")),
            verb=_ref("Verb"),
            object=_one(_ref("Activity"), _ref("Agent"), _ref("StatementRef")),
            result=_ref("Result"),
            context=_ref("Context"),
            timestamp=MOMENT,
        ),
        "description": "Who did what. Stored as sent, with id, stored, timestamp, version and authority where the store sets them;"
        " attachments, sub-statements and interactions are taken as the standard has them.",
    },
    "StatementResult": _object(
        ("statements", "more"), statements=_list({"type": "object"}), more={**TEXT, "description": "Where the next page is; empty after the last."}
    ),
    "Person": {"type": "object", "required": ["objectType"], "properties": {"objectType": _const("Person")}},
    "About": _object(("version",), version=_list(TEXT), extensions=_ref("Extensions")),
    "Problem": {
        "description": "What is wrong, as RFC 9457 has it: in a batch, `index` is the statement's place (from 0), `field` the path inside it, `stored` how many of the batch are stored: none.",
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "index": {"type": "integer", "minimum": 0},
            "stored": {"type": "integer", "const": 0},
            "field": TEXT,
        },
    },
}  # fmt: skip
