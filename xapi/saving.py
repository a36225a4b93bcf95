"""Statements into the database: a fixed number of round trips per batch, locks always in one order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from xapi import exact, identity, sql, tables, voiding
from xapi.complete import complete
from xapi.drafts import Draft
from xapi.equality import same_moment
from xapi.errors import conflict
from xapi.formats import from_micros, micros, written
from xapi.links import Links, links
from xapi.lrs import Saved, Sender
from xapi.statement import VOIDED

AnyRow = Row[*tuple[Any, ...]]
Clock = Callable[[], datetime]
_statement = tables.statement
_AT_ONCE = 5000  # SQLite takes 32,766 values in one statement


@dataclass(slots=True)
class Entry:
    """A draft with its number, its row and what it is about."""

    draft: Draft
    row: dict[str, Any]
    links: Links
    repeated: bool = False
    counts_again: bool = False
    attempt: int = 0

    @property
    def seq(self) -> int:
        return int(self.row["seq"])

    @property
    def id(self) -> str:
        return str(self.row["id"])


def save(
    connection: Connection,
    drafts: Sequence[Draft],
    sender: Sender,
    clock: Clock,
    *,
    arrived: datetime | None = None,
) -> Saved:
    """Store all, or raise `Refused` (409, 403) after which the caller rolls back. `arrived`: when they came, if not just now.

    For a platform (`sender.source`) nothing is refused: a repetition is recognised and counts again for the order of
    arrival; other content under a known id is kept under an id derived from both.
    """
    ids: list[str] = []
    actors: set[str] = set()
    last = 0
    for start in range(0, len(drafts), _AT_ONCE):
        part = drafts[start : start + _AT_ONCE]
        entries, touched = _save_some(connection, part, sender, clock)
        if arrived is not None:
            _came(connection, entries, micros(arrived))
        ids.extend(entry.id for entry in entries)
        actors |= touched
        last = entries[-1].seq
    return Saved(tuple(ids), frozenset(actors), last)


def _save_some(
    connection: Connection, drafts: Sequence[Draft], sender: Sender, clock: Clock
) -> tuple[list[Entry], set[str]]:
    entries = _entries(connection, drafts, sender, clock)
    _save_agents(connection, entries)
    _place(connection, entries, sender)
    fresh = [entry for entry in entries if not entry.repeated]
    _save_links(connection, fresh)
    repeated = {entry.id: entry.seq for entry in entries if entry.counts_again} if sender.source else {}
    marks = voiding.find(connection, [(entry.draft.index, entry.row) for entry in fresh], repeated, sender)
    _move(connection, repeated)
    voiding.apply(connection, marks)
    counted = entries if sender.source else fresh
    return entries, {entry.row["actor_key"] for entry in counted if entry.row["actor_key"]} | marks.actors


def _came(connection: Connection, entries: Sequence[Entry], arrived: int) -> None:
    """Note that these came earlier than they are stored."""
    later = func.coalesce(_statement.c.arrived, _statement.c.stored) > arrived
    ids = sorted(entry.id for entry in entries)
    connection.execute(update(_statement).where(_statement.c.id.in_(ids), later).values(arrived=arrived))


def _entries(connection: Connection, drafts: Sequence[Draft], sender: Sender, clock: Clock) -> list[Entry]:
    voids = any(draft.sent["verb"]["id"] == VOIDED for draft in drafts)
    numbers = sql.numbers(connection, len(drafts), second=int(clock().timestamp()), alone=voids)
    stored = clock()  # read only now: whoever sees no lock of ours stores nothing older than what it sees
    return [
        Entry(draft, _row(draft, number, stored, sender), links(draft.sent))
        for draft, number in zip(drafts, numbers, strict=True)
    ]


def _row(draft: Draft, number: int, stored: datetime, sender: Sender) -> dict[str, Any]:
    sent, target = draft.sent, draft.sent["object"]
    named = target.get("objectType", "Activity")
    at = micros(stored)
    registration = sent.get("context", {}).get("registration")
    row = {
        "seq": number,
        "id": draft.name(0),
        "original_id": None,
        "source": sender.source,
        "credential_key": sender.credential_key,
        "authority": identity.key(sender.authority) or "",
        "actor_key": identity.key(sent["actor"]),
        "verb": sent["verb"]["id"],
        "object_id": target["id"] if named == "Activity" else None,
        "registration": registration and registration.lower(),
        "ref_id": target["id"].lower() if named == "StatementRef" else None,
        "timestamp": at if draft.event_time is None else draft.event_time,
        "stored": at,
        "last_seq": number,
        "content_hash": draft.fingerprint,
        "flag": draft.flag,
        "may_retract": sender.voids_all if sent["verb"]["id"] == VOIDED else None,
    }
    return _named(row, draft, sender)


def _named(row: dict[str, Any], draft: Draft, sender: Sender) -> dict[str, Any]:
    """The row with its payload and, when it is kept under another id than sent, the id as sent."""
    if draft.sent_id and row["id"] != draft.sent_id:
        row["original_id"] = draft.sent_id
    stored = written(from_micros(row["stored"]))
    whole = complete(draft.sent, statement_id=row["id"], stored=stored, authority=sender.authority)
    row["payload"] = exact.dumps(whole).decode()
    return row


def _place(connection: Connection, entries: Sequence[Entry], sender: Sender) -> None:
    """Give every entry its place: inserted, or recognised as there already."""
    pending = list(entries)
    while pending:
        inserted = _insert(connection, pending)
        clashed = [entry for entry in pending if entry.seq not in inserted]
        holders = _holders(connection, clashed) if clashed else {}
        pending = [entry for entry in clashed if not _settled(entry, holders.get(entry.id), sender)]


def _insert(connection: Connection, entries: Sequence[Entry]) -> set[int]:
    # Sorted by id: two transactions with the same statements wait for each other in one order and cannot deadlock.
    rows = [entry.row for entry in sorted(entries, key=lambda entry: (entry.id, entry.seq))]
    statement = sql.insert(connection, _statement).on_conflict_do_nothing(index_elements=["id"])
    return set(connection.execute(statement.returning(_statement.c.seq), rows).scalars())


def _holders(connection: Connection, entries: Sequence[Entry]) -> dict[str, AnyRow]:
    row = _statement.c
    columns = (row.id, row.source, row.content_hash, row.timestamp, row.registration)
    ids = {entry.id for entry in entries}
    return {row.id: row for row in connection.execute(select(*columns).where(_statement.c.id.in_(ids)))}


def _settled(entry: Entry, holder: AnyRow | None, sender: Sender) -> bool:
    """True for a repetition; otherwise the entry is to be tried again under its next id."""
    if holder is None:  # the other writer gave up meanwhile
        return False
    draft = entry.draft
    # What another sender wrote under this id first must not swallow the platform's own word.
    trusted = sender.source is None or holder.source == sender.source
    if (
        trusted
        and holder.content_hash == draft.fingerprint
        and same_moment(draft.event_time, holder.timestamp)
    ):
        entry.repeated = True
        # Another registration under one content: another run sends the same event again, so it keeps its place in the order.
        entry.counts_again = holder.registration == entry.row["registration"]
        return True
    if sender.source is None:
        raise conflict("a different statement with this id is there already", index=draft.index)
    entry.attempt += 1
    entry.row["id"] = draft.name(entry.attempt)
    _named(entry.row, draft, sender)
    return False


def _save_agents(connection: Connection, entries: Sequence[Entry]) -> None:
    found = {key: value for entry in entries for key, value in entry.links.identifiers.items()}
    if found:
        rows = [{"actor_key": key, "ifi": exact.dumps(found[key]).decode()} for key in sorted(found)]
        connection.execute(sql.insert(connection, tables.agent).on_conflict_do_nothing(), rows)


def _save_links(connection: Connection, entries: Sequence[Entry]) -> None:
    activities = [
        {"activity_key": key, "seq": entry.seq, "direct": direct}
        for entry in entries
        for key, direct in entry.links.activities.items()
    ]
    agents = [
        {"actor_key": key, "seq": entry.seq, "direct": direct}
        for entry in entries
        for key, direct in entry.links.agents.items()
    ]
    if activities:
        connection.execute(tables.activity_link.insert(), activities)
    if agents:
        connection.execute(tables.agent_link.insert(), agents)


def _move(connection: Connection, repeated: dict[str, int]) -> None:
    """The standard: "A repeated content counts again for order of arrival"; never backwards, when two resends overtake each other."""
    if repeated:
        change = (
            update(_statement)
            .where(_statement.c.id == bindparam("held"), _statement.c.last_seq < bindparam("number"))
            .values(last_seq=bindparam("number"))
        )
        connection.execute(change, [{"held": held, "number": repeated[held]} for held in sorted(repeated)])
