"""Reads plain values (mappings, lists, texts, numbers) into typed ones, noting every problem with the place it stands at."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

Path: TypeAlias = tuple[str | int, ...]
T = TypeVar("T")

MISSING: Any = object()
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SPAN = re.compile(r"([0-9]{1,5}) (minutes|hours|days)")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a code, where it stands (keys and indices from the top), and the values to name it with."""

    code: str
    path: Path
    values: Mapping[str, object]


class Place:
    """One place of a plain document.

    Each reader answers the value it wants, or None after noting why it cannot; a missing place was noted by whoever wanted it.
    """

    def __init__(self, value: object, path: Path = (), problems: list[Problem] | None = None) -> None:
        self.value = value
        self.path = path
        self.problems = [] if problems is None else problems

    @property
    def present(self) -> bool:
        return self.value is not MISSING

    def note(self, code: str, **values: object) -> None:
        self.problems.append(Problem(code, self.path, values))

    def inner(self, key: str | int, value: object) -> "Place":
        return Place(value, (*self.path, key), self.problems)

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, "Place"]:
        """The named fields of a mapping, missing ones as absent places; notes unknown and missing keys."""
        mapping = self._of(dict, "mapping")
        names = [*required, *optional]
        if mapping is None:
            return {name: self.inner(name, MISSING) for name in names}
        for key, value in mapping.items():
            if key not in names:
                self.inner(key, value).note("unknown_key", key=key, known=", ".join(names))
        for key in required:
            if key not in mapping:
                self.note("missing_key", key=key)
        return {name: self.inner(name, mapping.get(name, MISSING)) for name in names}

    def entries(self) -> dict[str, "Place"]:
        """The fields of a mapping whose keys the organiser chooses."""
        mapping = self._of(dict, "mapping") or {}
        return {key: self.inner(key, value) for key, value in mapping.items()}

    def items(self, may_be_empty: bool = False) -> list["Place"]:
        """The items of a list."""
        found = self._of(list, "list")
        if found == [] and not may_be_empty:
            self.note("empty")
        return [self.inner(index, value) for index, value in enumerate(found or ())]

    def text(self) -> str | None:
        found: str | None = self._of(str, "text")
        if found is not None and not found.strip():
            self.note("empty")
            return None
        return found

    def key(self) -> str | None:
        """A short name that may stand in an address: lower-case letters, digits, dot, dash, underscore."""
        found = self.text()
        if found is not None and not _KEY.fullmatch(found):
            self.note("bad_key", found=found)
            return None
        return found

    def whole(self, least: int = 0) -> int | None:
        found: int | None = self._of(int, "whole number")
        if found is not None and found < least:
            self.note("too_small", found=found, least=least)
            return None
        return found

    def fraction(self) -> float | None:
        """A number from 0 to 1."""
        found = self._of((int, float), "number from 0 to 1")
        if found is not None and not 0 <= found <= 1:
            self.note("not_a_fraction", found=found)
            return None
        return None if found is None else float(found)

    def choice(self, options: Collection[str]) -> str | None:
        found = self.text()
        if found is not None and found not in options:
            self.note("bad_choice", found=found, options=", ".join(options))
            return None
        return found

    def moment(self) -> datetime | None:
        """A time that names its offset from UTC."""
        found = self.text()
        if found is None:
            return None
        try:
            moment = datetime.fromisoformat(found)
        except ValueError:
            self.note("bad_time", found=found)
            return None
        if moment.tzinfo is None:
            self.note("no_offset", found=found)
            return None
        return moment

    def span(self) -> timedelta | None:
        """A length of time such as "3 days"."""
        found = self.text()
        if found is None:
            return None
        parsed = _SPAN.fullmatch(found)
        if parsed is None:
            self.note("bad_span", found=found)
            return None
        return timedelta(**{parsed[2]: int(parsed[1])})

    def texts(self, languages: Collection[str]) -> dict[str, str] | None:
        """A text for each of the languages."""
        return self.by_language(languages, Place.text)

    def by_language(
        self, languages: Collection[str], read: Callable[["Place"], T | None]
    ) -> dict[str, T] | None:
        """What `read` makes of each language's entry."""
        if not self.present:
            return None
        places = self.fields(languages) if languages else self.entries()
        found = {language: read(place) for language, place in places.items()}
        return {language: value for language, value in found.items() if value is not None}

    def _of(self, kind: Any, wanted: str) -> Any:
        """The value when it is of that type; in Python a yes or no would pass for a number, here it does not."""
        if self.value is MISSING:
            return None
        if not isinstance(self.value, kind) or isinstance(self.value, bool):
            self.note("wrong_type", wanted=wanted, found=_name(self.value))
            return None
        return self.value


def _name(value: object) -> str:
    if value is None:
        return "nothing"
    names = {
        bool: "yes or no",
        int: "whole number",
        float: "number",
        str: "text",
        list: "list",
        dict: "mapping",
    }
    return (
        f"{names[type(value)]} {value!r}"
        if isinstance(value, bool | int | float | str)
        else names[type(value)]
    )
