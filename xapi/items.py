"""Statements as another store gives them out, read as far as they can be."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from xapi import authorities, exact
from xapi.formats import micros, moment, uuid
from xapi.shape import Wrong
from xapi.statement import VOIDED

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A statement as it came; `value`: None when it is no JSON object; `stored`: there, None when that cannot be read."""

    raw: bytes
    value: Json | None
    stored: int | None
    fault: str = ""

    @property
    def authority(self) -> str | None:
        return None if self.value is None else authorities.key_of(self.value.get("authority"))

    @property
    def voids(self) -> str | None:
        """The statement that this one voids; None, too, for what is no statement's id: no store could be asked for that."""
        try:
            found = self.value and self.value["verb"]["id"] == VOIDED and self.value["object"]["id"]
            uuid(found)
        except (LookupError, TypeError, Wrong):
            return None
        return str(found).lower()


def read(raws: Iterable[bytes]) -> list[Item]:
    """Statements of a page. Never raises."""
    return [_item(raw) for raw in raws]


def _item(raw: bytes) -> Item:
    try:
        value = exact.loads(raw)
    except ValueError as error:
        return Item(raw, None, None, f"JSON is wanted: {error}")
    if not isinstance(value, dict):
        return Item(raw, None, None, "a statement is wanted")
    try:
        stored = micros(moment(value["stored"]))
    except (LookupError, TypeError, ValueError, Wrong, AttributeError):
        return Item(raw, value, None)
    return Item(raw, value, stored)
