"""Everything that is held about one person, as one JSON value: what they may ask for (their data, in a usual form)."""

import base64
import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from certificates import register
from certificates.tables import certificate
from lti_tool.base import session_tables
from lti_tool.base import tables as base
from lti_tool.coaching import tables as coaching
from lti_tool.ledger import delivery_tables
from lti_tool.ledger import tables as ledger
from lti_tool.people import erasure
from lti_tool.people import tables as people
from lti_tool.people.erasure import Person
from xapi import document_tables, taking_out
from xapi import tables as xapi

FORMAT = "donghanh-person/1"


def person(connection: Connection, learner_id: str, now: datetime) -> dict[str, Any]:
    """Rows by table, statements as they are stored, documents as base64. Reads only."""
    found = erasure.person(connection, learner_id)
    tables = {table.name: _rows(connection, table, where) for table, where in _tables(found)}
    return {
        "format": FORMAT,
        "made": now.isoformat(),
        "learner": found.ids[0],
        "tables": {name: rows for name, rows in tables.items() if rows},
        "certificates": {
            one.number: _pdf(connection, one.number)
            for id_ in found.ids
            for one in register.of_holder(connection, id_)
        },
        "statements": list(taking_out.statements(connection, found.keys)),
        "mentions": list(taking_out.mentions(connection, found.keys)),
    }


def _tables(found: Person) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    ids, keys = list(found.ids), sorted(found.keys)
    for table in (
        people.login, people.claim, people.join, people.roster, ledger.outcome, ledger.attention, coaching.question,
        coaching.answer, delivery_tables.seat, delivery_tables.delivery, session_tables.launch,
    ):  # fmt: skip
        yield table, table.c.learner_id.in_(ids)
    yield people.learner, people.learner.c.id.in_(ids)
    yield certificate, certificate.c.holder.in_(ids)
    for table in (people.actor, people.pending, xapi.quarantine, document_tables.document):
        yield table, table.c.actor_key.in_(keys)
    yield people.roster_login, people.roster_login.c.code.in_(found.codes)
    yield base.audit, or_(*(base.audit.c.subject == f"learner:{one}" for one in ids))


def _rows(connection: Connection, table: Table, where: ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = connection.execute(select(table).where(where).order_by(*table.primary_key.columns))
    return [{name: _plain(value) for name, value in row.items()} for row in rows.mappings()]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    return value


def _pdf(connection: Connection, number: str) -> str | None:
    content = register.document_of(connection, number)
    return None if content is None else base64.b64encode(content).decode()


def written(found: Collection[Any]) -> bytes:
    """The file's bytes."""
    return json.dumps(found, ensure_ascii=False, indent=1).encode()
