from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from lti_tool.base.database import Database
from xapi import access
from xapi.access import Credential


def test_a_secret_opens_its_own_credential_only_until_it_is_revoked(database: Database, now: datetime):
    with database.transaction() as connection:
        key, secret = access.add(connection, label="kho", scopes=["all/read"], now=now)
        other, _ = access.add(connection, label="khác", scopes=["all"], now=now)
        found = access.authenticate(connection, key, secret, now)
        assert found is not None
        assert (found.label, found.reads_all, found.may_write, found.source) == ("kho", True, False, None)
        assert access.authenticate(connection, key, secret + "x", now) is None
        assert access.authenticate(connection, other, secret, now) is None
        assert access.revoke(connection, key, now)
        assert not access.revoke(connection, key, now)
        assert access.authenticate(connection, key, secret, now) is None
        assert {one.label: one.revoked for one in access.list_(connection)} == {"kho": True, "khác": False}


@pytest.mark.parametrize("key", ["", "x", "\x00" * 32, "a" * 32, "a" * 33, "'; DROP TABLE"])
def test_an_unknown_or_malformed_key_opens_nothing(database: Database, key: str, now: datetime):
    with database.reading() as connection:
        assert access.authenticate(connection, key, "\udcff", now) is None


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
        found = access.authenticate(connection, key, secret, now)
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


def rights(database: Database, now: datetime, **made: Any) -> Credential:
    with database.transaction() as connection:
        key, secret = access.add(connection, label="x", now=now, **made)
        found = access.authenticate(connection, key, secret, now)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("scope", "state", "profile", "defines", "people"),
    [
        ("all", "rw", "rw", True, True),
        ("all/read", "r", "r", False, True),
        ("state", "rw", "", False, False),
        ("profile", "", "rw", False, True),
        ("define", "", "", True, False),
        ("statements/read", "", "", False, True),
        ("statements/write", "", "", False, False),
        ("statements/read/mine", "", "", False, False),
    ],
)
def test_documents_definitions_and_people_have_scopes_of_their_own(
    database: Database, now: datetime, scope: str, state: str, profile: str, defines: bool, people: bool
):
    found = rights(database, now, scopes=[scope])

    def said(may: Callable[..., bool]) -> str:
        return "r" * may(write=False) + "w" * may(write=True)

    assert (said(found.may_state), said(found.may_profile)) == (state, profile)
    assert (found.defines, found.reads_people) == (defines, people)


def test_a_platform_defines_its_own_activities(database: Database, now: datetime):
    made = {"scopes": ["statements/write"], "source": "https://lms", "host_intake": True}
    assert rights(database, now, **made).defines


def test_a_credential_opens_nothing_from_the_moment_it_expires(database: Database, now: datetime):
    end = now + timedelta(days=1)
    with database.transaction() as connection:
        key, secret = access.add(connection, label="x", scopes=["all"], now=now, expires=end)
        assert access.authenticate(connection, key, secret, end - timedelta(microseconds=1))
        assert access.authenticate(connection, key, secret, end) is None
        (listed,) = access.list_(connection)
        with pytest.raises(ValueError, match="expired"):
            access.add(connection, label="x", scopes=["all"], now=now, expires=now)
    assert (listed.expires, listed.revoked, listed.open_at(end)) == (end, False, False)


def test_owner_limits_and_last_use_are_kept_to_the_minute(database: Database, now: datetime):
    limits = access.Limits(verbs=("urn:v",), activities=("urn:a", "urn:b"), units=("66",))
    found = rights(database, now, scopes=["statements/read"], owner="Sở Nội vụ", limits=limits)
    assert (found.owner, found.limits, found.created, found.used) == ("Sở Nội vụ", limits, now, None)
    later = [now + timedelta(seconds=seconds) for seconds in (0, 59, 61)]
    seen = []
    for at in later:
        with database.transaction() as connection:
            access.used(connection, found.key, at)
            again = access.find(connection, found.key)
        assert again is not None
        seen.append((again.used, access.use_is_due(again, at)))
    assert seen == [(now, False), (now, False), (later[2], False)]
    assert access.use_is_due(again, later[2] + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("scopes", "limits", "says"),
    [
        (["all/read"], {"verbs": ("urn:v",)}, "all/read"),
        (["statements/read", "profile"], {"units": ("66",)}, "profile"),
        (["statements/write"], {"units": ("66",)}, "statements/read"),
        (["statements/read"], {"verbs": ("completed",)}, "IRI"),
        (["statements/read"], {"activities": ("urn:" + "a" * 3000,)}, "2000"),
    ],
)
def test_a_limit_that_would_not_hold_is_refused_when_it_is_made(
    database: Database, now: datetime, scopes: list[str], limits: dict[str, Any], says: str
):
    with database.transaction() as connection, pytest.raises(ValueError, match=says):
        access.add(connection, label="x", scopes=scopes, now=now, limits=access.Limits(**limits))
