"""programme: the organiser's rule file, checked and loaded."""

import argparse
from pathlib import Path

from lti_tool.cli.context import Context
from lti_tool.cli.files import read_text
from lti_tool.cli.terminal import WRONG, Answer, CommandError, Commands, command, group, table
from lti_tool.ledger import due
from lti_tool.programmes import versions
from lti_tool.programmes.faults import Fault, ProgrammeError
from lti_tool.programmes.reader import count_complete, read_programme, warnings

_FILE = "config/programmes/kns-2025.yaml"


def register(commands: Commands) -> None:
    """Add programme check, load and list."""
    programme = group(commands, "programme", "the rule: topics, sets, requirement, window")
    examples = [f"programme check {_FILE}", f"programme check {_FILE} --count"]
    parser = command(programme, "check", check, "say what is wrong with a programme file, by line", examples)
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument(
        "--count", action="store_true", help="try every subset of topics and count those that complete"
    )
    examples = [f"programme load {_FILE}", f"programme load {_FILE} --rehearsal"]
    parser = command(programme, "load", load, "put a programme file in force; everyone is reviewed", examples)
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument(
        "--rehearsal", action="store_true", help="move the window to now and mark everything a rehearsal"
    )
    command(programme, "list", list_, "list the programmes in force", ["programme list --json"])


def check(options: argparse.Namespace, _context: Context) -> Answer:
    """Faults stop, warnings do not; needs no database."""
    text, name = read_text(options.file), str(options.file)
    try:
        programme = read_programme(text, name)
    except ProgrammeError as error:
        return _faulty(error)
    doubts = warnings(text, name)
    plain: dict[str, object] = {"ok": True, "key": programme.key, "warnings": [_plain(one) for one in doubts]}
    lines = [f"{name}: good ({len(programme.topics)} topics)", *(f"warning: {one}" for one in doubts)]
    if options.count:
        try:
            complete, subsets = count_complete(programme)
        except ValueError as error:
            raise CommandError(str(error)) from error
        plain |= {"complete": complete, "subsets": subsets}
        lines = [*lines[1:], f"{complete} of {subsets} complete"]
    return Answer(plain, lines)


def load(options: argparse.Namespace, context: Context) -> Answer:
    """The newest version is the one in force; the same file twice changes nothing."""
    text = read_text(options.file)
    try:
        with context.database.transaction() as connection:
            made = versions.load(
                connection, text, str(options.file), context.clock(), options.rehearsal, mark_all=due.mark_all
            )
    except ProgrammeError as error:
        return _faulty(error)
    window = made.programme.window
    span = f"{window.opens:%d/%m/%Y %H:%M} to {window.closes:%d/%m/%Y %H:%M}"
    what = "is now in force" if made.new else "was in force already"
    kind = " (rehearsal)" if made.rehearsal else ""
    plain = {
        "key": made.key,
        "version": made.version,
        "new": made.new,
        "rehearsal": made.rehearsal,
        "sha256": made.sha256,
    }
    return Answer(plain, [f"{made.key} version {made.version} {what}{kind}: {span}"])


def list_(_options: argparse.Namespace, context: Context) -> Answer:
    """What is in force."""
    with context.database.reading() as connection:
        found = versions.all_in_force(connection)
    plain = [
        {
            "key": one.key,
            "edition": one.edition,
            "version": one.version,
            "rehearsal": one.rehearsal,
            "opens": one.programme.window.opens,
            "closes": one.programme.window.closes,
        }
        for one in found
    ]
    heads = ("key", "edition", "version", "rehearsal", "opens", "closes")
    return Answer(plain, table(heads, [tuple(one.values()) for one in plain]))


def _faulty(error: ProgrammeError) -> Answer:
    return Answer(
        {"ok": False, "faults": [_plain(one) for one in error.faults]},
        [str(one) for one in error.faults],
        WRONG,
    )


def _plain(fault: Fault) -> dict[str, object]:
    return {
        "file": fault.filename,
        "line": fault.line,
        "where": fault.where,
        "reason": fault.reason,
        "code": fault.code,
    }
