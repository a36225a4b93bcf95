"""The roster: who is expected, what they are called, where they belong, and which logins are one person's.

It is the only way to join logins of different platforms. Importing the same file twice changes nothing; a row that names a login no
longer takes that join back.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from lti_tool.base import audit
from lti_tool.people import tables
from lti_tool.people.arrivals import link, separate
from lti_tool.people.oneness import Mark, keys_of, members, review_key
from lti_tool.people.roster_sheet import FACTS, Named, Problem, Row, facts, read
from lti_tool.people.roster_store import Arrived, claims_of, write
from lti_tool.people.units import Units


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or in a dry run would do; rows with a problem are left out and every one is named."""

    added: int
    changed: int
    unchanged: int
    problems: tuple[Problem, ...]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """The stored roster, read once."""

    facts: Mapping[str, tuple[str | None, ...]]
    logins: Mapping[str, frozenset[Named]]
    codes: Mapping[Named, str]

    def is_new(self, row: Row) -> bool:
        return row.code not in self.facts

    def is_same(self, row: Row) -> bool:
        return self.facts.get(row.code) == facts(row) and self.logins.get(row.code, frozenset()) == frozenset(
            row.logins
        )


def import_(
    connection: Connection,
    content: bytes,
    *,
    issuers: Mapping[str, str],
    units: Units,
    who: str,
    now: datetime,
    mark: Mark,
    dry_run: bool = False,
) -> Report:
    """Take the good rows of a CSV file in; name the bad ones. See `roster_sheet.read` for the columns."""
    sheet = read(content, issuers, units)
    known = _stored(connection)
    taken = {problem.line: problem for problem in _taken(sheet.rows, known)}
    rows = [row for row in sheet.rows if row.line not in taken]
    problems = sorted([*sheet.problems, *taken.values()], key=lambda problem: problem.line)
    fresh = [row for row in rows if not known.is_same(row)]
    added = sum(known.is_new(row) for row in fresh)
    report = Report(added, len(fresh) - added, len(rows) - len(fresh), tuple(problems), dry_run)
    if fresh and not dry_run:
        _apply(connection, fresh, known, now, mark)
        counts = {"added": report.added, "changed": report.changed, "problems": len(report.problems)}
        audit.record(connection, who=who, act="roster.import", subject="roster:all", details=counts, at=now)
    return report


def _stored(connection: Connection) -> _Known:
    row, entry = tables.roster, tables.roster_login
    stored = {
        found.code: tuple(found)[1:]
        for found in connection.execute(select(row.c.code, *(row.c[fact] for fact in FACTS)))
    }
    named = connection.execute(select(entry.c.issuer, entry.c.by, entry.c.value, entry.c.code)).all()
    codes = {Named(found.issuer, found.by, found.value): found.code for found in named}
    logins: dict[str, set[Named]] = {}
    for one, code in codes.items():
        logins.setdefault(code, set()).add(one)
    return _Known(stored, {code: frozenset(found) for code, found in logins.items()}, codes)


def _taken(rows: tuple[Row, ...], known: _Known) -> Iterator[Problem]:
    """A login stays with the row that has it until a file names it nowhere or moves both rows at once."""
    listed = {row.code for row in rows}
    for row in rows:
        for one in row.logins:
            other = known.codes.get(one)
            if other not in {None, row.code} and other not in listed:
                yield Problem(row.line, "login_taken", {"code": other or "", "login": one.value})
                break


def _apply(connection: Connection, rows: list[Row], known: _Known, now: datetime, mark: Mark) -> None:
    arrived = Arrived.of(connection)
    # All marks first: a reviewer holds marks while it waits for learners, never the other way.
    mine = {review_key(arrived.roster[row.code]) for row in rows if row.code in arrived.roster}
    mark(connection, mine | {claim.actor_key for row in rows for claim in claims_of(row)})
    for row in rows:
        gone = known.logins.get(row.code, frozenset()) - set(row.logins)
        for one in sorted(gone, key=lambda one: (one.issuer, one.by, one.value)):
            _unname(connection, row.code, one, arrived.subs(one), now, mark)
    write(connection, rows, arrived, now)
    for row in rows:
        for one in row.logins:
            for sub in arrived.subs(one):
                if (one.issuer, sub) in arrived.logins:  # the others are linked when they come
                    link(connection, row.code, one.issuer, sub, mark)


def _unname(
    connection: Connection, code: str, gone: Named, subs: Collection[str], now: datetime, mark: Mark
) -> None:
    """The row names this login no longer: what it joined is parted again."""
    entry = tables.roster_login
    owner = connection.execute(
        select(tables.roster.c.learner_id).where(tables.roster.c.code == code)
    ).scalar()
    connection.execute(
        delete(entry).where(
            entry.c.issuer == gone.issuer,
            entry.c.by == gone.by,
            entry.c.value == gone.value,
            entry.c.code == code,
        )
    )
    if owner:
        mark(connection, {review_key(owner), *keys_of(connection, members(connection, owner))})
        for sub in subs:
            separate(connection, owner, gone.issuer, sub, now)
