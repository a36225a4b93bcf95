"""Statements of the record store as the facts that rules decide on."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection

from lti_tool.people import pseudonyms
from lti_tool.people.identity import Identifier
from rules.evidence import Fact
from xapi.evidence import Stored, evidence, seen
from xapi.formats import length

# logstore_xapi with `sendidnumber=1`; the cmi5 progress extension, sent by event-routing-backends; logstore_xapi's name of the event.
EXTERNAL_ID = "https://w3id.org/learning-analytics/learning-management-system/external-id"
PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
INFO = "http://lrs.learninglocker.net/define/extensions/info"


Owners = Mapping[Identifier, str]  # an identifier as the record store has it → the learner


def owners_of(connection: Connection, identifiers: Mapping[str, Collection[Identifier]]) -> Owners:
    """Whose the statements under these learners' identifiers are, pseudonymous ones too."""
    there = pseudonyms.stored_as(connection, {key for mine in identifiers.values() for _, key in mine})
    return {
        (source, name): learner_id
        for learner_id, mine in identifiers.items()
        for source, key in mine
        for name in there[key]
    }


def of_owners(connection: Connection, owners: Owners, verbs: Collection[str]) -> dict[str, list[Fact]]:
    """The facts of each learner under all their identifiers; only these verbs, because no other can decide anything."""
    found: dict[str, list[Fact]] = {learner_id: [] for learner_id in owners.values()}
    for stored in evidence(connection, owners.keys(), verbs):
        fact = fact_of(stored)
        if fact is not None:
            found[owners[stored.source, stored.actor_key]].append(fact)
    return found


def begins_of_owners(
    connection: Connection, owners: Owners, verbs: Collection[str], activities: Collection[str]
) -> dict[str, list[Fact]]:
    """What says that something was begun, by learner: facts of no more than who, what and when, for no text is read."""
    found: dict[str, list[Fact]] = {learner_id: [] for learner_id in owners.values()}
    for one in seen(connection, owners.keys(), verbs, activities):
        fact = Fact(one.id, one.source, one.activity, None, one.verb, one.timestamp, one.order, one.stored)
        found[owners[one.source, one.actor_key]].append(fact)
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
        duration=length(result.get("duration")),
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
