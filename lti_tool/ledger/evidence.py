"""Statements of the record store as the facts that rules decide on."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection

from lti_tool.people import pseudonyms
from lti_tool.people.identity import Identifier
from rules.evidence import Fact
from xapi.evidence import Stored, evidence

# logstore_xapi with `sendidnumber=1`; the cmi5 progress extension, sent by event-routing-backends; logstore_xapi's name of the event.
EXTERNAL_ID = "https://w3id.org/learning-analytics/learning-management-system/external-id"
PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
INFO = "http://lrs.learninglocker.net/define/extensions/info"


def of_learners(
    connection: Connection, identifiers: Mapping[str, Collection[Identifier]], verbs: Collection[str]
) -> dict[str, list[Fact]]:
    """The facts of each learner under all their identifiers; only these verbs, because no other can decide anything."""
    there = pseudonyms.stored_as(connection, {key for mine in identifiers.values() for _, key in mine})
    owner = {
        (source, name): learner_id
        for learner_id, mine in identifiers.items()
        for source, key in mine
        for name in there[key]
    }
    found: dict[str, list[Fact]] = {learner_id: [] for learner_id in identifiers}
    for stored in evidence(connection, owner.keys(), verbs):
        fact = fact_of(stored)
        if fact is not None:
            found[owner[stored.source, stored.actor_key]].append(fact)
    return found


def fact_of(stored: Stored) -> Fact | None:
    """The fact of one statement, None when its object is no activity."""
    statement = stored.statement
    target = statement["object"]
    if target.get("objectType", "Activity") != "Activity":
        return None
    result = _table(statement.get("result"))
    context = _table(statement.get("context"))
    extensions = _table(_table(target.get("definition")).get("extensions"))
    return Fact(
        statement_id=stored.id,
        source=stored.source,
        activity=target["id"],
        external_id=_text(extensions.get(EXTERNAL_ID)),
        verb=statement["verb"]["id"],
        at=stored.timestamp,
        order=stored.order,
        arrived=stored.stored,
        success=_truth(result.get("success")),
        completion=_truth(result.get("completion")),
        scaled=_number(_table(result.get("score")).get("scaled")),
        progress=_number(_table(result.get("extensions")).get(PROGRESS)),
        parents=_parents(context),
        event_name=_text(_table(_table(context.get("extensions")).get(INFO)).get("event_name")),
    )


def _parents(context: Mapping[str, Any]) -> tuple[str, ...]:
    """A single Activity may stand where an array of them is meant (xAPI 1.0.3 Data 2.4.6.2)."""
    found = _table(context.get("contextActivities")).get("parent", [])
    listed = found if isinstance(found, list) else [found]
    return tuple(
        parent["id"] for parent in listed if isinstance(parent, dict) and isinstance(parent.get("id"), str)
    )


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    """Extensions may hold anything: an ID number is text, though a sender may write 7 for "7"."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip() or None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else float(value)
