"""What every test may use: a clock that stands still and fresh databases, SQLite always, PostgreSQL when the run names a server."""

import importlib
import os
import pkgutil
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import MetaData, NullPool, create_engine, make_url, text

import certificates
import lti_tool
import xapi
from lti_tool.base.database import Database, normalised
from tests.tools.with_postgres import standby

settings.register_profile(
    "quick",
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("proof", max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("DONGHANH_TEST_PROFILE", "quick"))

NOW = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)
pytest_plugins = ["tests.chromium"]
POSTGRES = os.environ.get("DONGHANH_TEST_POSTGRES", "")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: NOW


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of this test alone: empty, or with all tables for a test that takes `database` too."""
    full = "database" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "test.db"
        if full:
            shutil.copyfile(request.getfixturevalue("sqlite_with_tables"), file)
        yield f"sqlite:///{file}"
    elif not POSTGRES:
        pytest.skip("no PostgreSQL server named by DONGHANH_TEST_POSTGRES")
    elif full:
        url = request.getfixturevalue("postgresql_with_tables")
        yield url
        _emptied(url)
    else:
        with new_postgresql() as url:
            yield url


@pytest.fixture
def database(database_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database with the tables of every room."""
    url = make_url(database_url)
    if (
        url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
    ):  # a file's own `database_url`
        shutil.copyfile(request.getfixturevalue("sqlite_with_tables"), str(url.database))
    found = Database(database_url)
    yield found
    found.close()


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy: making sixty tables anew for each test takes longer than most tests."""
    file = tmp_path_factory.mktemp("tables") / "full.db"
    _make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql_with_tables() -> Iterator[str]:
    """A database that is emptied after each test, for the same reason."""
    with new_postgresql() as url:
        _make_tables(url)
        yield url


@pytest.fixture(scope="module")
def replica_server() -> Iterator[str]:
    """A streaming replica of the whole server: the same databases under another port."""
    if not POSTGRES:
        pytest.skip("no PostgreSQL server named by DONGHANH_TEST_POSTGRES")
    with standby(POSTGRES) as url:
        yield url


@contextmanager
def new_postgresql() -> Iterator[str]:
    name = f"donghanh_test_{secrets.token_hex(6)}"
    _on(POSTGRES, f"CREATE DATABASE {name}")
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    _on(POSTGRES, f"DROP DATABASE {name} WITH (FORCE)")


def _emptied(url: str) -> None:
    """Ends what a test left open, and empties the tables it filled."""
    name = make_url(url).database
    _on(POSTGRES, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    tables = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in sorted(_tables())]
    filled = _on(url, " UNION ALL ".join(tables))
    if filled:
        _on(url, f"TRUNCATE {', '.join(filled)} CASCADE")
    used = "FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
    _on(url, f"SELECT setval(quote_ident(sequencename)::regclass, 1, false) {used}")


def _make_tables(url: str) -> None:
    found = Database(url)
    for metadata in all_metadata():
        metadata.create_all(found.engine)
    found.close()


def _tables() -> set[str]:
    return {name for metadata in all_metadata() for name in metadata.tables}


def _on(url: str, statement: str) -> list[str]:
    server = create_engine(normalised(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        answer = connection.execute(text(statement))
        return [str(row[0]) for row in answer] if answer.returns_rows else []


def all_metadata() -> list[MetaData]:
    """Every package's tables: each room owns its `tables.py` or `<what>_tables.py`."""
    found = {}
    for package in (xapi, certificates, lti_tool):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("tables"):
                metadata = importlib.import_module(module.name).metadata
                found[id(metadata)] = metadata
    return list(found.values())
