"""The drawn ornaments: a guilloche border, and the face of a Đông Sơn bronze drum with its star of fourteen rays."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from certificates.design import GOLD, PALE_GOLD, RED, Design

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reportlab.pdfgen.canvas import Canvas

Point = tuple[float, float]

RAYS = 14


def border(canvas: Canvas, design: Design) -> None:
    """Draw the frame: fine lines and three woven waves, which a copier cannot redraw cleanly."""
    frame = design.frame
    _rectangle(canvas, design, frame.outer, 1.4, RED)
    _rectangle(canvas, design, frame.outer + 4, 0.4, GOLD)
    canvas.setStrokeColorRGB(*GOLD)
    canvas.setLineWidth(0.42)
    for phase in range(4):
        _polyline(canvas, list(_wave(design, phase * pi / 2)), closed=True)
    _rectangle(canvas, design, frame.inner, 0.4, GOLD)
    _rectangle(canvas, design, frame.inner + 3, 0.9, RED)
    for x in (frame.band, design.width - frame.band):
        for y in (frame.band, design.height - frame.band):
            roundel(canvas, (x, y), 13.5)


def roundel(canvas: Canvas, centre: Point, radius: float) -> None:
    """Draw a small star in a ring, as it stands in the corners."""
    canvas.setStrokeColorRGB(*GOLD)
    canvas.setFillColorRGB(1, 0.995, 0.975)
    canvas.setLineWidth(0.9)
    canvas.circle(*centre, radius, stroke=1, fill=1)
    canvas.setLineWidth(0.4)
    canvas.circle(*centre, radius * 0.82, stroke=1, fill=0)
    canvas.setFillColorRGB(*RED)
    _star(canvas, centre, radius * 0.68, radius * 0.27, 8)


def drum(canvas: Canvas, design: Design) -> None:
    """Draw the drum's face in pale gold behind the text."""
    centre = (design.width / 2, design.drum_centre)
    outer = design.drum_radius
    canvas.setStrokeColorRGB(*PALE_GOLD)
    canvas.setFillColorRGB(*PALE_GOLD)
    _star(canvas, centre, outer * 0.30, outer * 0.10, RAYS)
    for share, width in ((0.33, 1.2), (0.36, 0.5), (0.47, 0.5), (0.50, 1.2), (0.67, 0.5), (0.70, 1.2)):
        _ring(canvas, centre, outer * share, width)
    for share, width in ((0.82, 0.5), (0.85, 1.2), (0.96, 0.5), (1.0, 1.6)):
        _ring(canvas, centre, outer * share, width)
    _spots(canvas, centre, outer * 0.415, outer * 0.030, 42)
    _spots(canvas, centre, outer * 0.76, outer * 0.034, 66)
    _teeth(canvas, centre, (outer * 0.52, outer * 0.65), 84)
    _teeth(canvas, centre, (outer * 0.865, outer * 0.945), 140)


def _wave(design: Design, phase: float) -> Iterator[Point]:
    """Yield a sine wound around the page on the middle of the band, closed at the ends."""
    left, bottom = design.frame.band, design.frame.band
    wide, high = design.width - 2 * left, design.height - 2 * bottom
    length = 2 * (wide + high)
    waves = round(design.frame.waves * length / (2 * wide))
    steps = waves * 14
    for step in range(steps):
        along = length * step / steps
        away = design.frame.amplitude * sin(2 * pi * waves * step / steps + phase)
        yield _on_band((left, bottom), (wide, high), along, away)


def _on_band(corner: Point, size: Point, along: float, away: float) -> Point:
    left, bottom = corner
    wide, high = size
    if along < wide:
        return left + along, bottom + away
    if along < wide + high:
        return left + wide - away, bottom + along - wide
    if along < 2 * wide + high:
        return left + 2 * wide + high - along, bottom + high - away
    return left + away, bottom + 2 * (wide + high) - along


def _rectangle(
    canvas: Canvas, design: Design, inset: float, width: float, colour: tuple[float, float, float]
) -> None:
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(width)
    canvas.rect(inset, inset, design.width - 2 * inset, design.height - 2 * inset, stroke=1, fill=0)


def _ring(canvas: Canvas, centre: Point, radius: float, width: float) -> None:
    canvas.setLineWidth(width)
    canvas.circle(*centre, radius, stroke=1, fill=0)


def _spots(canvas: Canvas, centre: Point, radius: float, size: float, count: int) -> None:
    """Draw the drum's row of circles with a dot inside."""
    canvas.setLineWidth(0.5)
    for index in range(count):
        x, y = _polar(centre, radius, 2 * pi * index / count)
        canvas.circle(x, y, size, stroke=1, fill=0)
        canvas.circle(x, y, size * 0.3, stroke=0, fill=1)


def _teeth(canvas: Canvas, centre: Point, radii: tuple[float, float], count: int) -> None:
    canvas.setLineWidth(0.6)
    points = [_polar(centre, radii[index % 2], pi * index / count) for index in range(2 * count)]
    _polyline(canvas, points, closed=True)


def _star(canvas: Canvas, centre: Point, outer: float, inner: float, rays: int) -> None:
    radii = (outer, inner)
    points = [_polar(centre, radii[index % 2], pi / 2 + pi * index / rays) for index in range(2 * rays)]
    _polyline(canvas, points, closed=True, fill=True)


def _polar(centre: Point, radius: float, angle: float) -> Point:
    return centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)


def _polyline(canvas: Canvas, points: Sequence[Point], *, closed: bool, fill: bool = False) -> None:
    path = canvas.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    if closed:
        path.close()
    canvas.drawPath(path, stroke=0 if fill else 1, fill=1 if fill else 0)
