"""Inverse functional identifiers: the one key under which an Agent or identified Group is found (part 2, 2.4.2.3)."""

from hashlib import sha1, sha256
from typing import Any

Agent = dict[str, Any]


def identifier(agent: Agent) -> Agent | None:
    """The agent's identifier alone, in one spelling; None for an anonymous Group.

    E-mail addresses and hashes are compared case-insensitively: Open edX sends addresses as they were typed.
    """
    if "account" in agent:
        return {"account": {"homePage": agent["account"]["homePage"], "name": agent["account"]["name"]}}
    if "mbox" in agent:
        return {"mbox": agent["mbox"].lower()}
    if "mbox_sha1sum" in agent:
        return {"mbox_sha1sum": agent["mbox_sha1sum"].lower()}
    return {"openid": agent["openid"]} if "openid" in agent else None


def key(agent: Agent) -> str | None:
    """32 hexadecimal digits that stand for the identifier; None for an anonymous Group."""
    if "account" in agent:  # as `identifier`, for every statement of a host asks
        return account_key(agent["account"]["homePage"], agent["account"]["name"])
    found = identifier(agent)
    if found is None:
        return None
    ((kind, value),) = found.items()
    return _key(kind, value)


def authority_key(value: Any) -> str | None:
    """The same for an authority, the Group of an application and its person included (OAuth; part 2, 2.4.9); None for none."""
    try:
        single = key(value)
        if single is not None:
            return single
        members = sorted(key(one) or "" for one in value["member"])
    except (LookupError, TypeError, AttributeError, UnicodeEncodeError):
        return None
    return sha256("|".join(members).encode()).hexdigest()[:32] if members else None


def told(agent: Any) -> tuple[Agent, str] | None:
    """Identifier and key of what may be no agent at all; None when it tells nobody: an anonymous Group, or what was quarantined."""
    try:
        whole, found = identifier(agent), key(agent)
    except (LookupError, TypeError, AttributeError, UnicodeEncodeError):
        return None
    return None if whole is None or found is None else (whole, found)


def account_key(home_page: str, name: str) -> str:
    return _key("account", home_page, name)


def mbox_key(email: str) -> str:
    """The key of an e-mail address, with or without its "mailto:"."""
    return _key("mbox", "mailto:" + _bare(email).lower())


def sha1_keys(email: str) -> tuple[str, ...]:
    """The keys of every hash that may stand for the address.

    With "mailto:" as the standard says, without as Open edX sends it; each as typed and in lower case, because a hash cannot
    be compared case-insensitively.
    """
    return tuple(dict.fromkeys(_key("mbox_sha1sum", digest) for digest in sha1_forms(email)))


def sha1_forms(email: str) -> tuple[str, ...]:
    """The hashes themselves, see `sha1_keys`."""
    bare = _bare(email)
    return tuple(
        _sha1(prefix + address)
        for address in dict.fromkeys((bare, bare.lower()))
        for prefix in ("mailto:", "")
    )


def _bare(email: str) -> str:
    return email[7:] if email[:7].lower() == "mailto:" else email


def _sha1(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()  # the standard's own hash, no protection


def _key(*parts: str) -> str:
    return sha256("|".join(parts).encode()).hexdigest()[:32]
