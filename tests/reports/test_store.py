"""The store's own numbers, counted cheaply."""

from datetime import timedelta

from sqlalchemy import event, insert

from lti_tool.lti import platforms
from lti_tool.lti.platforms import Draft
from lti_tool.reports import store
from tests.handlers.house import MOODLE
from xapi.outside_tables import collect, forward, forward_parked

FORWARD = {
    "endpoint": "u",
    "key": "k",
    "secret": "s",
    "choice": "{}",
    "paused": False,
    "delivered": 0,
    "failures": 0,
}


def told(world, tally):
    with world.database.reading() as connection:
        return tally.by_kind(connection, world.now)


def test_statements_are_told_by_the_kind_of_their_sender_however_often_it_is_asked(world):
    tally = store.Tally()
    assert told(world, tally) == {"client": 0}
    world.send(world.statement("1", "t1"), world.statement("1", "t2"))
    world.say(world.other, world.statement("1", "t1"))
    assert told(world, tally) == {"client": 1, "removed": 2}
    draft = Draft("lms", MOODLE, "c", MOODLE, MOODLE, MOODLE, "moodle", ("1",))
    with world.database.transaction() as connection:
        platforms.add(connection, draft, world.now)
    world.now += timedelta(minutes=5)
    assert told(world, tally) == {"client": 1, "moodle": 2}
    world.send(world.statement("2", "t1"))
    assert told(world, tally) == {"client": 1, "moodle": 3}
    world.now += timedelta(hours=2)
    assert told(world, tally) == {"client": 1, "moodle": 3}


def test_what_is_settled_is_not_counted_again(world):
    tally = store.Tally()
    world.send(*(world.statement("1", f"x{number}") for number in range(30)))
    world.now += timedelta(minutes=2)
    told(world, tally)
    asked = []
    event.listen(
        world.database.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3]))
    )
    told(world, tally)
    counts = [values for statement, values in asked if "count(" in statement.lower()]
    assert len(counts) == 1
    assert 30 in (counts[0].values() if isinstance(counts[0], dict) else counts[0])  # only what came after


def test_size_ages_and_what_waits_elsewhere_are_told(world):
    world.send({"bad": True})
    world.now += timedelta(seconds=9)
    with world.database.transaction() as connection:
        connection.execute(insert(forward).values(id=1, name="aspects", position=0, **FORWARD))
        parked = {
            "forward_id": 1,
            "seq": 1,
            "statement_id": "x",
            "reason": "r",
            "at": 0,
            "tries": 1,
            "again": False,
        }
        connection.execute(insert(forward_parked).values(**parked))
        at = int(world.now.timestamp() - 60) * 1_000_000
        connection.execute(
            insert(collect).values(endpoint="e", state="{}", version=1, failures=0, answered=at)
        )
    world.send(world.statement("1", "t1"))
    with world.database.reading() as connection:
        found = store.look(connection, world.now)
    assert found.size > 10_000
    assert timedelta(seconds=9) <= found.quarantine_age < timedelta(seconds=10)
    assert (found.behind, found.parked) == ({"aspects": 1}, {"aspects": 1})
    assert timedelta(seconds=60) <= found.unanswered <= timedelta(seconds=62)
