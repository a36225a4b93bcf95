"""The layout of the document as frozen values: points from the lower left corner of an A4 page in landscape.

A design is known by its ``version``, which the register keeps with each award: a changed layout gets a new version, so that a
document composed late looks as it would have on the day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from certificates import fonts

Colour = tuple[float, float, float]

PAPER: Colour = (1.0, 0.995, 0.975)
INK: Colour = (0.10, 0.13, 0.22)
QUIET: Colour = (0.36, 0.38, 0.44)
RED: Colour = (0.63, 0.09, 0.12)
GOLD: Colour = (0.72, 0.55, 0.22)
PALE_GOLD: Colour = (0.95, 0.905, 0.79)


@dataclass(frozen=True, slots=True)
class Style:
    """How one kind of text is set. Long text shrinks to ``smallest`` first, then breaks into at most ``lines`` lines."""

    font: str
    size: float
    colour: Colour = INK
    above: float = 0.0
    spacing: float = 0.0
    smallest: float = 0.0
    lines: int = 1
    width: float = 640.0

    @property
    def leading(self) -> float:
        """Distance between base lines, enough for two stacked diacritics (Ễ, Ộ)."""
        return self.size * 1.22

    def scaled(self, factor: float) -> Style:
        """Return the style with size and distances times *factor*; the smallest readable size stays."""
        return replace(
            self,
            size=max(self.size * factor, self.smallest),
            above=self.above * factor,
            spacing=self.spacing * factor,
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """The guilloche border: distances from the page's edge."""

    outer: float = 20.0
    band: float = 36.0
    inner: float = 46.0
    waves: int = 58
    amplitude: float = 6.0


@dataclass(frozen=True, slots=True)
class Footer:
    """The QR code with its address on the left, number and date on the right."""

    left: float = 66.0
    bottom: float = 61.0
    code_size: float = 64.0
    right: float = 774.0
    label: Style = Style(fonts.TEXT, 7.6, QUIET)
    value: Style = Style(fonts.STRONG, 10.4, INK)
    address: Style = Style(fonts.TEXT, 7.6, INK)


@dataclass(frozen=True, slots=True)
class Design:
    """Everything about the look; no text of its own. The body stands between ``top`` and ``floor`` and shrinks to fit."""

    version: str = "landscape-1"
    width: float = 841.89
    height: float = 595.28
    top: float = 70.0
    floor: float = 134.0
    most_lowered: float = 30.0
    frame: Frame = Frame()
    footer: Footer = Footer()
    drum_radius: float = 172.0
    drum_centre: float = 300.0
    issuer: Style = Style(fonts.STRONG, 12.5, INK, spacing=0.9)
    issuer_beside: Style = Style(fonts.ITALIC, 12.0, QUIET, above=1)
    heading: Style = Style(fonts.NAME, 43.0, RED, above=15, spacing=2.2)
    subheading: Style = Style(fonts.NAME, 16.5, RED, above=4, spacing=1.1)
    subheading_beside: Style = Style(fonts.ITALIC, 14.0, QUIET, above=1)
    words: Style = Style(fonts.TEXT, 11.0, INK, above=12)
    words_beside: Style = Style(fonts.ITALIC, 11.5, QUIET, above=0)
    name: Style = Style(fonts.NAME, 35.0, INK, above=5, smallest=17)
    unit: Style = Style(fonts.TEXT, 11.0, INK, above=7, smallest=8)
    title: Style = Style(fonts.NAME, 19.0, RED, above=4, smallest=15, lines=3, width=620)
    title_beside: Style = Style(fonts.ITALIC, 13.0, QUIET, above=2, smallest=9.5, lines=2, width=640)
    detail: Style = Style(fonts.TEXT, 9.6, QUIET, above=6, smallest=8)
    specimen: Style = Style(fonts.STRONG, 10.0, RED, spacing=0.6)
    specimen_mark: Style = Style(fonts.STRONG, 66.0, RED)


LANDSCAPE = Design()
DESIGNS = {LANDSCAPE.version: LANDSCAPE}
