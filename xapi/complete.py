"""What an LRS adds to a statement it stores; everything else stays as received."""

from typing import Any

Json = dict[str, Any]


def complete(statement: Json, *, statement_id: str, stored: str, authority: Json) -> Json:
    """The statement with what the LRS sets (part 2, 2.4: "Set by LRS"); `stored` is a written moment.

    The sender's own `stored` and `authority` never survive. "If they lack a version, the version MUST be set to 1.0.0"
    (2.4.10). contextActivities become arrays: "an LRS MUST return every value in the contextActivities Object as an array"
    (2.4.6.2). A missing objectType stays missing: format "exact" returns what was received.
    """
    found = _with_arrays(statement)
    if found["object"].get("objectType") == "SubStatement":
        found = {**found, "object": _with_arrays(found["object"])}
    return {
        **found,
        "id": statement_id,
        "stored": stored,
        "timestamp": statement.get("timestamp", stored),
        "authority": authority,
        "version": statement.get("version", "1.0.0"),
    }


def _with_arrays(statement: Json) -> Json:
    activities = statement.get("context", {}).get("contextActivities")
    if not activities or all(type(value) is list for value in activities.values()):
        return statement
    arrays = {name: value if type(value) is list else [value] for name, value in activities.items()}
    return {**statement, "context": {**statement["context"], "contextActivities": arrays}}
