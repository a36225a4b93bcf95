"""The typefaces that travel with the package, registered with reportlab on first use."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

NAME: Final = "EBGaramond_600SemiBold"
ITALIC: Final = "EBGaramond_400Regular_Italic"
TEXT: Final = "BeVietnamPro_400Regular"
STRONG: Final = "BeVietnamPro_600SemiBold"


@cache
def face(name: str) -> TTFont:
    """Return the typeface *name*, embedded as a subset in whatever document uses it."""
    with as_file(files(__name__) / f"{name}.ttf") as path:
        font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    return font


@cache
def characters(name: str) -> frozenset[str]:
    """Return every character that the typeface *name* can draw."""
    return frozenset(chr(code) for code in face(name).face.charToGlyph)
