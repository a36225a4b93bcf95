"""The database's versions: one Alembic history in `lti_tool/migrations`, carried by the wheel."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from lti_tool.base.database import Database
from lti_tool.base.resources import package_folder


def upgrade(database: Database, revision: str = "head") -> None:
    command.upgrade(config(database), revision)


def downgrade(database: Database, revision: str) -> None:
    command.downgrade(config(database), revision)


def head() -> str:
    """The newest revision this release knows."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


def current(connection: Connection) -> str | None:
    """The revision the database stands at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def config(database: Database) -> Config:
    """What Alembic's commands work with."""
    found = _config()
    found.attributes["database"] = database
    return found


def versions_folder() -> Path:
    return package_folder("migrations") / "versions"


def _config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(package_folder("migrations")))
    return found
