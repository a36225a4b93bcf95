"""Whom a process knows is not written again; and nobody is ever missing for that."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete

from lti_tool.base.database import Database
from tests.only import on_postgresql
from tests.xapi.support import Heard
from xapi import identity, tables
from xapi.embedded import EmbeddedLrs, agent
from xapi.known_agents import KnownAgents
from xapi.lrs import Sender

Make = Callable[..., dict[str, Any]]
AN = {"mbox": "mailto:an@b.vn"}
KEY = identity.mbox_key("an@b.vn")


def is_there(database: Database) -> bool:
    with database.reading() as connection:
        return agent(connection, KEY) == AN


@on_postgresql
@pytest.mark.parametrize(("times", "again"), [(1, True), (2, False)])
def test_who_was_met_a_second_time_is_not_sent_to_the_database_again(
    lrs: EmbeddedLrs, database: Database, sender: Sender, statement: Make, times: int, again: bool
):
    for _ in range(times):
        lrs.save([statement(actor=AN)], sender)
    with database.transaction() as connection:
        connection.execute(delete(tables.agent))
    lrs.save([statement(actor=AN)], sender)
    assert is_there(database) == again


def test_a_transaction_that_is_taken_back_is_not_remembered(
    lrs: EmbeddedLrs, database: Database, heard: Heard, sender: Sender, statement: Make
):
    heard.fail_with = RuntimeError("full")
    for _ in range(2):
        with pytest.raises(RuntimeError):
            lrs.save([statement(actor=AN)], sender)
    heard.fail_with = None
    lrs.save([statement(actor=AN)], sender)
    assert is_there(database)


def test_nor_is_who_stands_there_by_the_same_transaction_alone(
    lrs: EmbeddedLrs, database: Database, sender: Sender, statement: Make
):
    with pytest.raises(RuntimeError, match="afterwards"), database.transaction() as connection:
        for _ in range(3):
            lrs.save_in(connection, [statement(actor=AN)], sender)
        raise RuntimeError("afterwards")
    lrs.save([statement(actor=AN)], sender)
    assert is_there(database)


def test_what_is_remembered_has_a_bound(database: Database):
    known = KnownAgents()
    with database.transaction() as connection:
        for start in range(0, 120_000, 1000):
            asked = [f"{number:032x}" for number in range(start, start + 1000)]
            known.added(connection, asked, [])
            assert known.unknown(dict.fromkeys(asked)) == []
    assert len(known.unknown(dict.fromkeys(f"{number:032x}" for number in range(120_000)))) >= 70_000
