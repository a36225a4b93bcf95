"""Contents of attachments in the database: each once, by its sha2, however many statements name it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from xapi import attachments, sql
from xapi.attachments import Contents
from xapi.tables import attachment, attachment_use, statement

Json = dict[str, Any]


def keep(connection: Connection, stored: Sequence[tuple[int, Json, Contents]]) -> None:
    """Store what these new statements (number, statement, what came along) name, in their transaction."""
    found: dict[str, bytes] = {}
    uses = []
    for seq, sent, contents in stored:
        for sha2 in attachments.named([sent]) & contents.keys():
            found[sha2] = contents[sha2]
            uses.append({"sha2": sha2, "seq": seq})
    if uses:
        # In one order: two transactions with the same contents wait for each other and cannot deadlock.
        rows = [{"sha2": sha2, "content": found[sha2]} for sha2 in sorted(found)]
        connection.execute(sql.insert(connection, attachment).on_conflict_do_nothing(), rows)
        connection.execute(attachment_use.insert(), uses)


def came_with(connection: Connection, statement_ids: Collection[str]) -> list[str]:
    """The sha2 of every content that came with one of these statements.

    Not by the sha2 a statement names alone: who knows one could else fetch what came with somebody else's statement.
    """
    query = (
        select(attachment_use.c.sha2)
        .join(statement, statement.c.seq == attachment_use.c.seq)
        .where(statement.c.id.in_(statement_ids))
        .distinct()
    )
    return sorted(connection.execute(query).scalars())


def sizes(connection: Connection, seqs: Collection[int]) -> dict[int, dict[str, int]]:
    """Of the statements of these numbers that came with contents: the bytes of each, by its sha2."""
    found: dict[int, dict[str, int]] = {}
    query = (
        select(attachment_use.c.seq, attachment.c.sha2, func.length(attachment.c.content))
        .join(attachment, attachment.c.sha2 == attachment_use.c.sha2)
        .where(attachment_use.c.seq.in_(seqs))
    )
    for seq, sha2, size in connection.execute(query):
        found.setdefault(seq, {})[sha2] = size
    return found


def content(connection: Connection, sha2: str) -> bytes | None:
    found = connection.execute(select(attachment.c.content).where(attachment.c.sha2 == sha2)).scalar()
    return None if found is None else bytes(found)
