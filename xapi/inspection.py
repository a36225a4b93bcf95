"""Do indexes, links and marks agree with the payloads? Pages through the whole store and names every row that does not.

The payload is the truth: every column and link is made anew from it (`expected`). Safe beside a store at work: what looks wrong
is read once more in a view of its own before it is named, because a page's queries may see a writer's two halves.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, exists, func, null, select, text, tuple_

from xapi import expected, quarantine, sql, tables
from xapi.embedded import Transaction
from xapi.links import Links
from xapi.statement import VOIDED

_statement, _payload = tables.statement, tables.payload
_PAGE = 500
_AT_ONCE = 400
LINKS = ((tables.activity_link, "activity_key"), (tables.agent_link, "actor_key"))
Pairs = dict[tuple[str, int], bool | None]
Read = tuple[
    Any, dict[str, Any] | None, Links
]  # a row, its statement (None where it is none) and what that is about
Progress = Callable[[int, int], None]
Look = Callable[[Connection], Iterator["Fault"]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`table` and the row's key; `field`: the column, "" for the whole row."""

    table: str
    row: str
    field: str
    says: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}{' ' + self.field if self.field else ''}: {self.says}"


def inspect(read: Transaction, progress: Progress = lambda _done, _last: None) -> Iterator[Fault]:
    """Every fault, in the order of the store. `progress(number, last number)` after each page of statements."""
    return _Inspection(read, progress).faults()


class _Inspection:
    """One walk.

    `asked` counts the links that the payloads ask for, by table: only where a table holds another number, or one of its rows is
    wrong, is a walk over it for strays worth its time (three links a statement, each with a payload to read).
    """

    def __init__(self, read: Transaction, progress: Progress) -> None:
        self._read = read
        self._progress = progress
        self._asked: Counter[str] = Counter()
        self._wrong: set[str] = set()

    def faults(self) -> Iterator[Fault]:
        yield from self._looked(_database)
        yield from self._looked(_doubles)
        yield from self._looked(_orphans)
        with self._read() as connection:
            last = connection.execute(select(func.max(_statement.c.seq))).scalar() or 0
        for numbers, faults in self._pages(last):
            for fault in faults:
                self._wrong.add(fault.table)
                yield fault
            self._progress(numbers[-1], last)
        for table, key in LINKS:
            if table.name in self._wrong or self._has_strays(table, last):
                yield from self._strays(table, key)
        yield from self._waiting()

    def _pages(self, last: int) -> Iterator[tuple[list[int], list[Fault]]]:
        """The numbers of each page and its faults; every payload is read once, unless something looks wrong."""
        number, after = _statement.c.seq, 0
        while True:
            wanted = select(number).where(number > after, number <= last, _kept(number))
            wanted = wanted.order_by(number).limit(_PAGE)
            with self._read() as connection:
                numbers = list(connection.execute(wanted).scalars())
                page = _rows(connection, numbers)
                found = list(_faults(connection, page))
            if not numbers:
                return
            after = numbers[-1]
            self._ask(page)
            yield numbers, self._again(found, numbers) if found else []

    def _again(self, found: Sequence[Fault], numbers: Sequence[int]) -> list[Fault]:
        with self._read() as connection:
            again = set(_faults(connection, _rows(connection, numbers)))
        return [fault for fault in found if fault in again]

    def _ask(self, page: Sequence[Read]) -> None:
        for _, statement, found in page:
            if statement is not None:
                self._asked[tables.activity_link.name] += len(found.activities)
                self._asked[tables.agent_link.name] += len(found.agents)

    def _has_strays(self, table: Table, last: int) -> bool:
        number = table.c.seq
        end = select(func.coalesce(func.max(_statement.c.seq), 0)).scalar_subquery()
        wanted = select(func.count().filter(number <= last), func.count().filter(number > end))
        wanted = wanted.where(_kept(number))
        with self._read() as connection:
            inside, beyond = connection.execute(wanted).one()
        return beyond > 0 or inside != self._asked[table.name]

    def _looked(self, look: Look) -> Iterator[Fault]:
        """What two looks agree on."""
        with self._read() as connection:
            found = list(look(connection))
        if found:
            with self._read() as connection:
                again = set(look(connection))
            yield from (fault for fault in found if fault in again)

    def _strays(self, table: Table, key: str) -> Iterator[Fault]:
        """Links that no payload asks for, page by page of the link table."""
        columns, after = (table.c[key], table.c.seq), ("", 0)
        while True:
            wanted = select(*columns).where(tuple_(*columns) > tuple_(*after), _kept(table.c.seq))
            with self._read() as connection:
                page = [
                    (row[0], row[1]) for row in connection.execute(wanted.order_by(*columns).limit(_PAGE))
                ]
            if not page:
                return
            after = page[-1]
            yield from self._looked(partial(_unasked, table=table, page=page))

    def _waiting(self) -> Iterator[Fault]:
        """Whom a quarantined body names is what its owner's review waits for."""
        after = 0
        while True:
            with self._read() as connection:
                page = quarantine.list_(connection, after=after)
            for one in page:
                if one.actor_key != quarantine.actor_key(one.raw):
                    yield Fault("xapi_quarantine", str(one.id), "actor_key", "the body names another actor")
            if not page:
                return
            after = page[-1].id


def _database(connection: Connection) -> Iterator[Fault]:
    """SQLite looks itself whether its indexes have every row; PostgreSQL's own tool for that is the extension amcheck."""
    if sql.is_sqlite(connection):
        for says in connection.execute(text("PRAGMA integrity_check(100)")).scalars():
            if says != "ok":
                yield Fault("database", "file", "", str(says))


def _doubles(connection: Connection) -> Iterator[Fault]:
    row = _statement.c
    twice = select(row.id, func.count().label("times")).group_by(row.id).having(func.count() > 1)
    for found in connection.execute(twice):
        yield Fault("xapi_statement", found.id, "id", f"it is there {found.times} times")


def _orphans(connection: Connection) -> Iterator[Fault]:
    alone = ~exists().where(_statement.c.seq == _payload.c.seq)
    for number in connection.execute(select(_payload.c.seq).where(alone)).scalars():
        yield Fault("xapi_payload", str(number), "", "no statement has it")


def _kept(number: ColumnElement[int]) -> ColumnElement[bool]:
    """Of a dropped range nothing can be made anew."""
    return ~exists().where(tables.dropped.c.first <= number, tables.dropped.c.last >= number)


def _rows(connection: Connection, numbers: Sequence[int]) -> list[Read]:
    number = _statement.c.seq
    wanted = select(_statement, _payload.c.payload).outerjoin(_payload, _payload.c.seq == number)
    wanted = wanted.where(number.in_(numbers), _kept(number)).order_by(number)
    return [(row, *expected.read(row.payload)) for row in connection.execute(wanted)]


def _faults(connection: Connection, page: Sequence[Read]) -> Iterator[Fault]:
    activities: Pairs = {}
    agents: Pairs = {}
    identifiers: dict[str, dict[str, Any]] = {}
    for row, statement, found in page:
        if statement is None:
            says = "it is missing" if row.payload is None else "it is no statement"
            yield Fault("xapi_statement", row.id, "payload", says)
            continue
        for field, says in expected.columns(row, statement):
            yield Fault("xapi_statement", row.id, field, says)
        of_activities, of_agents = expected.pairs(row.seq, found)
        activities |= of_activities
        agents |= of_agents
        identifiers |= found.identifiers
    yield from _linked(connection, tables.activity_link, "activity_key", activities)
    yield from _linked(connection, tables.agent_link, "actor_key", agents)
    yield from _agents(connection, identifiers)
    yield from _marks(connection, [row for row, _, _ in page])


def _linked(connection: Connection, table: Table, key: str, wanted: Pairs) -> Iterator[Fault]:
    """Each link that must be there is, and an agent's says rightly whether it is direct."""
    columns, names = (table.c[key], table.c.seq), sorted(wanted)
    direct = table.c.direct if "direct" in table.c else null()
    held: Pairs = {}
    for start in range(0, len(names), _AT_ONCE):
        part = tuple_(*columns).in_(names[start : start + _AT_ONCE])
        held |= {(row[0], row[1]): row[2] for row in connection.execute(select(*columns, direct).where(part))}
    for pair in names:
        if pair not in held:
            yield Fault(table.name, f"{pair[0]}/{pair[1]}", "", "it is missing")
        elif held[pair] != wanted[pair]:
            yield Fault(table.name, f"{pair[0]}/{pair[1]}", "direct", f"the payload says {wanted[pair]}")


def _agents(connection: Connection, wanted: dict[str, dict[str, Any]]) -> Iterator[Fault]:
    row, keys = tables.agent.c, sorted(wanted)
    held: dict[str, str] = {}
    for start in range(0, len(keys), _AT_ONCE):
        part = select(row.actor_key, row.ifi).where(row.actor_key.in_(keys[start : start + _AT_ONCE]))
        held |= {found.actor_key: found.ifi for found in connection.execute(part)}
    for key in keys:
        if key not in held:
            yield Fault("xapi_agent", key, "", "it is missing")
        elif expected.held(held[key]) != wanted[key]:
            yield Fault("xapi_agent", key, "ifi", "the payload has another identifier")


def _marks(connection: Connection, rows: Sequence[Any]) -> Iterator[Fault]:
    """Voided exactly if a voiding statement refers to it and it is none itself (part 2, 2.3.2); see `voiding` for retracted."""
    row, ids = _statement.c, [one.id for one in rows]
    voidings: dict[str, list[Any]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        wanted = select(row.ref_id, row.id, row.authority, row.may_retract).where(
            row.ref_id.in_(ids[start : start + _AT_ONCE]), row.verb.concat("") == VOIDED
        )
        for found in connection.execute(wanted):
            voidings.setdefault(found.ref_id, []).append(found)
    for one in rows:
        by = [] if one.verb == VOIDED else voidings.get(one.id, [])
        entitled = {each.id for each in by if each.may_retract or each.authority == one.authority}
        yield from _mark(one.id, "voided_by", one.voided_by, {each.id for each in by})
        yield from _mark(one.id, "retracted_by", one.retracted_by, entitled)


def _mark(statement_id: str, field: str, held: str | None, may: set[str]) -> Iterator[Fault]:
    if held is None and may:
        yield Fault("xapi_statement", statement_id, field, f"{min(may)} does so, and it is not marked")
    if held is not None and held not in may:
        yield Fault("xapi_statement", statement_id, field, f"{held} does no such thing")


def _unasked(connection: Connection, table: Table, page: Sequence[tuple[str, int]]) -> Iterator[Fault]:
    numbers = sorted({number for _, number in page})
    found: dict[int, Links] = {}
    for row in connection.execute(select(_payload).where(_payload.c.seq.in_(numbers))):
        found[row.seq] = expected.read(row.payload)[1]
    for key, number in page:
        mine = found.get(number, Links())
        if key not in (mine.activities if table is tables.activity_link else mine.agents):
            yield Fault(table.name, f"{key}/{number}", "", "no statement asks for it")
