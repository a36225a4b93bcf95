"""A credential remembered by a process opens nothing that it would not open anew."""

from collections.abc import Callable

import pytest

from lti_tool.base.database import Database
from tests.xapi.support import Clock, Desk, Json
from xapi import access
from xapi.known import Known

Make = Callable[..., Json]


@pytest.mark.parametrize("who", ["writer", "moodle"])
def test_a_credential_revoked_elsewhere_stores_nothing_more_though_this_process_remembers_it(
    desk: Desk, database: Database, xapi_clock: Clock, statement: Make, who: str
):
    assert desk.post(who, [statement()]).status_code == 200
    with database.transaction() as connection:  # as another process would
        assert access.revoke(connection, desk.keys[who][0], xapi_clock())
    refused = desk.post(who, [statement()])
    assert (refused.status_code, refused.json["status"]) == (401, 401)
    assert len(desk.all_()) == 1


def test_a_credential_revoked_elsewhere_reads_nothing_more_though_this_process_remembers_it(
    desk: Desk, database: Database, xapi_clock: Clock, statement: Make
):
    (kept,) = desk.post("writer", [statement()]).json
    for query in ({"statementId": kept}, {}):
        assert desk.get("reader", **query).status_code == 200
    with database.transaction() as connection:
        assert access.revoke(connection, desk.keys["reader"][0], xapi_clock())
    for query in ({"statementId": kept}, {}, {"statementId": "0" * 8 + kept[8:]}):
        refused = desk.get("reader", **query)
        assert (refused.status_code, refused.headers["WWW-Authenticate"][:5]) == (401, "Basic")
        assert kept not in refused.text


def test_a_remembered_credential_ends_at_its_hour(
    desk: Desk, database: Database, xapi_clock: Clock, statement: Make
):
    with database.transaction() as connection:
        desk.keys["brief"] = access.add(
            connection,
            label="brief",
            scopes=["statements/write"],
            now=xapi_clock(),
            expires=xapi_clock.at.replace(second=30),
        )
    assert desk.post("brief", [statement()]).status_code == 200
    xapi_clock.pass_by(seconds=30)
    assert desk.post("brief", [statement()]).status_code == 401


def test_a_wrong_secret_of_a_remembered_key_is_refused(desk: Desk, statement: Make):
    assert desk.post("writer", [statement()]).status_code == 200
    desk.keys["writer"] = (desk.keys["writer"][0], "guessed")
    assert desk.post("writer", [statement()]).status_code == 401


def test_nothing_is_remembered_for_more_than_a_minute(
    desk: Desk, database: Database, xapi_clock: Clock, statement: Make
):
    key, secret = desk.keys["writer"]
    with database.reading() as connection:
        found = access.authenticate(connection, key, secret, xapi_clock())
    assert found is not None
    known = Known(xapi_clock)
    known.note(secret, found)
    assert known.find(key, secret) is found
    xapi_clock.pass_by(seconds=60)
    assert known.find(key, secret) is None
