"""Every kind of learning platform the tool knows, by name."""

from lti_tool.hosts.host import Ags, Host, family_first, present
from lti_tool.hosts.moodle import MOODLE
from lti_tool.hosts.openedx import OPENEDX
from lti_tool.hosts.standard import STANDARD

KINDS: tuple[str, ...] = (MOODLE.kind, OPENEDX.kind, STANDARD.kind)


def host(kind: str) -> Host:
    """The host of a kind; ValueError for a kind that does not exist."""
    for one in (MOODLE, OPENEDX, STANDARD):
        if one.kind == kind:
            return one
    message = f"unknown kind of host: {kind!r} (known: {', '.join(KINDS)})"
    raise ValueError(message)


__all__ = ["KINDS", "MOODLE", "OPENEDX", "STANDARD", "Ags", "Host", "family_first", "host", "present"]
