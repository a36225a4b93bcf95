"""What a receiver is sent of a statement: as it is kept, without names, or with keyed hashes in place of people. Pure."""

import hmac
from collections.abc import Callable
from typing import Any
from uuid import UUID

from xapi import identity, masking, signatures
from xapi.masking import PSEUDONYM_HOME, Mask

Json = dict[str, Any]
Change = Callable[[Json], Json]
_IDENTIFIERS = frozenset({"mbox", "mbox_sha1sum", "openid", "account", "member"})
_AGENTS = frozenset({"Agent", "Group"})
_ONLY_HERE = frozenset({"stored", "authority"})  # a receiver says itself when it stored it, and for whom


def whole(statement: Json) -> Json:
    return {name: value for name, value in statement.items() if name not in _ONLY_HERE}


def nameless(statement: Json) -> Json:
    """Identifiers stay. A signature goes: it holds the statement as it was signed, names and all, and is none of the changed one."""
    found: Json = _nameless(whole(statement))
    kept = [one for one in found.pop("attachments", ()) if one["usageType"] != signatures.SIGNATURE]
    return {**found, "attachments": kept} if kept else found


def pseudonymous(key: bytes) -> Change:
    """Who has the key can test a guess; who has not can tell that two statements are of the same person, and not of whom.

    Attachments go, for what they hold no program knows. A registration may be made of a person's identifier, so it is replaced
    too. Free text, extensions and the addresses of activities stay.
    """

    def digest(kind: str, value: str) -> bytes:
        return hmac.digest(key, f"{kind}|{value}".encode(), "sha256")

    def change(statement: Json) -> Json:
        found = _bare(masking.masked(whole(statement), _mask(digest)), digest)
        if found["object"].get("objectType") == "SubStatement":
            found["object"] = _bare(found["object"], digest)
        return found

    return change


def _mask(digest: Callable[[str, str], bytes]) -> Mask:
    def mask(agent: Json) -> Json:
        kept: Json = {name: agent[name] for name in ("objectType", "member") if name in agent}
        actor_key = identity.key(agent)
        if actor_key is None:  # an anonymous Group: its members say who it is
            return kept
        return {
            **kept,
            "account": {"homePage": PSEUDONYM_HOME, "name": digest("person", actor_key).hex()[:32]},
        }

    return mask


def _bare(statement: Json, digest: Callable[[str, str], bytes]) -> Json:
    found = {name: value for name, value in statement.items() if name != "attachments"}
    registration = found.get("context", {}).get("registration")
    if registration is not None:
        hashed = UUID(bytes=digest("registration", registration.lower())[:16], version=4)
        found["context"] = {**found["context"], "registration": str(hashed)}
    return found


def _nameless(value: Any) -> Any:
    """Without the names of Agents and Groups, wherever they stand."""
    if isinstance(value, list):
        return [_nameless(one) for one in value]
    if not isinstance(value, dict):
        return value
    agent = not _IDENTIFIERS.isdisjoint(value) or value.get("objectType") in _AGENTS
    return {name: _nameless(one) for name, one in value.items() if not (agent and name == "name")}
