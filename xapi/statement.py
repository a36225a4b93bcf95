"""Does a statement keep to xAPI 1.0.3, or to 2.0? Hand-written, because every statement of every host passes here."""

from typing import Any

from xapi import formats
from xapi.activity import activity
from xapi.agents import actor, agent, authority, group
from xapi.attachments import NO_CONTENTS, Contents, attachments, have_contents
from xapi.context import context, context_2, reference
from xapi.faults import Fault
from xapi.result import result
from xapi.shape import Check, Wrong, kind, members, one_of, remembered
from xapi.versions import Version

VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def check(value: Any, *, version: Version = Version.V1, contents: Contents = NO_CONTENTS) -> None:
    """Returns for a valid statement; raises `Wrong` naming the first field that is not, and what was wanted (part 2, 2).

    `contents`: those of attachments that came with the request: these need no fileUrl (part 3, 1.5.2).
    """
    members(value, _STATEMENTS[version], ("actor", "verb", "object"))
    _context_fits(value)
    if value["verb"]["id"] == VOIDED and value["object"].get("objectType") != "StatementRef":
        raise (
            Wrong('a voiding statement has the objectType "StatementRef"')
            .within("objectType")
            .within("object")
        )
    have_contents(value, contents)


def _object_check(substatement: Check) -> Check:
    kinds: dict[str, Check] = {
        "Activity": activity,
        "Agent": agent,
        "Group": group,
        "StatementRef": reference,
        "SubStatement": substatement,
    }

    def check(value: Any) -> None:
        """An Activity when nothing else is said (2.4.4)."""
        if type(value) is not dict:
            raise Wrong(f"an object is wanted, not {kind(value)}", Fault.TYPE)
        named = value.get("objectType", "Activity")
        found = kinds.get(named) if type(named) is str else None
        if found is None:
            raise Wrong("wanted: " + ", ".join(kinds), Fault.CHOICE).within("objectType")
        found(value)

    return check


def _substatement_check(shape: dict[str, Check]) -> Check:
    def check(value: Any) -> None:
        """The standard: "A SubStatement MUST NOT have the id, stored, version or authority properties" nor hold another one (2.4.4.3)."""
        members(value, shape, ("objectType", "actor", "verb", "object"))
        if value["object"].get("objectType") == "SubStatement":
            raise Wrong("a SubStatement holds no other SubStatement").within("objectType").within("object")
        _context_fits(value)

    return check


def _context_fits(value: dict[str, Any]) -> None:
    """The standard: "The revision/platform property MUST only be used if the Statement's Object is an Activity" (2.4.6)."""
    context = value.get("context")
    if context and value["object"].get("objectType", "Activity") != "Activity":
        for name in ("revision", "platform"):
            if name in context:
                raise Wrong("is only for statements about an Activity").within(name).within("context")


@remembered
def _verb(value: Any) -> None:
    members(value, _VERB, ("id",))


def _statement_shape(context: Check, version: Check) -> dict[str, Check]:
    """The properties of a statement of one version of the standard; its SubStatements are of the same."""
    common: dict[str, Check] = {
        "actor": actor,
        "verb": _verb,
        "result": result,
        "context": context,
        "timestamp": formats.timestamp,
        "attachments": attachments,
    }
    inner: dict[str, Check] = {"objectType": one_of("SubStatement"), **common}
    inner["object"] = common["object"] = _object_check(_substatement_check(inner))
    return {
        "id": formats.uuid,
        **common,
        "stored": formats.timestamp,
        "authority": authority,
        "version": version,
    }


_VERB: dict[str, Check] = {"id": formats.iri, "display": formats.language_map}
_STATEMENTS = {
    Version.V1: _statement_shape(context, formats.version),
    Version.V2: _statement_shape(context_2, formats.version_2),
}
