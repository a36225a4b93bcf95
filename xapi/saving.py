"""Statements into the database: a fixed number of round trips per batch, locks always in one order."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from xapi import contents, sql, tables, voiding
from xapi.attachments import Contents
from xapi.drafts import Draft
from xapi.entries import Clock, Entry, entries
from xapi.equality import same_content, same_moment
from xapi.errors import conflict
from xapi.formats import micros
from xapi.inserting import Earlier, insert
from xapi.lrs import Saved, Sender
from xapi.masking import Mask, masked_bad, masked_draft
from xapi.quarantine import Bad

AnyRow = Row[*tuple[Any, ...]]
_statement = tables.statement
AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one request brought. `bad`: what a platform sent and no store may take; `arrived`: when it came, if not just now.

    `contents`: of the attachments that came along.
    """

    drafts: Sequence[Draft]
    sender: Sender
    bad: Sequence[Bad] = ()
    arrived: datetime | None = None
    contents: Contents = field(default_factory=dict)

    def masked(self, mask: Mask) -> "Arrival":
        """With other agents in place of some, in what is no statement too."""
        drafts = [masked_draft(draft, mask) for draft in self.drafts]
        return replace(self, drafts=drafts, bad=[masked_bad(bad, mask) for bad in self.bad])


@dataclass(slots=True)
class _Done:
    """What has become of one arrival so far."""

    ids: list[str] = field(default_factory=list)
    actors: set[str] = field(default_factory=set)
    last: int = 0


def save(
    connection: Connection, arrivals: Sequence[Arrival], clock: Clock, numbers: Sequence[int] = ()
) -> list[Saved]:
    """Store everything of these requests, or raise `Refused` (409, 403) after which the caller rolls back.

    For a platform (`sender.source`) nothing is refused: a repetition is recognised and counts again for the order of
    arrival; other content under a known id is kept under an id derived from both. `numbers`: for all of them, where
    the transaction began with them.
    """
    done = [_Done() for _ in arrivals]
    kept: list[tuple[int, dict[str, Any], Contents]] = []
    drafts = [(draft, number) for number, arrival in enumerate(arrivals) for draft in arrival.drafts]
    for start in range(0, len(drafts), AT_ONCE):
        part = drafts[start : start + AT_ONCE]
        found, touched = _save_some(
            connection, [(draft, arrivals[number].sender) for draft, number in part], clock, numbers
        )
        for (_, number), entry in zip(part, found, strict=True):
            _note(done[number], entry)
            if arrivals[number].contents and not entry.repeated:
                kept.append((entry.seq, entry.draft.sent, arrivals[number].contents))
        done[part[0][1]].actors |= touched
    contents.keep(connection, kept)
    for arrival, one in zip(arrivals, done, strict=True):
        if arrival.arrived is not None and one.ids:
            _came(connection, one.ids, micros(arrival.arrived))
    return [Saved(tuple(one.ids), frozenset(one.actors), one.last) for one in done]


def _note(done: _Done, entry: Entry) -> None:
    done.ids.append(entry.id)
    done.last = entry.seq
    actor = entry.row["actor_key"]
    if actor and (entry.sender.source or not entry.repeated):
        done.actors.add(actor)


def _save_some(
    connection: Connection, drafts: Sequence[tuple[Draft, Sender]], clock: Clock, numbers: Sequence[int]
) -> tuple[list[Entry], set[str]]:
    """The entries, and the actors of what they voided."""
    numbers = numbers or _numbers(connection, drafts, clock)
    # The clock is read only now: whoever sees no lock of ours stores nothing older than what it sees.
    found = entries(drafts, numbers, clock())
    earlier = _place(connection, found)
    fresh = [entry for entry in found if not entry.repeated]
    repeated = {entry.id: entry.seq for entry in found if entry.counts_again and entry.sender.source}
    marks = voiding.find(connection, fresh, repeated, earlier)
    count_again(connection, repeated)
    voiding.apply(connection, marks)
    return found, marks.actors


def _numbers(connection: Connection, drafts: Sequence[tuple[Draft, Sender]], clock: Clock) -> Sequence[int]:
    alone = any(voiding.is_voiding(draft.sent) for draft, _ in drafts)
    return sql.numbers(connection, len(drafts), second=int(clock().timestamp()), alone=alone)


def _came(connection: Connection, ids: Sequence[str], arrived: int) -> None:
    """Note that these came earlier than they are stored."""
    later = func.coalesce(_statement.c.arrived, _statement.c.stored) > arrived
    for start in range(0, len(ids), AT_ONCE):
        some = sorted(ids[start : start + AT_ONCE])
        connection.execute(update(_statement).where(_statement.c.id.in_(some), later).values(arrived=arrived))


def _place(connection: Connection, found: Sequence[Entry]) -> list[Earlier]:
    """Give every entry its place: inserted, or recognised as there already. Who voided any of them before it came."""
    pending, earlier = list(found), []
    while pending:
        inserted, voided = insert(connection, pending)
        earlier += voided
        clashed = [entry for entry in pending if entry.seq not in inserted]
        holders = _holders(connection, clashed) if clashed else {}
        pending = [entry for entry in clashed if not _settled(entry, holders.get(entry.id))]
    return earlier


def _holders(connection: Connection, clashed: Sequence[Entry]) -> dict[str, AnyRow]:
    row = _statement.c
    columns = (row.id, row.source, row.content_hash, row.timestamp, row.registration)
    ids = {entry.id for entry in clashed}
    return {row.id: row for row in connection.execute(select(*columns).where(_statement.c.id.in_(ids)))}


def _settled(entry: Entry, holder: AnyRow | None) -> bool:
    """True for a repetition; otherwise the entry is to be tried again under its next id."""
    if holder is None:  # the other writer gave up meanwhile
        return False
    draft, source = entry.draft, entry.sender.source
    # What another sender wrote under this id first must not swallow the platform's own word.
    trusted = source is None or holder.source == source
    if (
        trusted
        and same_content(holder.content_hash, draft.fingerprint)
        and same_moment(draft.event_time, holder.timestamp)
    ):
        entry.repeated = True
        # Another registration under one content: another run sends the same event again, so it keeps its place in the order.
        entry.counts_again = holder.registration == entry.row["registration"]
        return True
    if source is None:
        raise conflict("a different statement with this id is there already", index=draft.index)
    entry.rename()
    return False


def count_again(connection: Connection, repeated: dict[str, int]) -> None:
    """By id the number of its resend: "A repeated content counts again for order of arrival"; never backwards, when two overtake each other."""
    if repeated:
        change = (
            update(_statement)
            .where(_statement.c.id == bindparam("held"), _statement.c.last_seq < bindparam("number"))
            .values(last_seq=bindparam("number"))
        )
        connection.execute(change, [{"held": held, "number": repeated[held]} for held in sorted(repeated)])
