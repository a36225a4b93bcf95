"""What the doctor says of each platform's statements: do they come, and do they find the learners who launch from it."""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection

from lti_tool.cli.doctor_checks import WAITS, Finding, ok, wrong
from lti_tool.reports import reach
from lti_tool.reports.reach import Reach


def statements(connection: Connection, issuers: Collection[str], now: datetime) -> Iterator[Finding]:
    """One finding a platform."""
    for issuer in sorted(set(issuers)):
        yield _finding(issuer, reach.look(connection, issuer, now))


def _finding(issuer: str, found: Reach) -> Finding:
    if found.all_foreign:
        says = (
            f"the last {found.statements} name people of an address other than {issuer}, so none is evidence: "
            "the LMS's own address and the issuer must be the same"
        )
        return wrong("statements", says)
    if found.nobody:
        says = (
            f"nobody who has launched from {issuer} is named in any (looked for {found.launched} people), so none is "
            'evidence: see the README, "Connect …", on how the LMS names people'
        )
        return wrong("statements", says)
    if found.launched and not found.statements:
        return Finding("statements", WAITS, f"none has come from {issuer}, though people have launched")
    return ok(
        "statements", f"{issuer}: {'they find their learners' if found.found else 'nobody has come yet'}"
    )
