"""What an operator calls by its name."""

from sqlalchemy import Connection

from lti_tool.cli.terminal import CommandError
from lti_tool.lti import platforms
from lti_tool.lti.platforms import Platform


def platform(connection: Connection, name: str) -> Platform:
    """The registered LMS of this name or number, or a line that says where they are listed."""
    found = platforms.by_name(connection, name)
    if found is None and name.isdecimal():
        found = platforms.by_id(connection, int(name))
    if found is None:
        raise CommandError(f"there is no platform {name!r}: `donghanh platform list` shows all")
    return found
