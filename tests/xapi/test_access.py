from datetime import datetime

import pytest

from lti_tool.base.database import Database
from xapi import access


def test_a_secret_opens_its_own_credential_only_until_it_is_revoked(database: Database, now: datetime):
    with database.transaction() as connection:
        key, secret = access.add(connection, label="kho", scopes=["all/read"], now=now)
        other, _ = access.add(connection, label="khác", scopes=["all"], now=now)
        found = access.authenticate(connection, key, secret)
        assert found is not None
        assert (found.label, found.reads_all, found.may_write, found.source) == ("kho", True, False, None)
        assert access.authenticate(connection, key, secret + "x") is None
        assert access.authenticate(connection, other, secret) is None
        assert access.revoke(connection, key, now)
        assert not access.revoke(connection, key, now)
        assert access.authenticate(connection, key, secret) is None
        assert {one.label: one.revoked for one in access.list_(connection)} == {"kho": True, "khác": False}


@pytest.mark.parametrize("key", ["", "x", "\x00" * 32, "a" * 32, "a" * 33, "'; DROP TABLE"])
def test_an_unknown_or_malformed_key_opens_nothing(database: Database, key: str):
    with database.reading() as connection:
        assert access.authenticate(connection, key, "\udcff") is None


def test_the_secret_is_nowhere_in_the_database(database: Database, now: datetime):
    with database.transaction() as connection:
        key, secret = access.add(connection, label="kho", scopes=["all"], now=now)
        row = connection.exec_driver_sql("SELECT * FROM xapi_credential").one()
    assert key in row
    assert not any(secret in str(value) for value in row)


@pytest.mark.parametrize(
    ("scopes", "write", "read", "everything"),
    [
        (["all"], True, True, True),
        (["all/read"], False, True, True),
        (["statements/read"], False, True, True),
        (["statements/read/mine"], False, True, False),
        (["statements/write"], True, False, False),
    ],
)
def test_scopes_mean_what_the_standard_says(
    database: Database, now: datetime, scopes: list[str], write: bool, read: bool, everything: bool
):
    with database.transaction() as connection:
        key, secret = access.add(connection, label="x", scopes=scopes, now=now)
        found = access.authenticate(connection, key, secret)
    assert found is not None
    assert (found.may_write, found.may_read, found.reads_all) == (write, read, everything)


def test_each_credential_has_an_authority_of_its_own(database: Database, now: datetime):
    with database.transaction() as connection:
        keys = [access.add(connection, label="x", scopes=["all"], now=now)[0] for _ in range(2)]
        first, second = (access.find(connection, key) for key in keys)
    assert first
    assert second
    assert first.authority_key != second.authority_key


def test_nonsense_is_refused_when_a_credential_is_made(database: Database, now: datetime):
    with database.transaction() as connection:
        for wrong in ({"scopes": ["everything"]}, {"scopes": []}, {"scopes": ["all"], "host_intake": True}):
            with pytest.raises(ValueError, match=r".+"):
                access.add(connection, label="x", now=now, **wrong)


def test_only_a_host_intake_speaks_for_its_platform(database: Database, now: datetime):
    with database.transaction() as connection:
        for host, source in ((True, "https://lms"), (False, None)):
            key, _ = access.add(
                connection,
                label="x",
                scopes=["statements/write"],
                source="https://lms",
                host_intake=host,
                now=now,
            )
            found = access.find(connection, key)
            assert found is not None
            assert found.sender().source == source
