"""What a login lets us expect of its actor: pure values, no database.

hosts.md, "Moodle: launch and identity": (iss, sub) = (homePage, name) joins exactly. "Open edX: launch and identity": the actor is an account
of its own, the e-mail as typed, or the e-mail's SHA-1 without `mailto:` (xAPI 1.0.3 Data 2.4.2.3 hashes with it): both forms are tried.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from xapi import identity

SUB, XAPI_ACTOR, MAIL = "sub", "xapi_actor", "mail"

# event-routing-backends names everybody it does not know by this address: it is nobody's.
NOBODY = frozenset({"unknown@example.com"})


@dataclass(frozen=True, slots=True)
class Claim:
    """One identifier of a source that a login stands for; `mail` in lower case and `spelled` only for those made of an e-mail."""

    source: str
    actor_key: str
    how: str
    mail: str | None = None
    spelled: str | None = None


def of_login(
    issuer: str, sub: str, *, email: str | None = None, xapi_actor: str | None = None
) -> tuple[Claim, ...]:
    """Every identifier this login owns or may own, all within its own platform."""
    return tuple(_of_login(issuer, sub, email, xapi_actor))


def _of_login(issuer: str, sub: str, email: str | None, xapi_actor: str | None) -> Iterator[Claim]:
    yield Claim(issuer, identity.account_key(issuer, sub), SUB)
    if xapi_actor and xapi_actor != sub:
        yield Claim(issuer, identity.account_key(issuer, xapi_actor), XAPI_ACTOR)
    mail = mail_of(email)
    if email and mail:
        yield from _of_mail(issuer, mail, spelling(email))


def _of_mail(issuer: str, mail: str, typed: str) -> Iterator[Claim]:
    seen: set[str] = set()
    for spelled in dict.fromkeys((mail, typed)):
        for key in (identity.mbox_key(spelled), *identity.sha1_keys(spelled)):
            if key not in seen:
                seen.add(key)
                yield Claim(issuer, key, MAIL, mail, spelled)


def mail_of(address: str | None) -> str | None:
    """The e-mail by which two spellings are the same, or None for nothing and for nobody."""
    if address is None or "@" not in address:
        return None
    mail = spelling(address).lower()
    return None if mail in NOBODY else mail


def spelling(address: str) -> str:
    """The address as typed, without blanks and `mailto:`."""
    bare = address.strip()
    return bare[len("mailto:") :] if bare.lower().startswith("mailto:") else bare


def nobody_keys() -> frozenset[str]:
    """The actor keys of those who are nobody, in every form a host may send them."""
    return frozenset(key for mail in NOBODY for key in (identity.mbox_key(mail), *identity.sha1_keys(mail)))
