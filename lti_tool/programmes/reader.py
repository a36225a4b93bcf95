"""A programme file into the rules' Programme. A bad file is refused whole, with every mistake named by line."""

from typing import Any

from lti_tool.programmes.faults import Fault, ProgrammeError, located
from lti_tool.programmes.yaml_places import parse
from rules.completion import count_complete
from rules.lint import lint
from rules.programme import Programme
from rules.reading import read

__all__ = ["ProgrammeError", "count_complete", "read_plain", "read_programme", "warnings"]


def read_programme(text: str, filename: str) -> Programme:
    """The programme; raises ProgrammeError, whose text lists "file:line: reason"."""
    return read_plain(text, filename)[1]


def read_plain(text: str, filename: str) -> tuple[Any, Programme]:
    """The same with the plain values it was made of, which `rules.reading.read` turns into the programme again."""
    document = parse(text)
    unreadable = bool(document.problems) and document.value is None
    found = () if unreadable else read(document.value)
    problems = [*document.problems, *(found if isinstance(found, tuple) else ())]
    if problems or isinstance(found, tuple):
        raise ProgrammeError(located(document, problems, filename))
    return document.value, found


def warnings(text: str, filename: str) -> tuple[Fault, ...]:
    """What a good file says but hardly means; raises ProgrammeError for a bad one."""
    programme = read_programme(text, filename)
    return located(parse(text), lint(programme), filename)
