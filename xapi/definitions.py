"""What statements say of activities, merged into one canonical definition of each (xAPI 1.0.3, part 2, 2.4.4.1; part 3, 2.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select

from xapi import exact, sql
from xapi.document_tables import activity
from xapi.formats import micros
from xapi.links import activity_key

Json = dict[str, Any]
_MAPS = ("name", "description", "extensions")  # every language and every key is kept until it is said anew
_LISTS = ("choices", "scale", "source", "target", "steps")
_INTERACTION = ("interactionType", "correctResponsesPattern", *_LISTS)
AnyRow = Row[*tuple[Any, ...]]
_BELIEVED = timedelta(minutes=1)
_REMEMBERED, _REMEMBERED_EACH = 20_000, 16
_WROTE = "xapi.definitions"  # in a connection's `info`: the transaction that wrote last
_AT_ONCE = 5000  # SQLite takes 32,766 values in one statement


def merged(known: Json, said: Json) -> Json:
    """`known` with what `said` tells anew: "The Activity Object must contain all available information".

    Texts and extensions are kept per language and key; an interaction is replaced as a whole, because half of an old and half
    of a new question make none, but its components keep the languages they had.
    """
    found = {**known, **said}
    if "interactionType" in said:
        found = {name: value for name, value in found.items() if name in said or name not in _INTERACTION}
    for name in _MAPS:
        if name in known and name in said:
            found[name] = {**known[name], **said[name]}
    for name in _LISTS:
        if name in known and name in said:
            found[name] = _components(known[name], said[name])
    return found


def _components(known: Sequence[Json], said: Sequence[Json]) -> list[Json]:
    before = {one["id"]: one.get("description", {}) for one in known}
    return [
        {**one, "description": {**before[one["id"]], **one.get("description", {})}}
        if before.get(one["id"])
        else one
        for one in said
    ]


def said(statements: Sequence[Json]) -> dict[str, Json]:
    """IRI → what these statements together say of the activity, the later over the earlier."""
    found: dict[str, Json] = {}
    for statement in statements:
        for one in _activities(statement):
            definition = one.get("definition")
            if not definition:
                continue
            before = found.get(one["id"])
            if before is None:
                found[one["id"]] = definition
            elif before != definition or not _extends_alike(before, definition):
                found[one["id"]] = merged(before, definition)
    return found


def _extends_alike(one: Json, other: Json) -> bool:
    """Of definitions that Python takes for equal: in extensions it takes 1 for true."""
    return "extensions" not in one or exact.dumps(one["extensions"]) == exact.dumps(other["extensions"])


def _activities(statement: Json) -> Iterator[Json]:
    target = statement["object"]
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        yield target
    elif kind == "SubStatement":
        yield from _activities(target)
    for value in statement.get("context", {}).get("contextActivities", {}).values():
        yield from value if isinstance(value, list) else (value,)


def mentioned(statements: Sequence[Json]) -> list[str]:
    """The IRIs of all activities in these statements."""
    return sorted({one["id"] for statement in statements for one in _activities(statement)})


def find(connection: Connection, iris: Sequence[str]) -> dict[str, Json]:
    """IRI → definition, of those that somebody defined."""
    keys = [activity_key(iri) for iri in iris]
    parts = (_rows(connection, keys[start : start + _AT_ONCE]) for start in range(0, len(keys), _AT_ONCE))
    return {row.iri: exact.loads(row.definition.encode()) for rows in parts for row in rows.values()}


@dataclass(frozen=True, slots=True)
class _Said:
    iri: str
    definition: Json
    digest: bytes


class Definitions:
    """Learns definitions inside the transaction of the statements that say them.

    A process remembers for a minute which definitions tell nothing new: almost every statement says what one before it said, and
    costs no round trip then. It remembers only what it read in a transaction that wrote none, so one that is rolled back
    leaves no wrong memory; and after a minute it looks again, so that where two processes hear one activity called by
    different names in turn, the name that is said last wins at the latest then. Nothing said is lost meanwhile: texts of other
    languages, extensions and the rest are merged by whichever process hears them first.
    """

    def __init__(self) -> None:
        self._known: dict[
            str, dict[bytes, datetime]
        ] = {}  # IRI → digest of what was said → until when that is believed

    def learn(self, connection: Connection, statements: Sequence[Json], now: datetime) -> None:
        """Merge what is new: no round trip when nothing is, one to find that others merged it already, two to write."""
        new = self._new(said(statements), now)
        keys = sorted(new)
        for start in range(0, len(keys), _AT_ONCE):
            self._learn({key: new[key] for key in keys[start : start + _AT_ONCE]}, connection, now)

    def _new(self, found: Mapping[str, Json], now: datetime) -> dict[str, _Said]:
        new = {}
        for iri, definition in found.items():
            one = _Said(iri, definition, sha256(exact.dumps(definition)).digest())
            until = self._known.get(iri, {}).get(one.digest)
            if until is None or until <= now:
                new[activity_key(iri)] = one
        return new

    def _learn(self, new: dict[str, _Said], connection: Connection, now: datetime) -> None:
        while new:
            held = _rows(connection, list(new))
            changed = {key: row for key, one in new.items() if (row := _change(key, one, held.get(key), now))}
            for key, one in new.items():
                if key in changed:
                    self._forget(one)
                elif not _wrote(connection):
                    self._remember(one, now)
            written = _written(connection, changed)
            new = {key: new[key] for key in changed if key not in written}

    def _remember(self, one: _Said, now: datetime) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        known = self._known.setdefault(one.iri, {})
        if len(known) >= _REMEMBERED_EACH:
            known.clear()
        known[one.digest] = now + _BELIEVED

    def _forget(self, one: _Said) -> None:
        """What it says may be the opposite of what was said before, which then is news again."""
        self._known.pop(one.iri, None)


def _wrote(connection: Connection) -> bool:
    """True when this transaction reads what it wrote itself and may still take back."""
    return connection.info.get(_WROTE) is connection.get_transaction()


def _rows(connection: Connection, keys: Sequence[str]) -> dict[str, AnyRow]:
    query = select(activity).where(activity.c.activity_key.in_(keys))
    return {row.activity_key: row for row in connection.execute(query)}


def _change(key: str, one: _Said, held: AnyRow | None, now: datetime) -> Json | None:
    """The row as it must be; None when it is so already."""
    known = exact.loads(held.definition.encode()) if held is not None else {}
    found = merged(known, one.definition)
    if exact.canonical(found) == exact.canonical(known):
        return None
    return {
        "activity_key": key,
        "iri": one.iri,
        "definition": exact.dumps(found).decode(),
        "version": 1 if held is None else held.version + 1,
        "updated": micros(now),
    }


def _written(connection: Connection, rows: Mapping[str, Json]) -> set[str]:
    """The keys of the rows that could be written: those that nobody else changed since they were read.

    In the order of their keys: two transactions with the same activities wait for each other in one order and cannot deadlock.
    """
    if not rows:
        return set()
    connection.info[_WROTE] = connection.get_transaction()
    new = sql.insert(connection, activity)
    changes = {name: new.excluded[name] for name in ("definition", "version", "updated")}
    unchanged = activity.c.version == new.excluded.version - 1
    new = new.on_conflict_do_update(index_elements=["activity_key"], set_=changes, where=unchanged)
    found = connection.execute(new.returning(activity.c.activity_key), [rows[key] for key in sorted(rows)])
    return set(found.scalars())
