"""Roster rows into tables, thousands at a time."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy import insert as plain_insert

from lti_tool.base.database import insert
from lti_tool.people import claims, tables
from lti_tool.people.making import rows_of
from lti_tool.people.oneness import canonicals
from lti_tool.people.roster_sheet import FACTS, SUB, Named, Row, facts


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who is known before an import: roster code → learner, login → learner, user name → subs; learners by canonical id."""

    roster: Mapping[str, str]
    logins: Mapping[tuple[str, str], str]
    usernames: Mapping[tuple[str, str], Collection[str]]

    @classmethod
    def of(cls, connection: Connection) -> "Arrived":
        row, login = tables.roster, tables.login
        listed = connection.execute(
            select(row.c.code, row.c.learner_id).where(row.c.learner_id.is_not(None))
        ).all()
        came = connection.execute(
            select(login.c.issuer, login.c.sub, login.c.username, login.c.learner_id)
        ).all()
        one = _canonicals(connection)
        usernames: dict[tuple[str, str], list[str]] = defaultdict(list)
        for found in came:
            usernames[found.issuer, found.username].append(found.sub)
        logins = {(found.issuer, found.sub): one.get(found.learner_id, found.learner_id) for found in came}
        return cls({code: one.get(learner_id, learner_id) for code, learner_id in listed}, logins, usernames)

    def subs(self, one: Named) -> list[str]:
        """The logins that came and that this name means; a sub also when it has not come yet."""
        return [one.value] if one.by == SUB else sorted(self.usernames.get((one.issuer, one.value), ()))


def _canonicals(connection: Connection) -> dict[str, str]:
    row = tables.learner
    merged = connection.execute(select(row.c.id).where(row.c.merged_into.is_not(None))).scalars().all()
    return canonicals(connection, merged)


def claims_of(row: Row) -> list[claims.Claim]:
    """What the row claims without any launch: the accounts of the subs it names."""
    return [claims.of_login(one.issuer, one.value)[0] for one in row.logins if one.by == SUB]


def write(connection: Connection, rows: Collection[Row], arrived: Arrived, now: datetime) -> None:
    """Store the rows, their logins and their claims; a row is the learner's who has it, else who came by its login, else a new one's."""
    taken = set(arrived.roster.values())
    owners: dict[str, str] = {}
    for row in rows:
        owners[row.code] = arrived.roster.get(row.code) or _came(row, arrived, taken) or secrets.token_hex(16)
        taken.add(owners[row.code])
    _learners(connection, owners.values(), now)
    _rows(connection, rows, owners, now)
    said = [one for row in rows for one in rows_of(owners[row.code], claims_of(row))]
    if said:
        connection.execute(insert(connection, tables.claim).on_conflict_do_nothing(), said)


def _came(row: Row, arrived: Arrived, taken: Collection[str]) -> str | None:
    came = (arrived.logins.get((one.issuer, sub)) for one in row.logins for sub in arrived.subs(one))
    return next((found for found in came if found and found not in taken), None)


def _learners(connection: Connection, owners: Collection[str], now: datetime) -> None:
    known = set(connection.execute(select(tables.learner.c.id)).scalars())
    fresh = [{"id": learner_id, "created_at": now} for learner_id in owners if learner_id not in known]
    if fresh:
        connection.execute(plain_insert(tables.learner), fresh)


def _rows(connection: Connection, rows: Collection[Row], owners: Mapping[str, str], now: datetime) -> None:
    stored = [
        {
            "code": row.code,
            "learner_id": owners[row.code],
            "imported_at": now,
            **dict(zip(FACTS, facts(row), strict=True)),
        }
        for row in rows
    ]
    adding = insert(connection, tables.roster)
    changes = {column: adding.excluded[column] for column in ("learner_id", "imported_at", *FACTS)}
    connection.execute(adding.on_conflict_do_update(index_elements=["code"], set_=changes), stored)
    named = [
        {"issuer": one.issuer, "by": one.by, "value": one.value, "code": row.code}
        for row in rows
        for one in row.logins
    ]
    if named:
        naming = insert(connection, tables.roster_login)
        moved = naming.on_conflict_do_update(
            index_elements=["issuer", "by", "value"], set_={"code": naming.excluded.code}
        )
        connection.execute(moved, named)
