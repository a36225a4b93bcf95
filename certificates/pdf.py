"""Compose the certificate: one A4 page, every typeface embedded, the same bytes for the same facts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING

import segno
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfdoc import PDFString
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from certificates import fonts, names, ornament
from certificates.design import GOLD, INK, LANDSCAPE, PAPER, Design, Style

if TYPE_CHECKING:
    from certificates.certificate import Facts, Line


class ComposeError(Exception):
    """The facts cannot be printed; ``problem`` says why."""

    def __init__(self, problem: names.Problem) -> None:
        super().__init__(f"{problem.code}: {problem.missing!r}")
        self.problem = problem


def compose(facts: Facts, number: str, verify_url: str, design: Design = LANDSCAPE) -> bytes:
    """Return the unsigned PDF. Raises ComposeError when the name is missing or cannot be drawn."""
    problem = names.problem(facts.holder_name)
    if problem:
        raise ComposeError(problem)
    for name in (fonts.NAME, fonts.ITALIC, fonts.TEXT, fonts.STRONG):
        fonts.face(name)
    page = BytesIO()
    canvas = Canvas(page, pagesize=(design.width, design.height), invariant=1, lang="vi-VN")
    _describe(canvas, facts, number)
    _paper(canvas, design)
    _body(_fitting(canvas, design, facts), facts)
    _footer(canvas, facts, number, verify_url, design)
    if facts.rehearsal:
        _specimen(canvas, facts.wording.specimen, design)
    canvas.showPage()
    canvas.save()
    return page.getvalue()


def _describe(canvas: Canvas, facts: Facts, number: str) -> None:
    """Set what a reader and a screen reader show: WCAG 2.2, 2.4.2 (title) and 3.1.1 (language)."""
    canvas.setTitle(f"{facts.wording.heading.main} {number}")
    canvas.setAuthor(facts.wording.issuer.main)
    canvas.setSubject(facts.programme_title.main)
    canvas.setCreator("Đồng hành")
    canvas.setProducer("Đồng hành")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.setCatalogEntry("Lang", PDFString("vi-VN"))


def _paper(canvas: Canvas, design: Design) -> None:
    canvas.setFillColorRGB(*PAPER)
    canvas.rect(0, 0, design.width, design.height, stroke=0, fill=1)
    ornament.drum(canvas, design)
    ornament.border(canvas, design)


def _fitting(canvas: Canvas, design: Design, facts: Facts) -> _Flow:
    """Return a flow in which the whole body stands above the footer, however long the programme's title is."""
    for percent in range(100, 40, -3):
        trial = _Flow(None, design, percent / 100)
        _body(trial, facts)
        if trial.at >= design.floor:
            break
    flow = _Flow(canvas, design, trial.scale)
    flow.at -= min(design.most_lowered, max(0.0, trial.at - design.floor) / 2)
    return flow


def _body(flow: _Flow, facts: Facts) -> None:
    wording, look = facts.wording, flow.design
    flow.lines(wording.issuer, look.issuer, look.issuer_beside)
    flow.text(wording.heading.main, look.heading)
    flow.lines(wording.subheading, look.subheading, look.subheading_beside)
    flow.lines(wording.presented, look.words, look.words_beside)
    flow.text(facts.holder_name or "", look.name)
    flow.rule(260)
    flow.text(facts.unit or "", look.unit)
    flow.lines(wording.achieved, look.words, look.words_beside)
    flow.lines(facts.programme_title, look.title, look.title_beside)
    flow.text(_joined(wording.detail), look.detail)


def _footer(canvas: Canvas, facts: Facts, number: str, verify_url: str, design: Design) -> None:
    look, wording = design.footer, facts.wording
    _code(canvas, verify_url, look.left, look.bottom, look.code_size)
    beside = look.left + look.code_size + 11
    _left(canvas, wording.check.main, beside, look.bottom + 42, look.label)
    _left(
        canvas,
        wording.check.beside,
        beside,
        look.bottom + 32,
        replace(look.label, font=fonts.ITALIC, size=8.6),
    )
    _left(canvas, verify_url, beside, look.bottom + 19, look.address)
    _right(canvas, f"{_joined(wording.number)}: ", number, look.right, look.bottom + 45, design)
    day = facts.awarded_on.strftime("%d/%m/%Y")
    _right(canvas, f"{_joined(wording.date)}: ", day, look.right, look.bottom + 27, design)
    _end(canvas, wording.signed.main, look.right, look.bottom + 11, look.label)
    _end(
        canvas,
        wording.signed.beside,
        look.right,
        look.bottom + 1,
        replace(look.label, font=fonts.ITALIC, size=8.6),
    )


def _specimen(canvas: Canvas, words: Line, design: Design) -> None:
    """Say twice that a rehearsal proves nothing: in words at the head, and across the page."""
    _centred(
        canvas, _joined(words), (design.width / 2, design.height - design.frame.inner - 17), design.specimen
    )
    mark = _fitted(words.main, replace(design.specimen_mark, width=design.width * 0.74, smallest=20))
    canvas.saveState()
    canvas.translate(design.width / 2, design.height / 2 - 14)
    canvas.rotate(24)
    canvas.setFillColorRGB(*mark.colour, alpha=0.13)
    canvas.setFont(mark.font, mark.size)
    canvas.drawCentredString(0, -mark.size / 3, words.main)
    canvas.restoreState()


def _code(canvas: Canvas, address: str, left: float, bottom: float, size: float) -> None:
    """Draw the QR code as vector squares on white with its quiet zone, joined row by row into few rectangles."""
    rows = [
        list(row)
        for row in segno.make(address, error="m", micro=False, boost_error=False).matrix_iter(border=2)
    ]
    step = size / len(rows)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(left, bottom, size, size, stroke=0, fill=1)
    canvas.setFillColorRGB(*INK)
    path = canvas.beginPath()
    for line, row in enumerate(rows):
        for start, length in _runs(row):
            path.rect(left + start * step, bottom + size - (line + 1) * step, length * step, step)
    canvas.drawPath(path, stroke=0, fill=1)


def _runs(row: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((place, 1))
    return runs


@dataclass(slots=True)
class _Flow:
    """Sets centred text from the top downwards, every measure times ``scale``; without a canvas it only measures."""

    canvas: Canvas | None
    design: Design
    scale: float
    at: float = field(init=False)
    """The lower edge of what stands already."""

    def __post_init__(self) -> None:
        self.at = self.design.height - self.design.top

    def lines(self, line: Line, main: Style, beside: Style) -> None:
        self.text(line.main, main)
        self.text(line.beside, beside)

    def text(self, text: str, style: Style) -> None:
        if not text:
            return
        style = _fitted(text, style.scaled(self.scale))
        self.at -= style.above
        for part in _balanced(text, style):
            self.at -= style.leading * 0.8
            if self.canvas:
                _centred(self.canvas, part, (self.design.width / 2, self.at), style)
            self.at -= style.leading * 0.2

    def rule(self, width: float) -> None:
        self.at -= 8 * self.scale
        if self.canvas:
            middle = self.design.width / 2
            self.canvas.setStrokeColorRGB(*GOLD)
            self.canvas.setLineWidth(0.8)
            self.canvas.line(middle - width / 2, self.at, middle + width / 2, self.at)


def _balanced(text: str, style: Style) -> list[str]:
    """Break *text* into as few lines as its width asks for, all of nearly the same length: no single word left over."""
    lines: list[str] = simpleSplit(text, style.font, style.size, style.width)
    for percent in range(95, 45, -5):
        narrower = simpleSplit(text, style.font, style.size, style.width * percent / 100)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _centred(canvas: Canvas, text: str, place: tuple[float, float], style: Style) -> None:
    """Set one line. The spacing also follows the last letter: half of it moves the line back to the middle."""
    canvas.setFillColorRGB(*style.colour)
    canvas.setFont(style.font, style.size)
    canvas.drawCentredString(place[0] + style.spacing / 2, place[1], text, charSpace=style.spacing)


def _fitted(text: str, style: Style) -> Style:
    """Return *style* in the largest size in which *text* needs no more than its lines; never below the smallest."""
    size = style.size
    while style.smallest and size > style.smallest and _lines_needed(text, style, size) > style.lines:
        size -= 0.5
    return replace(style, size=size)


def _lines_needed(text: str, style: Style, size: float) -> int:
    return len(simpleSplit(text, style.font, size, style.width))


def _joined(line: Line) -> str:
    return " / ".join(part for part in (line.main, line.beside) if part)


def _left(canvas: Canvas, text: str, x: float, y: float, style: Style) -> None:
    canvas.setFillColorRGB(*style.colour)
    canvas.setFont(style.font, style.size)
    canvas.drawString(x, y, text)


def _end(canvas: Canvas, text: str, x: float, y: float, style: Style) -> None:
    _left(canvas, text, x - stringWidth(text, style.font, style.size), y, style)


def _right(canvas: Canvas, label: str, value: str, x: float, y: float, design: Design) -> None:
    """Set a label and its value as one line that ends at *x*."""
    look = design.footer
    _end(canvas, value, x, y, look.value)
    _end(canvas, label, x - stringWidth(value, look.value.font, look.value.size), y, look.label)
