"""roster: who is expected, from a CSV file."""

import argparse
from pathlib import Path

from lti_tool.base.resources import package_folder
from lti_tool.base.texts import Texts
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import WRONG, Answer, CommandError, Commands, command, group
from lti_tool.ledger import due
from lti_tool.lti import platforms
from lti_tool.people import roster, units


def register(commands: Commands) -> None:
    """Add roster import."""
    found = group(commands, "roster", "the people expected, with names, units and logins")
    examples = ["roster import people.csv --dry-run", "roster import people.csv"]
    parser = command(
        found, "import", import_, "take in a CSV file; bad lines are named and left out", examples
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
    parser.add_argument(
        "--units", metavar="FILE", type=Path, help="first load units (code,name,level,parent) from this CSV"
    )


def import_(options: argparse.Namespace, context: Context) -> Answer:
    """Columns: code, family_name, given_name, phone, email, province, commune, sub:<platform> or username:<platform>."""
    try:
        content = options.file.read_bytes()
        listed = _units(options.units.read_text(encoding="utf-8-sig")) if options.units else []
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from error
    with context.database.reading() as connection:
        issuers = {one.name: one.issuer for one in platforms.list_(connection)}
        known = units.Units([*units.known(connection).all(), *listed])
    begin = context.database.reading if options.dry_run else context.database.transaction
    with begin() as connection:
        report = roster.import_(
            connection,
            content,
            issuers=issuers,
            units=known,
            who="command",
            now=context.clock(),
            mark=due.mark,
            dry_run=options.dry_run,
        )
        if not options.dry_run:  # on PostgreSQL what is read is no transaction: what it writes stays
            units.load(connection, listed)
    problems = [{"line": one.line, "code": one.code, **one.values} for one in report.problems]
    plain = {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "problems": problems,
        "dry_run": report.dry_run,
    }
    texts = Texts.load(package_folder("translations"))
    lines = [
        f"line {one.line}: {texts.t('en', f'people.roster.{one.code}', **one.values)}"
        for one in report.problems
    ]
    told = "would be " if report.dry_run else ""
    lines.append(
        f"{report.added} {told}added, {report.changed} {told}changed, {report.unchanged} unchanged, {len(problems)} bad"
    )
    return Answer(plain, lines, WRONG if problems else 0)


def _units(listed: str) -> list[units.Unit]:
    try:
        return units.read(listed)
    except units.UnitsError as error:
        raise CommandError(str(error)) from error
