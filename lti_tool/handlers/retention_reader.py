"""The retention file: an age for each class of data."""

import re
from collections.abc import Mapping
from datetime import timedelta

from lti_tool.programmes.yaml_places import parse

CLASSES = ("evidence", "other", "practice", "questions", "sessions", "quarantine", "audit")
_DAYS = re.compile(r"([1-9]\d{0,4}) days?")
FOR_EVER = "for ever"


class RetentionError(Exception):
    """What is wrong with the file, with its line."""


def read(text: str, filename: str) -> Mapping[str, timedelta | None]:
    """The age of every class; None: for ever. Raises RetentionError naming the line and what was wanted."""
    document = parse(text)
    for problem in document.problems:
        raise RetentionError(
            f"{filename}:{document.line(problem.path)}: {problem.code} {dict(problem.values)}"
        )
    value = document.value
    if not isinstance(value, dict) or set(value) != set(CLASSES):
        raise RetentionError(
            f"{filename}: an age is wanted for each of {', '.join(CLASSES)}, and for nothing else"
        )
    return {name: _age(value[name], f"{filename}:{document.line((name,))}: {name}") for name in CLASSES}


def _age(said: object, place: str) -> timedelta | None:
    if said == FOR_EVER:
        return None
    found = _DAYS.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise RetentionError(f'{place}: "<number> days" or "{FOR_EVER}" is wanted, not {said!r}')
    return timedelta(days=int(found[1]))
