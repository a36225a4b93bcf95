"""donghanh lrs partition: on PostgreSQL each does what it says; on SQLite one line."""

import pytest
from sqlalchemy import text

from xapi import drafts, partitions, saving
from xapi.lrs import Sender

COMMANDS = ("list", "make --statements 10", "drop 1")


@pytest.fixture
def parted(database):
    """Leaves only the rest in the database, which is emptied and used again."""
    if database.is_sqlite:
        pytest.skip("partitions are PostgreSQL's")
    yield database
    with database.transaction() as connection:
        for one in partitions.listed(connection):
            if not one.is_rest:
                connection.execute(text(f"DROP TABLE xapi_payload_{one.name}"))


def store(database, clock, count):
    sent = {"actor": {"mbox": "mailto:l@x.vn"}, "verb": {"id": "urn:v"}, "object": {"id": "urn:o"}}
    arrival = saving.Arrival(drafts.ordinary([dict(sent) for _ in range(count)]), Sender("k", sent["actor"]))
    with database.transaction() as connection:
        saving.save(connection, [arrival], clock)


@pytest.mark.parametrize("words", COMMANDS)
def test_on_sqlite_one_line_says_whose_partitions_are(run, database, words):
    if not database.is_sqlite:
        pytest.skip("has partitions")
    said = run(f"lrs partition {words}")
    assert (said.code, len(said.err.splitlines())) == (1, 1)
    assert "PostgreSQL" in said.err


def test_they_are_made_listed_and_dropped(run, parted, clock):
    assert run("lrs partition make --statements 10 --count 2 --json").json == [
        {"partition": "1", "first": 1, "last": 10},
        {"partition": "11", "first": 11, "last": 20},
    ]
    store(parted, clock, 12)
    listed = run("lrs partition list --json").json
    assert [(one["partition"], one["state"]) for one in listed] == [
        ("1", "full"),
        ("11", "filling"),
        ("rest", "rest"),
    ]
    refused = run("lrs partition drop 11")
    assert (refused.code, refused.out) == (1, "11 stays: it is still being filled, or yet to be\n")
    dry = run("lrs partition drop 1 --dry-run --json").json
    assert (dry["statements"], dry["dropped"], dry["reasons"]) == (10, False, [])
    assert run("lrs partition drop 1 --json").json["dropped"] is True
    assert run("lrs check").code == 0
    (gone, *_) = run("lrs partition list --json").json
    assert (gone["state"], gone["first"], gone["last"], gone["statements"]) == ("dropped", 1, 10, 10)
    assert "there is no partition" in run("lrs partition drop 1").err
    assert run("lrs partition make --statements 0").code == 2
