"""Payloads in partitions by number, on PostgreSQL: nothing is seen of them until one is dropped; then what was in it is known and no more."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from lti_tool.base.database import Database
from tests.xapi.signing import BOUNDARY, attachment, mixed
from tests.xapi.support import MOODLE, Desk, Json
from xapi import erasing, forwarding, identity, leftovers, partitions, removing, sql, tables, taking_out
from xapi.forwarding import Choice
from xapi.inspection import inspect
from xapi.partitions import Busy, Partition, Reason
from xapi.statement import VOIDED

NOW = datetime(2027, 1, 2, tzinfo=UTC)
LAN = {"account": {"homePage": MOODLE, "name": "2041"}}
ACTIVITY = f"{MOODLE}/mod/page/view.php?id=31"
Make = Callable[..., Json]

pytestmark = pytest.mark.postgresql


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(autouse=True)
def parts(database: Database) -> Iterator[list[Partition]]:
    """Two partitions of ten numbers; the database is everybody's, and has only the rest again afterwards."""
    with database.transaction() as connection:
        made = partitions.make(connection, 10, 2)
    yield made
    with database.transaction() as connection:
        for one in partitions.listed(connection):
            if not one.is_rest:
                connection.execute(text(f"DROP TABLE xapi_payload_{one.name}"))


def fill(desk: Desk, statement: Make, count: int = 12, who: str = "writer") -> list[str]:
    """So many statements, each with a number of its own."""
    return [desk.post(who, statement()).json[0] for _ in range(count)]


def needed(database: Database, one: Partition) -> list[Reason]:
    with database.reading() as connection:
        return list(partitions.needed(connection, one))


def drop(database: Database, one: Partition) -> None:
    with database.transaction() as connection:
        held = partitions.count(connection, one)
        assert partitions.drop(connection, one, held, NOW) == []


def counted(database: Database, table: str) -> int:
    with database.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_statement_lies_where_its_number_belongs_and_is_found_all_the_same(desk, database, statement):
    ids = fill(desk, statement, 23)
    assert [counted(database, f"xapi_payload_{name}") for name in ("1", "11", "rest")] == [10, 10, 3]
    assert [one["id"] for one in desk.all_(ascending="true", limit="4")] == ids
    assert list(inspect(database.reading)) == []


def test_the_next_begin_after_the_last_and_after_every_number_that_was_given(desk, database, statement):
    with database.transaction() as connection:
        assert [(one.first, one.last) for one in partitions.make(connection, 5)] == [(21, 25)]
    fill(desk, statement, 27)
    with database.transaction() as connection:
        assert [(one.first, one.last) for one in partitions.make(connection, 5)] == [(28, 32)]
        assert [one.name for one in partitions.listed(connection)] == ["1", "11", "21", "28", "rest"]


def test_another_is_made_of_itself_when_the_last_is_half_full_as_large_as_that(desk, database, statement):
    def ahead() -> list[Partition]:
        with database.transaction() as connection:
            return partitions.make_next(connection)

    fill(desk, statement, 14)
    assert ahead() == []
    fill(desk, statement, 1)
    assert [(one.first, one.last) for one in ahead()] == [(21, 30)]
    assert ahead() == []


def test_what_was_dropped_is_shown_to_nobody_and_the_rest_as_before(desk, database, statement, parts):
    ids = fill(desk, statement, 25)
    drop(database, parts[1])
    rest = [*ids[:10], *ids[20:]]
    assert [one["id"] for one in desk.all_(ascending="true", limit="4")] == rest
    assert [one["id"] for one in desk.all_(agent=json.dumps(LAN), limit="4")] == rest[::-1]
    about = {"activity": ACTIVITY, "related_activities": "true"}
    assert [one["id"] for one in desk.all_(**about)] == rest[::-1]
    assert desk.get("admin", statementId=ids[12]).status_code == 404
    assert desk.get("admin", statementId=ids[3]).status_code == 200
    assert list(inspect(database.reading)) == []
    with database.reading() as connection:
        (one,) = partitions.gone(connection)
        assert [part.name for part in partitions.listed(connection)] == ["1", "rest"]
    assert (one.first, one.last, one.statements, one.at) == (11, 20, 10, NOW)


@pytest.mark.parametrize("who", ["writer", "moodle"])
def test_what_was_dropped_is_still_known_when_it_is_sent_again(desk, database, statement, parts, who):
    sent = statement()
    desk.post(who, sent)
    fill(desk, statement)
    drop(database, parts[0])
    before = counted(database, "xapi_statement")
    assert desk.post(who, sent).json == [sent["id"]]
    assert desk.put("writer", {**sent, "verb": {"id": "urn:other"}}).status_code == 409
    assert (counted(database, "xapi_statement"), counted(database, "xapi_payload")) == (before, 3)
    assert list(inspect(database.reading)) == []


def test_what_has_no_id_of_its_own_is_known_too(desk, database, statement, parts):
    sent = statement(id=None)
    first = desk.post("moodle", sent).json
    fill(desk, statement)
    drop(database, parts[0])
    assert desk.post("moodle", sent).json == first
    assert counted(database, "xapi_payload") == 3


def send_with(desk: Desk, statement: Make, *texts: bytes) -> None:
    for text_ in texts:
        data = mixed([statement(attachments=[attachment(text_)])], text_)
        kind = f"multipart/mixed; boundary={BOUNDARY}"
        assert desk.send("POST", "writer", data=data, content_type=kind).status_code == 200


def test_contents_of_attachments_go_page_by_page_when_it_is_gone_but_for_those_that_others_have_too(
    desk, database, statement, parts, monkeypatch
):
    def forgot() -> int:
        with database.transaction() as connection:
            return leftovers.forget(connection)

    monkeypatch.setattr(leftovers, "PAGE", 4)
    send_with(desk, statement, b"1", b"2", *[b"2"] * 10)
    assert forgot() == 0
    drop(database, parts[0])
    assert (counted(database, "xapi_attachment"), counted(database, "xapi_attachment_use")) == (2, 12)
    assert [forgot() for _ in range(4)] == [4, 4, 2, 0]
    with database.reading() as connection:
        assert connection.execute(select(tables.attachment.c.content)).scalars().all() == [b"2"]
        assert connection.execute(select(tables.attachment_use.c.seq)).scalars().all() == [11, 12]
    page = desk.get("admin", attachments="true")
    assert page.mimetype == "multipart/mixed"


def test_a_content_waits_for_a_writer_who_may_be_about_to_name_it(desk, database, statement, parts):
    send_with(desk, statement, *[b"1"] * 11)
    drop(database, parts[0])
    other = Database(database.engine.url.render_as_string(hide_password=False))
    with database.transaction() as writer:
        sql.numbers(writer, 1, second=int(time.time()), alone=False)
        with pytest.raises(OperationalError, match="lock timeout"), other.transaction() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '100ms'"))
            leftovers.forget(connection)
    other.close()
    assert counted(database, "xapi_attachment_use") == 11


def test_retention_passes_over_it_and_removes_what_lies_behind(desk, database, statement, parts):
    ids = fill(desk, statement, 25)
    drop(database, parts[0])
    with database.reading() as connection:
        found = removing.page(connection, "other", "x", before=2**60, after=0, upto=24)
    assert [one.id for one in found] == ids[10:24]


def test_who_is_erased_afterwards_is_nowhere_and_what_they_sent_is_still_known(
    desk, database, statement, parts
):
    sent = [statement(), statement(actor={"mbox": "mailto:m@x.vn"}, context={"instructor": LAN})]
    ids = desk.post("moodle", sent).json
    fill(desk, statement)
    drop(database, parts[0])
    key = identity.key(LAN)
    with database.transaction() as connection:
        mentioned = list(taking_out.mentions(connection, {key}))
        assert {one["id"] for one in mentioned} >= set(ids)
        assert len(list(taking_out.statements(connection, {key}))) == 4
        erasing.erase(connection, {key}, "somebody")
    with database.reading() as connection:
        for table in (tables.statement, tables.agent_link, tables.agent):
            column = func.count().filter(table.c.actor_key == key)
            assert connection.execute(select(column)).scalar_one() == 0
    assert list(inspect(database.reading)) == []
    before = counted(database, "xapi_statement")
    assert desk.post("moodle", sent).json == ids
    assert counted(database, "xapi_statement") == before


def test_one_that_is_being_filled_or_is_yet_to_be_stays(desk, database, statement, parts):
    fill(desk, statement, 10)
    with database.reading() as connection:
        listed = partitions.listed(connection)
    assert [needed(database, one) for one in listed] == [[Reason("filling", 0, "")]] * 3
    fill(desk, statement, 1)
    assert needed(database, parts[0]) == []


def test_one_that_a_forward_awaits_stays_and_what_it_does_not_send_is_no_reason(
    desk, database, statement, parts
):
    (late,) = desk.post("writer", statement(verb={"id": "urn:v"})).json
    fill(desk, statement)
    access = {"endpoint": "https://x.vn", "key": "k", "secret": "s"}
    with database.transaction() as connection:
        forwarding.add(connection, name="a", choice=Choice(verbs=("urn:other",)), **access)
        forward_id = forwarding.add(connection, name="b", choice=Choice(verbs=("urn:v",)), **access)
        forwarding.pause(connection, forward_id, paused=True)
    assert needed(database, parts[0]) == [Reason("awaited", 1, late)]
    with database.transaction() as connection:
        assert partitions.drop(connection, parts[0], 10, NOW) == [Reason("awaited", 1, late)]
        connection.execute(text("UPDATE xapi_forward SET position = 10"))
    assert needed(database, parts[0]) == []


def test_one_with_what_a_person_asked_to_be_sent_again_stays(desk, database, statement, parts):
    (parked, *_) = fill(desk, statement)
    access = {"endpoint": "https://x.vn", "key": "k", "secret": "s"}
    with database.transaction() as connection:
        forward_id = forwarding.add(connection, name="a", choice=Choice(), position=12, **access)
        held = forwarding.find(connection, forward_id)
        piece = (1, parked, "{}")
        forwarding.moved(connection, held, 12, [piece], [(piece, "no")], NOW)
    assert needed(database, parts[0]) == []
    with database.transaction() as connection:
        forwarding.ask_again(connection, forward_id)
    assert needed(database, parts[0]) == [Reason("awaited", 1, parked)]


def test_one_whose_statement_voids_what_stays_stays_too(desk, database, statement, parts):
    ahead, gone = str(uuid4()), statement()
    desk.post("writer", gone)
    for target in (ahead, gone["id"]):
        void = statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": target})
        (last,) = desk.post("writer", void).json
        if target == ahead:
            voiding = last
    fill(desk, statement)
    assert needed(database, parts[0]) == []
    desk.post("writer", statement(id=ahead))
    assert needed(database, parts[0]) == [Reason("voids", 1, voiding)]


def test_while_somebody_holds_the_statements_nothing_waits_long_and_nothing_is_changed(
    desk, database, statement, parts
):
    """As a backup does: statements queue behind a command that queues behind it, so it gives up before anybody minds."""
    fill(desk, statement)
    with database.engine.connect() as backup:
        backup.execute(text("SELECT 1 FROM xapi_payload LIMIT 1"))
        began = time.monotonic()
        with pytest.raises(Busy), database.transaction() as connection:
            partitions.drop(connection, parts[0], 10, NOW)
        assert time.monotonic() - began < 1
        assert desk.post("writer", statement()).status_code == 200
    assert counted(database, "xapi_payload_1") == 10
