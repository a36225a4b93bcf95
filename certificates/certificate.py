"""What a certificate says, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from certificates import names

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Line:
    """One text in the document's first language, and the same in English beneath or beside it (may be empty)."""

    main: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """Every sentence printed on the document besides the facts themselves; kept with the facts."""

    issuer: Line
    heading: Line
    subheading: Line
    presented: Line
    achieved: Line
    number: Line
    date: Line
    check: Line
    signed: Line
    specimen: Line
    detail: Line = Line("")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is attested. ``holder_name`` is None while it is not known; ``awarded_on`` is the local date of the programme."""

    holder_name: str | None
    programme_title: Line
    edition: str
    awarded_on: date
    rehearsal: bool
    wording: Wording
    unit: str | None = None

    def named(self, name: str | None) -> Facts:
        """Return the same facts for *name*, normalised (NFC, single spaces); an empty name becomes None."""
        return replace(self, holder_name=names.normalise(name))

    def to_plain(self) -> dict[str, Any]:
        """Return the facts as plain JSON values, for the register."""
        wording = {field.name: _pair(getattr(self.wording, field.name)) for field in fields(Wording)}
        return {
            "holder_name": self.holder_name,
            "programme_title": _pair(self.programme_title),
            "edition": self.edition,
            "awarded_on": self.awarded_on.isoformat(),
            "rehearsal": self.rehearsal,
            "unit": self.unit,
            "wording": wording,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Facts:
        """Return the facts that ``to_plain`` wrote."""
        return cls(
            holder_name=plain["holder_name"],
            programme_title=Line(*plain["programme_title"]),
            edition=plain["edition"],
            awarded_on=date.fromisoformat(plain["awarded_on"]),
            rehearsal=plain["rehearsal"],
            unit=plain["unit"],
            wording=Wording(**{name: Line(*pair) for name, pair in plain["wording"].items()}),
        )


def _pair(line: Line) -> list[str]:
    return [line.main, line.beside]


class Status(StrEnum):
    """Whether the certificate holds. A status list (Bitstring Status List) will be written from this column."""

    VALID = "valid"
    REVOKED = "revoked"


class DocumentState(StrEnum):
    """``waiting``: a person must give or correct the name; ``due``: can be composed; ``issued``: bytes are stored for good."""

    WAITING = "waiting"
    DUE = "due"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class Revocation:
    """When and why a certificate was taken back."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """One row of the register. ``holder``, ``programme`` and ``edition`` are the keys of whoever awards."""

    number: str
    holder: str
    programme: str
    edition: str
    facts: Facts
    design: str
    awarded_at: datetime
    status: Status
    document: DocumentState
    waiting: names.Problem | None
    revocation: Revocation | None

    @property
    def erased(self) -> bool:
        """Whether the holder was taken out of the register (then nobody need give a name)."""
        return self.waiting is not None and self.waiting.code == "erased"
