"""admin: the console's accounts. A link is printed, never a password."""

import argparse

from lti_tool.cli.context import Context
from lti_tool.cli.terminal import Answer, CommandError, Commands, command, group, table
from lti_tool.people import staff
from lti_tool.people.staff import EVERYWHERE, Role, StaffError

_WHY = {
    "login": "a login is 2 to 100 of a-z 0-9 . _ @ + -",
    "exists": "this login exists already: `donghanh admin reset LOGIN` makes a new link for it",
    "unknown": "there is no such login: `donghanh admin list` shows all",
    "unit": "units are official codes, each given by --unit",
}


def register(commands: Commands) -> None:
    """Add admin add, reset, list and disable."""
    admin = group(commands, "admin", "accounts of the console")
    examples = [
        "admin add lan",
        "admin add hanoi --role organiser --unit 01",
        "admin add ho-tro --role support --json",
    ]
    parser = command(admin, "add", add, "make an account and print its one-time link", examples)
    parser.add_argument("login", metavar="LOGIN")
    parser.add_argument("--role", choices=[role.value for role in Role], default=Role.ADMINISTRATOR.value)
    parser.add_argument(
        "--unit", action="append", default=[], help="limit to a unit's learners (may be repeated)"
    )
    parser = command(admin, "reset", reset, "print a new one-time link for an account", ["admin reset lan"])
    parser.add_argument("login", metavar="LOGIN")
    command(admin, "list", list_, "list the accounts", ["admin list", "admin list --json"])
    parser = command(
        admin, "disable", disable, "close an account and end its sessions", ["admin disable lan"]
    )
    parser.add_argument("login", metavar="LOGIN")


def add(options: argparse.Namespace, context: Context) -> Answer:
    """Account and link in one transaction."""
    now = context.clock()
    units = tuple(options.unit) or EVERYWHERE
    try:
        with context.database.transaction() as connection:
            made = staff.add(connection, options.login, Role(options.role), units, now=now)
            token = staff.make_link(connection, made.login, now=now)
            context.record(connection, "staff.add", f"staff:{made.id}")
    except StaffError as error:
        raise CommandError(_WHY[error.code]) from error
    return _linked(context, made.login, token)


def reset(options: argparse.Namespace, context: Context) -> Answer:
    """A new link; the old password serves until the link is used."""
    try:
        with context.database.transaction() as connection:
            token = staff.make_link(connection, options.login, now=context.clock())
            person = staff.by_login(connection, options.login)
            context.record(connection, "staff.reset", f"staff:{person.id if person else 0}")
    except StaffError as error:
        raise CommandError(_WHY[error.code]) from error
    return _linked(context, staff.tidy(options.login), token)


def list_(_options: argparse.Namespace, context: Context) -> Answer:
    """Every account."""
    with context.database.reading() as connection:
        found = staff.list_(connection)
    plain = [
        {
            "login": one.login,
            "role": one.role,
            "units": one.units,
            "active": one.active,
            "password": one.has_password,
        }
        for one in found
    ]
    rows = [(one.login, one.role, " ".join(one.units), one.active, one.has_password) for one in found]
    return Answer(plain, table(("login", "role", "units", "active", "has a password"), rows))


def disable(options: argparse.Namespace, context: Context) -> Answer:
    """Close an account."""
    try:
        with context.database.transaction() as connection:
            person = staff.by_login(connection, options.login)
            staff.disable(connection, options.login, now=context.clock())
            context.record(connection, "staff.disable", f"staff:{person.id if person else 0}")
    except StaffError as error:
        raise CommandError(_WHY[error.code]) from error
    return Answer(
        {"disabled": staff.tidy(options.login)}, [f"{staff.tidy(options.login)} can no longer sign in"]
    )


def _linked(context: Context, login: str, token: str) -> Answer:
    link = f"{context.settings.base_url}/console/link/{token}"
    lines = [f"Open this once, within 24 hours, to choose a password for {login}:", f"  {link}"]
    return Answer({"login": login, "link": link}, lines)
