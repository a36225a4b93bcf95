"""What every test may use: a clock that stands still and fresh databases, SQLite always, PostgreSQL when the run names a server."""

import importlib
import os
import pkgutil
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import MetaData, create_engine, make_url, text

import certificates
import lti_tool
import xapi
from lti_tool.base.database import Database, normalised

settings.register_profile("quick", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
settings.register_profile("proof", max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("DONGHANH_TEST_PROFILE", "quick"))

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
POSTGRES = os.environ.get("DONGHANH_TEST_POSTGRES", "")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: NOW


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, empty database that is gone afterwards."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    if not POSTGRES:
        pytest.skip("no PostgreSQL server named by DONGHANH_TEST_POSTGRES")
    name = f"donghanh_test_{secrets.token_hex(6)}"
    server = create_engine(normalised(POSTGRES), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with the tables of every room that is imported."""
    found = Database(database_url)
    for metadata in all_metadata():
        metadata.create_all(found.engine)
    yield found
    found.close()


def all_metadata() -> list[MetaData]:
    """Every package's tables: each room owns its `tables.py` or `<what>_tables.py`."""
    found = {}
    for package in (xapi, certificates, lti_tool):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("tables"):
                metadata = importlib.import_module(module.name).metadata
                found[id(metadata)] = metadata
    return list(found.values())
