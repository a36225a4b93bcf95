"""Who was erased: not their identifiers but keyed hashes of them.

By them what is sent about a person later is stored under the same replaced account. Without the key file nobody can tell from
the table who it was, however few people may be guessed at.
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from xapi import identity, sql
from xapi.entries import Clock
from xapi.formats import micros
from xapi.masking import Json, Mask
from xapi.masking import erased as stand_in
from xapi.saving import Arrival
from xapi.tables import erased as table

# How long a process may not know of an erasure. The erasing command waits longer between marking and rewriting.
BELIEVED = timedelta(seconds=1)


class Erased:
    """The marks as a process knows them: looked up once a second at most, because writing must not wait for a query more."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock
        self._known: Mapping[str, str] = {}
        self._read_at: datetime | None = None

    def arrivals(self, connection: Connection, arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
        """These, with nobody in them who was erased."""
        mask = self.mask(connection)
        return arrivals if mask is None else [one.masked(mask) for one in arrivals]

    def mask(self, connection: Connection) -> Mask | None:
        """What replaces agents that were erased; None while there is nobody."""
        now = self._clock()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < BELIEVED:
            rows = connection.execute(select(table.c.mark, table.c.account))
            self._known, self._read_at = {row.mark: row.account for row in rows}, now
        return self._masked if self._known else None

    def _masked(self, agent: Json) -> Json:
        told = identity.told(agent)
        account = self._known.get(mark(self._key, told[1])) if told else None
        if account is None:
            return agent
        kept: Json = {name: agent[name] for name in ("objectType", "member") if name in agent}
        return {**kept, **stand_in(account)}


def mark(key: bytes, actor_key: str) -> str:
    """64 hexadecimal digits."""
    return hmac.digest(key, f"erased|{actor_key}".encode(), "sha256").hex()


def remember(
    connection: Connection, key: bytes, actor_keys: Collection[str], account: str, now: datetime
) -> None:
    """From now on these actors are `account`."""
    rows = [
        {"mark": mark(key, actor_key), "account": account, "at": micros(now)}
        for actor_key in sorted(set(actor_keys))
    ]
    if rows:
        connection.execute(sql.insert(connection, table).on_conflict_do_nothing(), rows)


def account_of(connection: Connection, key: bytes, actor_keys: Collection[str]) -> str | None:
    """The account some of these already are: an erasure that was begun is gone on with, not begun anew."""
    marks = sorted(mark(key, actor_key) for actor_key in actor_keys)
    found = (
        select(table.c.account).where(table.c.mark.in_(marks)).order_by(table.c.at, table.c.account).limit(1)
    )
    known: str | None = connection.execute(found).scalar()
    return known
