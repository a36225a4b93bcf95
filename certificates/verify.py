"""What the public may learn of a number: the printed name, the programme, the date and whether it holds. Nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certificates import number as numbers
from certificates.certificate import Certificate, DocumentState, Line

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date


@dataclass(frozen=True, slots=True)
class Shown:
    """The public part of a certificate. ``name`` is as printed, hence None until the document is issued."""

    number: str
    name: str | None
    programme_title: Line
    edition: str
    awarded_on: date
    rehearsal: bool


@dataclass(frozen=True, slots=True)
class Valid:
    """The certificate is genuine and holds."""

    shown: Shown


@dataclass(frozen=True, slots=True)
class Revoked:
    """The certificate was issued and later taken back on that day (UTC); the reason is not public."""

    shown: Shown
    on: date


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such certificate. ``mistyped``: the check symbol does not fit, so it was typed or read wrongly."""

    mistyped: bool


Answer = Valid | Revoked | Unknown


def look_up(typed: str, find: Callable[[str], Certificate | None]) -> Answer:
    """Return what the public may know about the number as typed; *find* asks the register (``register.find``)."""
    number = numbers.parse(typed)
    if number is None:
        return Unknown(mistyped=True)
    found = find(number)
    if found is None:
        return Unknown(mistyped=False)
    if found.revocation:
        return Revoked(_shown(found), found.revocation.at.date())
    return Valid(_shown(found))


def _shown(found: Certificate) -> Shown:
    facts = found.facts
    printed = facts.holder_name if found.document is DocumentState.ISSUED else None
    return Shown(
        found.number, printed, facts.programme_title, found.edition, facts.awarded_on, facts.rehearsal
    )
