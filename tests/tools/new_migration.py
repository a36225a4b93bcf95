"""Draft the next migration from the difference between the history's end and the rooms' tables.

    python tests/tools/new_migration.py "What changes"

The draft is read and put right by hand before it is committed.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from lti_tool.base import migrate
from lti_tool.base.database import Database


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'draft.db'}")
        config = migrate.config(database)
        command.upgrade(config, "head")
        number = 1 + len(list(migrate.versions_folder().glob("[0-9]*.py")))
        command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    main()
