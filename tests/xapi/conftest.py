"""What the tests of the learning record store share: a store on each database, its routes, and credentials of every kind."""

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from lti_tool.base.database import Database, normalised
from lti_tool.base.x509 import signed_by
from tests.conftest import POSTGRES
from tests.xapi.support import DATA, MOODLE, OPENEDX, Clock, Desk, Heard, Json, routes
from xapi import access, tables
from xapi.embedded import EmbeddedLrs
from xapi.intake import IntakePolicy
from xapi.lrs import Sender


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One database for all tests of this room, emptied before each: making one takes longer than most tests."""
    name = f"donghanh_xapi_{secrets.token_hex(6)}"
    server = create_engine(normalised(POSTGRES), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    made = create_engine(normalised(url))
    tables.metadata.create_all(made)
    made.dispose()
    yield url
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    if not POSTGRES:
        pytest.skip("no PostgreSQL server named by DONGHANH_TEST_POSTGRES")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The tables of this room alone, empty."""
    found = Database(database_url)
    tables.metadata.create_all(found.engine)
    if not found.is_sqlite:
        with found.engine.begin() as connection:
            names = ", ".join(tables.metadata.tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    yield found
    found.close()


@pytest.fixture
def xapi_clock() -> Clock:
    return Clock()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def lrs(database: Database, xapi_clock: Clock, heard: Heard) -> EmbeddedLrs:
    return EmbeddedLrs(database.transaction, database.reading, xapi_clock, heard)


@pytest.fixture
def policies() -> dict[str, IntakePolicy]:
    unknown = frozenset({"mailto:unknown@example.com"})
    return {
        MOODLE: IntakePolicy(MOODLE, MOODLE, unknown, registration_of_run=True),
        OPENEDX: IntakePolicy(OPENEDX, OPENEDX, unknown),
    }


@pytest.fixture
def desk(database: Database, lrs: EmbeddedLrs, policies: dict[str, IntakePolicy], xapi_clock: Clock) -> Desk:
    kinds: dict[str, dict[str, Any]] = {
        "admin": {"scopes": ["all"]},
        "reader": {"scopes": ["all/read"]},
        "writer": {"scopes": ["statements/write", "statements/read/mine"]},
        "other": {"scopes": ["statements/write", "statements/read/mine"]},
        "only-reads": {"scopes": ["statements/read"]},
        "only-writes": {"scopes": ["statements/write"]},
        "moodle": {"scopes": ["statements/write"], "source": MOODLE, "host_intake": True},
        "moodle-2": {"scopes": ["statements/write"], "source": MOODLE, "host_intake": True},
        "openedx": {"scopes": ["statements/write"], "source": OPENEDX, "host_intake": True},
    }
    with database.transaction() as connection:
        keys = {
            label: access.add(connection, label=label, now=xapi_clock(), **kind)
            for label, kind in kinds.items()
        }
    known = {"policy_for": lambda credential: policies.get(credential.source or ""), "rsa": signed_by}
    return Desk(routes(lrs, database, xapi_clock, **known), keys)


@pytest.fixture
def sender() -> Sender:
    return Sender(
        "a" * 32, {"objectType": "Agent", "account": {"homePage": "urn:donghanh:credential", "name": "a"}}
    )


@pytest.fixture
def statement() -> Callable[..., Json]:
    """A small valid statement; keyword arguments replace or, with None, leave out properties."""

    def make(**changes: Any) -> Json:
        made = {
            "id": str(uuid4()),
            "actor": {"account": {"homePage": MOODLE, "name": "2041"}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": f"{MOODLE}/mod/page/view.php?id=31"},
            "timestamp": "2025-12-04T09:15:00.000Z",
            **changes,
        }
        return {name: value for name, value in made.items() if value is not None}

    return make


@pytest.fixture
def recorded() -> Callable[[str], list[tuple[str, Json]]]:
    """(kind, statement) of one of our own files in the shapes that a platform was seen to send."""

    def read(name: str) -> list[tuple[str, Json]]:
        lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        return [(row["kind"], row["statement"]) for row in map(json.loads, lines)]

    return read
