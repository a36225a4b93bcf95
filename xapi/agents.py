"""Agents and Groups (xAPI 1.0.3, part 2, 2.4.2)."""

from typing import Any

from xapi import formats
from xapi.faults import Fault
from xapi.shape import Check, Wrong, array, kind, members, one_of, string

IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")


def account(value: Any) -> None:
    members(value, _ACCOUNT, ("homePage", "name"))


def agent(value: Any) -> None:
    """The standard: "An Agent MUST be identified by one (1) of the four types of Inverse Functional Identifiers" and by no second one."""
    members(value, _AGENT)
    if _identifiers(value) != 1:
        raise Wrong("exactly one of " + ", ".join(IDENTIFIERS) + " is wanted", Fault.IDENTIFIER)


def group(value: Any) -> None:
    """Identified by exactly one identifier, or anonymous with its members; objectType "Group" is required."""
    members(value, _GROUP, ("objectType",))
    found = _identifiers(value)
    if found > 1:
        raise Wrong("at most one of " + ", ".join(IDENTIFIERS) + " is wanted", Fault.IDENTIFIER)
    if not found and "member" not in value:
        raise Wrong("is missing: an anonymous Group lists its members", Fault.MISSING).within("member")


def actor(value: Any) -> None:
    """An Agent, or a Group when it says so."""
    if type(value) is not dict:
        raise Wrong(f"an Agent or a Group is wanted, not {kind(value)}", Fault.TYPE)
    (group if value.get("objectType") == "Group" else agent)(value)


def authority(value: Any) -> None:
    """An Agent, or the anonymous Group of two Agents that OAuth makes (2.4.9)."""
    actor(value)
    if value.get("objectType") == "Group" and (_identifiers(value) or len(value["member"]) != _OF_OAUTH):
        raise Wrong("as authority a Group is anonymous and has two members")


def _identifiers(value: dict[str, Any]) -> int:
    return ("mbox" in value) + ("mbox_sha1sum" in value) + ("openid" in value) + ("account" in value)


def _member_list(value: Any) -> None:
    array(value, agent)  # "MUST NOT contain Group Objects in the member property"


_OF_OAUTH = 2  # an application and a person
_ACCOUNT: dict[str, Check] = {"homePage": formats.iri, "name": string}
_AGENT: dict[str, Check] = {
    "objectType": one_of("Agent"),
    "name": string,
    "mbox": formats.mailto,
    "mbox_sha1sum": formats.sha1,
    "openid": formats.iri,
    "account": account,
}
_GROUP: dict[str, Check] = {**_AGENT, "objectType": one_of("Group"), "member": _member_list}
