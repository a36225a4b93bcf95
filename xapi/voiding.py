"""Voiding (xAPI 1.0.3, part 2, 2.3.2), and who may take evidence back by it.

Two marks on a voided statement. `voided_by` is the standard's: "an LRS MUST consider a Statement it contains voided if and
only if the Statement is not itself a voiding Statement and the LRS also contains a voiding Statement referring to the first":
GET hides it. `retracted_by` is ours: set only when the voiding came from the statement's own authority or with scope "all";
only then it stops being evidence, so that nobody else can take a learner's completion away.
An ordinary credential that voids what it may not is refused (403, as the standard says it should be). Two cases leave a voided
statement that still is evidence: a platform's voiding of what is not its own (never refused, never lost), and an unentitled
voiding that came before its target ("SHOULD NOT reject the request on the grounds of the Object ... not being present").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from xapi.entries import Entry
from xapi.errors import forbidden
from xapi.inserting import Earlier
from xapi.statement import VOIDED
from xapi.tables import statement

AnyRow = Row[*tuple[Any, ...]]
_HELD = (statement.c.id, statement.c.verb, statement.c.authority, statement.c.actor_key)


@dataclass(slots=True)
class Marks:
    """What to write: statement → voiding statement, twice; and whose evidence changes by it."""

    voided: dict[str, str] = field(default_factory=dict)
    retracted: dict[str, str] = field(default_factory=dict)
    actors: set[str] = field(default_factory=set)

    def add(self, target: str, voiding: str, actor: str | None, *, entitled: bool) -> None:
        self.voided.setdefault(target, voiding)
        if entitled:
            self.retracted.setdefault(target, voiding)
            self.actors |= {actor} if actor else set()


def is_voiding(statement: dict[str, Any]) -> bool:
    return bool(statement["verb"]["id"] == VOIDED)


def find(
    connection: Connection,
    fresh: Sequence[Entry],
    also_held: Iterable[str],
    earlier: Iterable[Earlier],
) -> Marks:
    """The marks that these new statements make, and receive from `earlier` voiding ones. Raises `Refused` 403.

    Holds every row that will be changed, in one order, together with `also_held`.
    """
    voiding = [entry for entry in fresh if entry.voids]
    held = _hold(connection, {*(entry.row["ref_id"] for entry in voiding), *also_held})
    marks = Marks()
    for entry in voiding:
        row = held.get(entry.row["ref_id"])
        if row is None or row.verb == VOIDED:  # not here yet; or "cannot itself be voided"
            continue
        entitled = entry.sender.voids_all or row.authority == entry.row["authority"]
        if not entitled and entry.sender.source is None:
            index = entry.draft.index
            raise forbidden("only the authority of a statement, or scope all, may void it", index=index)
        marks.add(row.id, entry.id, row.actor_key, entitled=entitled)
    _met_earlier(fresh, earlier, marks)
    return marks


def apply(connection: Connection, marks: Marks) -> None:
    """Write the marks; the first voiding stays."""
    for column, found in ((statement.c.voided_by, marks.voided), (statement.c.retracted_by, marks.retracted)):
        if found:
            change = (
                update(statement)
                .where(statement.c.id == bindparam("target"))
                .values({column: func.coalesce(column, bindparam("voiding"))})
            )
            connection.execute(change, [{"target": one, "voiding": found[one]} for one in sorted(found)])


def _met_earlier(fresh: Sequence[Entry], earlier: Iterable[Earlier], marks: Marks) -> None:
    """New statements that were voided before they came."""
    by_id = {entry.id: entry.row for entry in fresh if not entry.voids}
    for one in earlier:
        row = by_id.get(one.target)
        if row is not None:
            entitled = one.may_retract or one.authority == row["authority"]
            marks.add(one.target, one.id, row["actor_key"], entitled=entitled)


def _hold(connection: Connection, ids: set[str]) -> dict[str, AnyRow]:
    """The rows, locked in the order of their ids until the end of the transaction (SQLite has one writer anyway)."""
    if not ids:
        return {}
    rows = connection.execute(
        select(*_HELD).where(statement.c.id.in_(ids)).order_by(statement.c.id).with_for_update()
    )
    return {row.id: row for row in rows}
