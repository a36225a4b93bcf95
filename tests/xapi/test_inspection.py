"""`donghanh lrs check`: a sound store has no fault, and every kind of row that was tampered with is named."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.xapi.support import MOODLE
from xapi import erasing, identity, tables
from xapi.inspection import inspect
from xapi.statement import VOIDED

LAN = {"mbox": "mailto:Lan@example.vn", "name": "Lan"}
ONE, TWO = str(uuid4()), str(uuid4())


def void(target):
    return {"actor": LAN, "verb": {"id": VOIDED}, "object": {"objectType": "StatementRef", "id": target}}


@pytest.fixture
def store(desk, statement, database):
    """Statements of all shapes: with groups, sub-statements, contexts, resends, voidings before and after, a body set aside."""
    activity = {"id": f"{MOODLE}/course/view.php?id=4"}
    rich = statement(
        id=ONE,
        context={
            "registration": str(uuid4()).upper(),
            "instructor": LAN,
            "team": {"objectType": "Group", "member": [LAN, {"openid": "https://id.example.vn/minh"}]},
            "contextActivities": {"parent": activity, "grouping": [activity, {"id": f"{MOODLE}/2"}]},
        },
        result={"score": {"scaled": 0.70, "raw": 7.0}},
    )
    sub = statement(
        object={"objectType": "SubStatement", "actor": LAN, "verb": {"id": "urn:x"}, "object": activity},
        timestamp=None,
    )
    desk.post("writer", [rich, sub, statement(id=TWO)])
    desk.post(
        "moodle", [statement(id=None), statement(id=None), statement(context={"registration": str(uuid4())})]
    )
    desk.post("moodle", [statement(id=None), {"actor": LAN, "verb": {}}])
    late = str(uuid4())
    desk.post("admin", [void(TWO), void(late)])
    desk.post("writer", statement(id=late))
    return database


def faults(store):
    return {(fault.table, fault.field) for fault in inspect(store.reading)}


def change(store, statement, **values):
    with store.transaction() as connection:
        connection.execute(text(statement), values)


def test_a_store_of_statements_of_all_shapes_is_sound_and_progress_reaches_its_end(store):
    seen = []
    assert list(inspect(store.reading, lambda done, last: seen.append((done, last)))) == []
    assert seen[-1][0] == seen[-1][1] > 8


def test_an_empty_store_is_sound(database):
    assert list(inspect(database.reading)) == []


COLUMNS = {
    "authority": "'x'",
    "actor_key": "NULL",
    "verb": "'urn:y'",
    "object_id": "'urn:z'",
    "registration": "NULL",
    "ref_id": "'x'",
    "timestamp": "timestamp + 1",
    "stored": "stored + 1",
    "last_seq": "0",
    "content_hash": "'x'",
    "voided_by": f"'{TWO}'",
    "retracted_by": f"'{TWO}'",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_that_its_payload_does_not_bear_out_is_named(store, column):
    change(store, f"UPDATE xapi_statement SET {column} = {COLUMNS[column]} WHERE id = '{ONE}'")
    (fault,) = [one for one in inspect(store.reading) if one.field == column]
    assert (fault.table, fault.row) == ("xapi_statement", ONE)


def test_a_payload_that_is_no_statement_is_named(store):
    change(store, "UPDATE xapi_payload SET payload = '{}' WHERE seq = 1")
    assert ("xapi_statement", "payload") in faults(store)


def test_a_payload_that_is_lost_or_nobodys_is_named(store):
    change(store, "UPDATE xapi_payload SET seq = 4000 WHERE seq = 1")
    named = {str(fault) for fault in inspect(store.reading)}
    assert named >= {f"xapi_statement {ONE} payload: it is missing", "xapi_payload 4000: no statement has it"}


@pytest.mark.parametrize("column", ["voided_by", "retracted_by"])
def test_a_lost_mark_is_named(store, column):
    change(store, f"UPDATE xapi_statement SET {column} = NULL WHERE id = '{TWO}'")
    assert faults(store) == {("xapi_statement", column)}


@pytest.mark.parametrize("table", ["xapi_activity_link", "xapi_agent_link"])
def test_a_lost_link_is_named(store, table):
    change(store, f"DELETE FROM {table}")
    assert faults(store) == {(table, "")}


def test_an_agents_link_that_was_turned_is_named(store):
    change(store, "UPDATE xapi_agent_link SET direct = NOT direct")
    assert faults(store) == {("xapi_agent_link", "direct")}


@pytest.mark.parametrize("table", ["xapi_activity_link", "xapi_agent_link"])
@pytest.mark.parametrize("number", [1, 4000])
def test_a_link_that_no_statement_asks_for_is_named(store, table, number):
    key = "activity_key" if "activity" in table else "actor_key"
    told = ("", "") if "activity" in table else (", direct", ", true")
    change(store, f"INSERT INTO {table} ({key}, seq{told[0]}) VALUES ('stray', {number}{told[1]})")
    found = [str(fault) for fault in inspect(store.reading)]
    assert found == [f"{table} stray/{number}: no statement asks for it"]


def test_an_agents_row_lost_or_changed_is_named(store):
    change(store, "UPDATE xapi_agent SET ifi = :ifi", ifi=json.dumps({"mbox": "mailto:minh@example.vn"}))
    assert faults(store) == {("xapi_agent", "ifi")}
    change(store, "DELETE FROM xapi_agent")
    assert faults(store) == {("xapi_agent", "")}


def test_an_id_that_is_there_twice_is_named(store):
    (index,) = (found for found in tables.statement.indexes if found.unique)
    change(store, f"DROP INDEX {index.name}")
    change(store, f"UPDATE xapi_statement SET id = '{ONE}' WHERE id = '{TWO}'")
    twice = [fault for fault in inspect(store.reading) if fault.says.endswith("2 times")]
    change(store, f"UPDATE xapi_statement SET id = '{TWO}' WHERE seq = 3")
    with store.transaction() as connection:
        index.create(connection)
    assert [(fault.table, fault.row, fault.field) for fault in twice] == [("xapi_statement", ONE, "id")]


def test_a_quarantined_body_under_another_actor_is_named(store):
    change(store, "UPDATE xapi_quarantine SET actor_key = 'x'")
    assert faults(store) == {("xapi_quarantine", "actor_key")}


def test_the_store_is_sound_after_the_erasure_of_two_whom_one_statement_names(database, desk, statement):
    """The second is replaced by the account that already stands for the first, who is only named in it."""
    teacher, learner = {"mbox": "mailto:teacher@example.vn"}, {"mbox": "mailto:learner@example.vn"}
    desk.post("writer", [statement(actor=learner, context={"instructor": teacher})])
    for one in (teacher, learner):
        with database.transaction() as connection:
            erasing.erase(connection, {identity.key(one)}, "an account")
        assert list(inspect(database.reading)) == []
