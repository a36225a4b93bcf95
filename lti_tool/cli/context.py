"""What every command can reach: the settings, the database and the time, each opened on first use."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection

from lti_tool.base import audit, settings
from lti_tool.base.clock import Clock
from lti_tool.base.database import Database


class Context:
    """The command's surroundings. `environ` and `clock` are handed in; tests hand in their own."""

    def __init__(self, environ: Mapping[str, str], clock: Clock, folder: Path) -> None:
        self.environ = environ
        self.clock = clock
        self.folder = folder

    @cached_property
    def settings(self) -> settings.Settings:
        """The settings; raises SettingsError naming the variable."""
        return settings.load(self.environ, self.folder)

    @cached_property
    def database(self) -> Database:
        """The database the settings name."""
        return Database(self.settings.database_url, self.settings.read_database_url)

    def record(self, connection: Connection, act: str, subject: str, **details: object) -> None:
        """Write what a command decided, in the transaction that carries it out; `subject` is "<kind>:<id>"."""
        audit.record(connection, who="command", act=act, subject=subject, details=details, at=self.clock())

    def close(self) -> None:
        """Let go of the database, if it was opened."""
        if "database" in self.__dict__:
            self.database.close()
