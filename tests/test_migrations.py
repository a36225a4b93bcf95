"""One history, one head, and its end is what the rooms' tables say: on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from lti_tool.base import migrate
from lti_tool.base.database import Database
from lti_tool.base.resources import package_folder
from tests.conftest import all_metadata
from tests.only import on_postgresql
from xapi.links import activity_key
from xapi.tables import is_partition


def revisions() -> list[str]:
    """All revisions, oldest first."""
    script = ScriptDirectory(str(package_folder("migrations")))
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def tables(database: Database) -> set[str]:
    names = set(inspect(database.engine).get_table_names()) - {"alembic_version"}
    return {name for name in names if not is_partition(name)}


def test_the_history_has_one_head() -> None:
    script = ScriptDirectory(str(package_folder("migrations")))
    assert len(script.get_heads()) == 1


def test_the_end_of_the_history_is_what_the_rooms_tables_say(database_url: str) -> None:
    database = Database(database_url)
    migrate.upgrade(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        drift = [
            change
            for metadata in all_metadata()
            for change in compare_metadata(context, metadata)
            if not is_another_rooms(change)
        ]
        assert migrate.current(connection) == migrate.head()
    database.close()
    assert drift == []


def is_another_rooms(change: object) -> bool:
    """Compared with one package's tables alone, those of the others look superfluous: all of them together are compared below."""
    return isinstance(change, tuple) and change[0] in {"remove_table", "remove_index"}


def test_no_table_or_index_of_the_history_belongs_to_no_room(database_url: str) -> None:
    database = Database(database_url)
    migrate.upgrade(database)
    known = {name for metadata in all_metadata() for name in metadata.tables}
    indexes = {
        index.name
        for metadata in all_metadata()
        for table in metadata.tables.values()
        for index in table.indexes
    }
    found = inspect(database.engine)
    made_tables = tables(database)
    made = {
        index["name"]
        for name in known
        for index in found.get_indexes(name)
        if not index.get("duplicates_constraint")
    }
    constraints = {constraint["name"] for name in known for constraint in found.get_unique_constraints(name)}
    database.close()
    assert made_tables == known
    assert made - constraints == indexes


def test_every_step_goes_down_and_up_again(database_url: str) -> None:
    database = Database(database_url)
    history = revisions()
    migrate.upgrade(database)
    for revision in ["base", *history[:-1]][::-1]:
        migrate.downgrade(database, revision)
    assert tables(database) == set()
    for revision in history:
        migrate.upgrade(database, revision)
    assert tables(database) == {name for metadata in all_metadata() for name in metadata.tables}
    database.close()


@on_postgresql
def test_who_migrates_while_another_does_waits_and_finds_nothing_to_do(
    database_url: str, tmp_path: Path
) -> None:
    """As two containers do that start together. On SQLite the second is a writer that waits, as in tests/base."""
    environ = {"DONGHANH_DATABASE_URL": database_url, "DONGHANH_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "lti_tool.cli", "migrate"]
    both = [
        subprocess.Popen(command, env={**os.environ, **environ}, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=60)[1] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    database = Database(database_url)
    with database.reading() as connection:
        assert migrate.current(connection) == migrate.head()
    database.close()


_ROW = (
    "INSERT INTO xapi_statement (seq, id, credential_key, authority, verb, timestamp, stored, last_seq, content_hash, payload)"
    " VALUES (:seq, :id, 'k', 'a', 'v', 1, 1, :seq, 'h', :payload)"
)


def test_payloads_move_out_of_their_statements_and_back(database_url: str) -> None:
    database = Database(database_url)
    migrate.upgrade(database, "0009")
    said = {number: f'{{"é": "{"%" * number * 999}"}}' for number in (1, 2, 7)}
    with database.transaction() as connection:
        rows = [{"seq": number, "id": f"id-{number}", "payload": one} for number, one in said.items()]
        connection.execute(text(_ROW), rows)
    for revision, table in (("0010", "xapi_payload"), ("0009", "xapi_statement"), ("0010", "xapi_payload")):
        (migrate.upgrade if revision == "0010" else migrate.downgrade)(database, revision)
        with database.reading() as connection:
            found = connection.execute(text(f"SELECT seq, payload FROM {table}")).all()
        assert {row.seq: row.payload for row in found} == said
    with database.transaction() as connection:
        connection.execute(text("DELETE FROM xapi_payload WHERE seq = 2"))
    with pytest.raises(RuntimeError, match="restore a backup"):
        migrate.downgrade(database, "0009")
    database.close()


_LINKS = (
    "INSERT INTO xapi_activity_link (activity_key, seq, direct) VALUES (:own, 1, true), ('context', 1, false)",
    "INSERT INTO xapi_agent_link (actor_key, seq, direct) VALUES ('an', 1, true), ('member', 1, true), ('team', 1, false), ('an', 2, false)",
)
_ABOUT = (
    "INSERT INTO xapi_statement"
    " (seq, id, credential_key, authority, actor_key, verb, object_id, timestamp, stored, last_seq, content_hash)"
    " VALUES (1, 'id-1', 'k', 'a', 'an', 'v', 'urn:o', 1, 1, 1, 'h'), (2, 'id-2', 'k', 'a', NULL, 'v', NULL, 1, 1, 2, 'h')"
)


def links_of(database: Database) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    with database.reading() as connection:
        activities = connection.execute(text("SELECT * FROM xapi_activity_link ORDER BY 1, 2")).all()
        agents = connection.execute(text("SELECT * FROM xapi_agent_link ORDER BY 1, 2")).all()
    return [tuple(row) for row in activities], [tuple(row) for row in agents]


def test_links_to_a_statements_own_actor_and_object_go_and_come_back(database_url: str) -> None:
    database = Database(database_url)
    migrate.upgrade(database, "0011")
    with database.transaction() as connection:
        connection.execute(text(_ABOUT))
        for links in _LINKS:
            connection.execute(text(links), {"own": activity_key("urn:o")} if ":own" in links else {})
    before = links_of(database)
    for _ in range(2):
        migrate.upgrade(database, "0012")
        assert links_of(database) == (
            [("context", 1)],
            [("an", 2, False), ("member", 1, True), ("team", 1, False)],
        )
        migrate.downgrade(database, "0011")
        assert links_of(database) == before
    database.close()
