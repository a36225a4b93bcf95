"""Units: provinces and communes in a tree of two levels, by official code."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from lti_tool.base.database import insert
from lti_tool.people import names, tables

PROVINCE, COMMUNE = "province", "commune"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; `parent` is a commune's province, None for a province."""

    code: str
    name: str
    level: str
    parent: str | None = None


class UnitsError(ValueError):
    """The file of units is wrong; the message names the line."""


class Units:
    """The units known, to look one up by code or by name."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._by_code = {unit.code: unit for unit in units}
        self._by_name: dict[tuple[str, str], list[Unit]] = defaultdict(list)
        for unit in self._by_code.values():
            self._by_name[unit.level, unit.name.casefold()].append(unit)

    def get(self, code: str) -> Unit | None:
        return self._by_code.get(code)

    def all(self) -> list[Unit]:
        return list(self._by_code.values())

    def find(self, level: str, text: str, parent: str | None = None) -> Unit | None:
        """The unit of this level with this code or name, inside `parent` when one is given. None when none or several fit."""
        coded = self._by_code.get(text)
        if coded and coded.level == level and parent in {None, coded.parent}:
            return coded
        same = self._by_name.get((level, text.casefold()), ())
        fits = [unit for unit in same if parent in {None, unit.parent}]
        return fits[0] if len(fits) == 1 else None


def read(text: str) -> list[Unit]:
    """Units from CSV with the columns code, name, level (province or commune) and parent. UnitsError names the line."""
    units: dict[str, Unit] = {}
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        unit = _unit(row, number)
        if unit.code in units:
            raise UnitsError(f"line {number}: code {unit.code!r} occurs twice")
        units[unit.code] = unit
    for unit in units.values():
        if unit.level == COMMUNE and (unit.parent not in units or units[unit.parent].level != PROVINCE):
            raise UnitsError(f"commune {unit.code!r}: its parent {unit.parent!r} is no province of this file")
    return list(units.values())


def _unit(row: dict[str, str], number: int) -> Unit:
    code, name, level = (names.tidy(row.get(column)) for column in ("code", "name", "level"))
    if not code or not name or level not in {PROVINCE, COMMUNE}:
        raise UnitsError(f"line {number}: wanted code, name and level (province or commune)")
    return Unit(code, name, level, names.tidy(row.get("parent")) if level == COMMUNE else None)


def load(connection: Connection, units: Iterable[Unit]) -> int:
    """Store units; those no longer listed stay, because learners may belong to them. Gives how many were given."""
    rows = [
        {"code": unit.code, "name": unit.name, "level": unit.level, "parent": unit.parent} for unit in units
    ]
    if rows:
        adding = insert(connection, tables.unit)
        changes = {column: adding.excluded[column] for column in ("name", "level", "parent")}
        connection.execute(adding.on_conflict_do_update(index_elements=["code"], set_=changes), rows)
    return len(rows)


def known(connection: Connection) -> Units:
    """All stored units."""
    row = tables.unit
    wanted = select(row.c.code, row.c.name, row.c.level, row.c.parent).order_by(row.c.code)
    return Units(Unit(*found) for found in connection.execute(wanted))
