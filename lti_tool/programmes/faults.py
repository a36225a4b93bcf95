"""What is wrong in an organiser's file, each with its line."""

from collections.abc import Iterable
from dataclasses import dataclass

from lti_tool.programmes.reasons import reason
from lti_tool.programmes.yaml_places import Document
from rules.plain import Path, Problem


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake; str() is "file:line: where: reason"."""

    line: int
    where: str
    reason: str
    filename: str
    code: str

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{self.filename}:{self.line}: {place}{self.reason}"


class ProgrammeError(Exception):
    """A programme or mapping file that cannot be used; `faults` holds all that is wrong with it, by line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def located(document: Document, problems: Iterable[Problem], filename: str) -> tuple[Fault, ...]:
    """The problems with their lines, in the order of the file."""
    found = {
        Fault(document.line(one.path), _where(one.path), reason(one.code, one.values), filename, one.code)
        for one in problems
    }
    return tuple(sorted(found))


def _where(path: Path) -> str:
    """The place in words an organiser can search for: topics[3].titles.vi (items counted from 1)."""
    named = (f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path if not _is_line(step))
    text = "".join(named).removeprefix(".")
    return "" if text == "yaml" else text


def _is_line(step: str | int) -> bool:
    return isinstance(step, str) and step.startswith("line ")
