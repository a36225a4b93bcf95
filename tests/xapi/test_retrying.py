from collections.abc import Callable
from typing import Any

from lti_tool.base.database import Database
from tests.xapi.support import MOODLE, Clock, Desk, Heard
from xapi import access, identity, quarantine
from xapi.embedded import Stored, evidence
from xapi.faults import Fault
from xapi.intake import IntakePolicy
from xapi.quarantine import Bad
from xapi.retrying import Retried, retry

Json = dict[str, Any]
Make = Callable[..., Json]


def again(database: Database, clock: Clock, heard: Heard, number: int) -> Retried | None:
    with database.transaction() as connection:
        return retry(
            connection, number, policy_for=lambda _: IntakePolicy(MOODLE, MOODLE), clock=clock, on_saved=heard
        )


def put_aside(desk: Desk, database: Database, *, raw: bytes, place: int | None) -> int:
    with database.transaction() as connection:
        sender = access.find(connection, desk.keys["moodle"][0])
        assert sender is not None
        quarantine.keep(
            connection,
            [Bad(place, "x", "an older version did not know better", raw)],
            sender.sender(),
            Clock()(),
        )
        return quarantine.list_(connection)[-1].id


def test_what_is_good_now_is_stored_as_if_it_came_from_its_platform(
    desk: Desk, database: Database, xapi_clock: Clock, heard: Heard
):
    raw = (
        b'{"actor":{"account":{"homePage":"%s","name":"9"}},"verb":{"id":"urn:v"},"object":{"id":"urn:o"}}'
        % MOODLE.encode()
    )
    number = put_aside(desk, database, raw=raw, place=3)
    done = again(database, xapi_clock, heard, number)
    assert done is not None
    assert (len(done.saved.ids), done.reason, heard.batches) == (1, "", [done.saved])
    with database.reading() as connection:
        assert quarantine.count(connection) == {}
        assert len(evidence(connection, [(MOODLE, identity.account_key(MOODLE, "9"))])) == 1


def test_what_is_still_bad_stays_with_its_new_reason(
    desk: Desk, database: Database, xapi_clock: Clock, heard: Heard
):
    number = put_aside(desk, database, raw=b'{"actor":{}}', place=0)
    done = again(database, xapi_clock, heard, number)
    assert done is not None
    assert done.reason == "actor: exactly one of mbox, mbox_sha1sum, openid, account is wanted"
    with database.reading() as connection:
        (found,) = quarantine.list_(connection, source=MOODLE)
    assert (found.field, found.tries, found.fault) == ("actor", 1, Fault.IDENTIFIER)


def test_a_whole_body_leaves_only_its_bad_statements_behind(
    desk: Desk, database: Database, xapi_clock: Clock, heard: Heard
):
    good = b'{"actor":{"mbox":"mailto:a@b.vn"},"verb":{"id":"urn:v"},"object":{"id":"urn:o"}}'
    number = put_aside(desk, database, raw=b"[%s,7]" % good, place=None)
    done = again(database, xapi_clock, heard, number)
    assert done is not None
    assert len(done.saved.ids) == 1
    with database.reading() as connection:
        assert [(found.place, found.raw) for found in quarantine.list_(connection)] == [(1, b"7")]


def test_a_broken_body_stays_whole(desk: Desk, database: Database, xapi_clock: Clock, heard: Heard):
    number = put_aside(desk, database, raw=b"{", place=None)
    done = again(database, xapi_clock, heard, number)
    assert done is not None
    assert done.reason.startswith("JSON is wanted")


def test_what_is_not_there_cannot_be_retried_and_what_is_dropped_is_gone(
    desk: Desk, database: Database, xapi_clock: Clock, heard: Heard
):
    assert again(database, xapi_clock, heard, 4711) is None
    number = put_aside(desk, database, raw=b"{", place=None)
    with database.transaction() as connection:
        assert quarantine.drop(connection, number)
        assert not quarantine.drop(connection, number)


def test_the_quarantine_is_counted_by_platform_and_paged(desk: Desk, database: Database, statement: Make):
    desk.post("moodle", [statement(actor={"name": str(n)}) for n in range(3)])
    desk.post("openedx", [7])
    with database.reading() as connection:
        assert sorted(quarantine.count(connection).values()) == [1, 3]
        first = quarantine.list_(connection, source=MOODLE, limit=2)
        rest = quarantine.list_(connection, source=MOODLE, after=first[-1].id)
        assert sorted(found.place or 0 for found in first + rest) == [0, 1, 2]
        assert quarantine.find(connection, first[0].id) == first[0]


def test_what_waited_here_arrived_when_it_came(
    desk: Desk, database: Database, xapi_clock: Clock, heard: Heard
):
    """A late-arrival limit must not be missed because a person looked at the quarantine too late."""
    raw = (
        b'{"actor":{"account":{"homePage":"%s","name":"9"}},"verb":{"id":"urn:v"},"object":{"id":"urn:o"},%s}'
    )
    raw %= MOODLE.encode(), b'"timestamp":"2025-12-04T09:15:00Z"'
    came = xapi_clock()
    number = put_aside(desk, database, raw=raw, place=3)
    xapi_clock.pass_by(days=20)
    done = again(database, xapi_clock, heard, number)
    assert done is not None
    assert [found.stored for found in evident(database)] == [came]
    # The standard's own `stored` is when it got in: a reader who asks "since" must not miss it.
    assert desk.get("admin", statementId=done.saved.ids[0]).json["stored"].startswith("2025-12-29")


def test_what_was_sent_again_and_got_in_meanwhile_arrived_when_it_first_came(
    desk: Desk, database: Database, xapi_clock: Clock, heard: Heard
):
    raw = b'{"actor":{"account":{"homePage":"%s","name":"9"}},"verb":{"id":"urn:v"},"object":{"id":"urn:o"}}'
    raw %= MOODLE.encode()
    came = xapi_clock()
    number = put_aside(desk, database, raw=raw, place=3)
    xapi_clock.pass_by(days=20)
    desk.send("POST", "moodle", data=raw)
    again(database, xapi_clock, heard, number)
    assert [found.stored for found in evident(database)] == [came]


def test_what_two_people_try_at_once_gets_in_once(
    desk: Desk, database: Database, xapi_clock: Clock, heard: Heard
):
    number = put_aside(desk, database, raw=b"[7, 8]", place=None)
    with database.transaction() as connection:
        assert quarantine.drop(connection, number)
    assert again(database, xapi_clock, heard, number) is None


def test_a_reason_that_no_database_takes_is_written_all_the_same(
    desk: Desk, database: Database, xapi_clock: Clock, heard: Heard
):
    number = put_aside(desk, database, raw=b'{"a\\u0000b": 1}', place=0)
    assert again(database, xapi_clock, heard, number) is not None
    with database.reading() as connection:
        assert quarantine.list_(connection)[0].field == "a\ufffdb"


def evident(database: Database) -> list[Stored]:
    with database.reading() as connection:
        return evidence(connection, [(MOODLE, identity.account_key(MOODLE, "9"))])
