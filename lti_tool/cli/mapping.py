"""mapping: which activities of a platform make a topic."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lti_tool.cli.context import Context
from lti_tool.cli.files import read_text
from lti_tool.cli.terminal import WRONG, Answer, Commands, command, group, table
from lti_tool.ledger import due
from lti_tool.lti import platforms
from lti_tool.programmes import mappings, versions
from lti_tool.programmes.faults import ProgrammeError

if TYPE_CHECKING:
    from lti_tool.programmes.mappings import Imported


def register(commands: Commands) -> None:
    """Add mapping import and list."""
    mapping = group(commands, "mapping", "activities of each LMS that make a topic")
    examples = ["mapping import config/mappings/moodle.yaml"]
    parser = command(
        mapping, "import", import_, "put a mapping file in force; everyone is reviewed", examples
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    command(
        mapping,
        "list",
        list_,
        "list the mappings in force and topics nothing maps to",
        ["mapping list --json"],
    )


def import_(options: argparse.Namespace, context: Context) -> Answer:
    """A newer mapping replaces the one of its programme and platform."""
    text = read_text(options.file)
    try:
        with context.database.transaction() as connection:
            made = mappings.import_(
                connection, text, str(options.file), context.clock(), mark_all=due.mark_all
            )
            issuers = sorted({one.issuer for one in platforms.list_(connection)})
    except ProgrammeError as error:
        return Answer(
            {"ok": False, "faults": [str(one) for one in error.faults]}, list(map(str, error.faults)), WRONG
        )
    plain = {
        "programme": made.programme,
        "source": made.source,
        "version": made.version,
        "new": made.new,
        "registered": made.source in issuers,
    }
    what = "is now in force" if made.new else "was in force already"
    lines = [f"{made.programme} on {made.source}: version {made.version} {what}"]
    if made.source not in issuers:
        known = ", ".join(issuers) or "none"
        lines.append(f"but no LMS is registered under that issuer, so nothing uses it; registered: {known}")
    return Answer(plain, lines)


def list_(_options: argparse.Namespace, context: Context) -> Answer:
    """Imported mappings by programme; other platforms use idnumber = topic key."""
    found: list[tuple[Imported, tuple[str, ...]]] = []
    with context.database.reading() as connection:
        for programme in versions.current(connection):
            missing = mappings.unmapped(programme, mappings.current(connection, programme.key))
            listed = mappings.listed(connection, programme.key)
            found += [(one, missing.get(one.source, ())) for one in listed]
    plain = [
        {
            "programme": one.programme,
            "source": one.source,
            "version": one.version,
            "loaded_at": one.loaded_at,
            "unmapped": missing,
        }
        for one, missing in found
    ]
    rows = [(one.programme, one.source, one.version, " ".join(missing) or "-") for one, missing in found]
    return Answer(plain, table(("programme", "platform", "version", "topics nothing maps to"), rows))
