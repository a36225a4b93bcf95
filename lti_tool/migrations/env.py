"""Alembic's door: runs the one history over the tables of all packages, in one transaction, on the database it is handed."""

import importlib
import pkgutil
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text

import lti_tool
import xapi
from certificates.tables import metadata as certificates_metadata
from lti_tool.base.columns import UtcDateTime
from lti_tool.base.columns import metadata as lti_tool_metadata
from xapi.tables import is_partition
from xapi.tables import metadata as xapi_metadata

# Every room owns its `tables.py` (or `<what>_tables.py`): import them all, so that none is forgotten in a comparison.
for package in (lti_tool, xapi):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if found.name.rsplit(".", 1)[-1].endswith("tables"):
            importlib.import_module(found.name)


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """A migration is frozen: it names the database's type, not a class of today's code."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, UtcDateTime) else False


def alone(connection: Connection) -> None:
    """Until this transaction ends: who starts a second migration waits here, and finds it done. On SQLite the transaction alone does that."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('donghanh migrate', 0))"))


with context.config.attributes["database"].transaction() as connection:
    alone(connection)
    context.configure(
        connection=connection,
        target_metadata=[lti_tool_metadata, xapi_metadata, certificates_metadata],
        render_item=render_item,
        include_name=lambda name, kind, _parents: kind != "table" or not is_partition(str(name)),
        compare_type=True,
        transaction_per_migration=False,
        transactional_ddl=True,
    )
    context.run_migrations()
