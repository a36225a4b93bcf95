"""Does a statement keep to xAPI 1.0.3? Hand-written, because every statement of every host passes here."""

from typing import Any

from xapi import formats
from xapi.activity import activity
from xapi.agents import actor, agent, authority, group
from xapi.shape import Check, Wrong, array, boolean, kind, members, number, one_of, string, whole

VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def check(value: Any, *, attachments_came: bool = False) -> None:
    """Returns for a valid statement; raises `Wrong` naming the first field that is not, and what was wanted (part 2, 2).

    `attachments_came`: the request carried attachment contents, so that an attachment needs no fileUrl (part 3, 1.5.2).
    """
    members(value, _STATEMENT, ("actor", "verb", "object"))
    _context_fits(value)
    if value["verb"]["id"] == VOIDED and value["object"].get("objectType") != "StatementRef":
        raise (
            Wrong('a voiding statement has the objectType "StatementRef"')
            .within("objectType")
            .within("object")
        )
    if not attachments_came:
        _have_urls(value.get("attachments", ()))


def _object(value: Any) -> None:
    """An Activity when nothing else is said (2.4.4)."""
    if type(value) is not dict:
        raise Wrong(f"an object is wanted, not {kind(value)}")
    named = value.get("objectType", "Activity")
    found = _OBJECTS.get(named) if type(named) is str else None
    if found is None:
        raise Wrong("wanted: " + ", ".join(_OBJECTS)).within("objectType")
    found(value)


def _substatement(value: Any) -> None:
    """The standard: "A SubStatement MUST NOT have the id, stored, version or authority properties" nor hold another one (2.4.4.3)."""
    members(value, _SUBSTATEMENT, ("objectType", "actor", "verb", "object"))
    if value["object"].get("objectType") == "SubStatement":
        raise Wrong("a SubStatement holds no other SubStatement").within("objectType").within("object")
    _context_fits(value)
    _have_urls(value.get("attachments", ()))


def _context_fits(value: dict[str, Any]) -> None:
    """The standard: "The revision/platform property MUST only be used if the Statement's Object is an Activity" (2.4.6)."""
    context = value.get("context")
    if context and value["object"].get("objectType", "Activity") != "Activity":
        for name in ("revision", "platform"):
            if name in context:
                raise Wrong("is only for statements about an Activity").within(name).within("context")


def _reference(value: Any) -> None:
    members(value, _REFERENCE, ("objectType", "id"))


def _verb(value: Any) -> None:
    members(value, _VERB, ("id",))


def _result(value: Any) -> None:
    members(value, _RESULT)


def _score(value: Any) -> None:
    """Range: scaled in [-1, 1], min < max, raw between them (2.4.5.1)."""
    members(value, _SCORE)
    low, high, raw = value.get("min"), value.get("max"), value.get("raw")
    if low is not None and high is not None and low >= high:
        raise Wrong("a number below max is wanted").within("min")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        raise Wrong("a number from min to max is wanted").within("raw")


def _scaled(value: Any) -> None:
    number(value)
    if not -1 <= value <= 1:
        raise Wrong("a number from -1 to 1 is wanted")


def _context(value: Any) -> None:
    members(value, _CONTEXT)


def _context_activities(value: Any) -> None:
    members(value, _CONTEXT_ACTIVITIES)


def _activities(value: Any) -> None:
    """One Activity, or an array of them (2.4.6.2)."""
    if type(value) is list:
        array(value, activity)
    else:
        activity(value)


def _attachments(value: Any) -> None:
    array(value, _attachment)


def _attachment(value: Any) -> None:
    members(value, _ATTACHMENT, ("usageType", "display", "contentType", "length", "sha2"))


def _have_urls(attachments: Any) -> None:
    for index, attachment in enumerate(attachments):
        if "fileUrl" not in attachment:
            raise (
                Wrong("is wanted, as no content came with the request")
                .within("fileUrl")
                .within(f"[{index}]")
                .within("attachments")
            )


_VERB: dict[str, Check] = {"id": formats.iri, "display": formats.language_map}
_REFERENCE: dict[str, Check] = {"objectType": one_of("StatementRef"), "id": formats.uuid}
_SCORE: dict[str, Check] = {"scaled": _scaled, "raw": number, "min": number, "max": number}
_RESULT: dict[str, Check] = {
    "score": _score,
    "success": boolean,
    "completion": boolean,
    "response": string,
    "duration": formats.duration,
    "extensions": formats.extensions,
}
_CONTEXT_ACTIVITIES: dict[str, Check] = dict.fromkeys(
    ("parent", "grouping", "category", "other"), _activities
)
_CONTEXT: dict[str, Check] = {
    "registration": formats.uuid,
    "instructor": actor,
    "team": group,
    "contextActivities": _context_activities,
    "revision": string,
    "platform": string,
    "language": formats.language,
    "statement": _reference,
    "extensions": formats.extensions,
}
_ATTACHMENT: dict[str, Check] = {
    "usageType": formats.iri,
    "display": formats.language_map,
    "description": formats.language_map,
    "contentType": formats.media_type,
    "length": whole,
    "sha2": formats.sha2,
    "fileUrl": formats.iri,
}
_OBJECTS: dict[str, Check] = {
    "Activity": activity,
    "Agent": agent,
    "Group": group,
    "StatementRef": _reference,
    "SubStatement": _substatement,
}
_COMMON: dict[str, Check] = {
    "actor": actor,
    "verb": _verb,
    "object": _object,
    "result": _result,
    "context": _context,
    "timestamp": formats.timestamp,
    "attachments": _attachments,
}
_SUBSTATEMENT: dict[str, Check] = {"objectType": one_of("SubStatement"), **_COMMON}
_STATEMENT: dict[str, Check] = {
    "id": formats.uuid,
    **_COMMON,
    "stored": formats.timestamp,
    "authority": authority,
    "version": formats.version,
}
