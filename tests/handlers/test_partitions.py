"""A partition goes only when no decision rests on what is in it; then outcomes, figures and the inspection are as before."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from lti_tool.base.tables import audit
from lti_tool.handlers import partitions as handler
from lti_tool.handlers.partitions import Dropper, Overtaken
from lti_tool.ledger import due, outcomes
from lti_tool.reports import figures
from tests import living
from tests.assembly import KNS, TEN, completion
from xapi import partitions
from xapi.inspection import inspect
from xapi.tables import attachment, attachment_use

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
ISSUER = "https://hoc.example.vn"
NOISE = {"id": "http://id.tincanapi.com/verb/viewed"}


def live(found):
    """Ten numbers of noise, Lan's ten topics among others, and what is bound to come after."""
    with found.tool.database.transaction() as connection:
        connection.execute(text("DROP TABLE xapi_payload_1"))
        partitions.make(connection, 10, 3)
    found.add_platform("moodle", ISSUER)
    found.load()
    noise = [{**completion(ISSUER, str(sub), f"x-{sub}", NOW), "verb": NOISE} for sub in range(50, 61)]
    found.post("moodle", noise[:10])
    found.launch("moodle", sub="41", name="Lan")
    found.complete("moodle", "41", TEN)
    found.post("moodle", [completion(ISSUER, "77", "cd-01", NOW), *noise[10:]])  # whose, nobody knows yet
    found.post("moodle", [{**one, "timestamp": "2025-12-08T00:00:00Z"} for one in noise])
    found.work()


lived, _, house = living.after(live, NOW)
pytestmark = pytest.mark.postgresql


def examined(house, name):
    with house.tool.database.reading() as connection:
        one = partitions.find(connection, name)
    return Dropper(house.tool.database, house.clock).examine(one)


def counted(house):
    with house.tool.database.transaction() as connection:
        due.mark_all(connection)
    house.work()
    with house.tool.database.reading() as connection:
        return figures.figures(connection, "kns-2025"), outcomes.states(connection, "kns-2025")


def acts(house):
    with house.tool.database.reading() as connection:
        rows = connection.execute(select(audit.c.who, audit.c.act, audit.c.subject).order_by(audit.c.id))
        return [tuple(row) for row in rows if row.act.startswith("partition.")]


def test_what_proves_or_bears_on_a_topic_keeps_its_partition_and_the_rest_may_go(house):
    """In one test: a house on PostgreSQL takes five seconds."""
    keeps_what_is_needed(house)
    stops_when_a_programme_comes(house)
    drops_the_rest(house)
    makes_the_next(house)


def keeps_what_is_needed(house):
    assert [(one.code, one.count) for one in examined(house, "11").reasons] == [("proves", 10)]
    assert [(one.code, one.count) for one in examined(house, "21").reasons] == [("bears", 1)]
    assert Dropper(house.tool.database, house.clock).drop(examined(house, "11"), "command").reasons
    assert acts(house) == []


def stops_when_a_programme_comes(house):
    found = examined(house, "1")
    house.load(KNS.read_text(encoding="utf-8") + "\n# another\n")
    with pytest.raises(Overtaken):
        Dropper(house.tool.database, house.clock).drop(found, "command")


def drops_the_rest(house):
    with house.tool.database.transaction() as connection:  # more than a page
        contents = [{"sha2": str(number), "content": b"x"} for number in range(60)]
        connection.execute(attachment.insert(), contents)
        uses = [{"seq": 1 + number % 10, "sha2": str(number)} for number in range(60)]
        connection.execute(attachment_use.insert(), uses)
    before, found = counted(house), examined(house, "1")
    assert (found.statements, found.reasons) == (10, ())
    assert Dropper(house.tool.database, house.clock).drop(found, "command").reasons == ()
    assert acts(house) == [("command", "partition.drop", "partition:1")]
    assert counted(house) == before
    assert list(inspect(house.tool.database.reading)) == []
    with house.tool.database.reading() as connection:
        assert connection.execute(select(attachment.c.sha2)).all() == []


def makes_the_next(house):
    """As the worker does; while a backup runs, it comes again later."""
    with house.tool.database.engine.connect() as backup:
        backup.execute(text("SELECT 1 FROM xapi_payload LIMIT 1"))
        with house.tool.database.transaction() as connection:
            handler.make_next(connection, NOW)
    assert len(acts(house)) == 1
    with house.tool.database.transaction() as connection:
        handler.make_next(connection, NOW)
        handler.make_next(connection, NOW)
    assert acts(house)[1:] == [("worker", "partition.make", "partition:34")]
