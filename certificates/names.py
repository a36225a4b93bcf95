"""Whether a holder's name can be printed: the award never waits for it, the document does."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from certificates import fonts

_SPACES = re.compile(r"\s+")
_JOINERS = frozenset("\u200b\u200c\u200d\ufeff\u00ad")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a name cannot be printed. ``missing`` holds the characters the typeface lacks, each once, in order."""

    code: Literal[
        "name_missing", "name_letters", "name_long", "erased"
    ]  # erased: the register was told to forget it
    missing: str = ""


LONGEST = 80
"""Characters; the longest name that still fits one line of the design in a readable size."""


def normalise(name: str | None) -> str | None:
    """Return *name* in NFC with single spaces and without invisible joiners, as given otherwise; None when nothing is left.

    NFC, because the same Vietnamese letter may be typed composed or decomposed, and typefaces draw the composed one.
    """
    if name is None:
        return None
    visible = "".join(letter for letter in unicodedata.normalize("NFC", name) if letter not in _JOINERS)
    return _SPACES.sub(" ", visible).strip() or None


def problem(name: str | None) -> Problem | None:
    """Return why *name* (already normalised) cannot be printed, or None when it can."""
    if not name:
        return Problem("name_missing")
    missing = missing_glyphs(name)
    if missing:
        return Problem("name_letters", missing)
    return Problem("name_long") if len(name) > LONGEST else None


def missing_glyphs(text: str) -> str:
    """Return the characters of *text* that the name's typeface cannot draw, each once, in order of appearance.

    A combining mark that NFC could not compose counts as missing: without an OpenType shaper it would be drawn beside its
    letter, and a wrongly printed name is worse than a document that waits.
    """
    drawn = fonts.characters(fonts.NAME)
    return "".join(
        dict.fromkeys(letter for letter in text if letter not in drawn or unicodedata.combining(letter))
    )
