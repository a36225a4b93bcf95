"""Which of the names we were told is the learner's: roster, else family + given, else `name`, else asked for."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """`origin`: "roster", "platform" or "learner" (said by the learner when asked)."""

    text: str
    origin: str


def tidy(text: str | None) -> str | None:
    """NFC, blanks made single; None for nothing and for an unsubstituted variable (hosts.md: treat `$…`, "" and null as absent)."""
    if text is None:
        return None
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    return None if not clean or clean.startswith("$") else clean


def built(family_name: str | None, given_name: str | None, name: str | None) -> str | None:
    """Family name first, as it is written in Vietnam: Moodle's own `name` is "given family" even for Vietnamese (hosts.md)."""
    family, given = tidy(family_name), tidy(given_name)
    return f"{family} {given}" if family and given else tidy(name) or family or given


def chosen(roster: str | None, platform: str | None, said: str | None, instead_of: str | None) -> Name | None:
    """A name said by the learner stands for the platform's it was asked instead of; a better one of the platform takes over again."""
    if roster:
        return Name(roster, "roster")
    if said and (instead_of or "") == (platform or ""):
        return Name(said, "learner")
    return Name(platform, "platform") if platform else None
