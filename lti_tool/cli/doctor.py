"""doctor: what is wrong, in words."""

import argparse
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from lti_tool.app.tool import certificate_key, external_lrs, outbound_of, replica
from lti_tool.base.settings import Settings, SettingsError
from lti_tool.cli import doctor_checks as checks
from lti_tool.cli import doctor_outside as outside
from lti_tool.cli.context import Context
from lti_tool.cli.doctor_checks import Finding, ok, wrong
from lti_tool.cli.doctor_statements import statements
from lti_tool.cli.terminal import WRONG, Answer, Commands, command
from lti_tool.lti import platforms
from lti_tool.pages import health


def register(commands: Commands) -> None:
    """Add doctor."""
    what = (
        "check settings, database, keys, clock, platforms, mappings, worker and whatever waits for a person"
    )
    command(commands, "doctor", doctor, what, ["doctor", "doctor --json"])


def doctor(_options: argparse.Namespace, context: Context) -> Answer:
    """Every finding; exit code 1 when one is wrong (what merely waits for a person is not)."""
    found = list(_findings(context))
    sick = any(one.state == checks.WRONG for one in found)
    plain = {
        "ok": not sick,
        "checks": [{"name": one.name, "state": one.state, "says": one.says} for one in found],
    }
    lines = [f"{one.state:5}  {one.name}: {one.says}" for one in found]
    return Answer(plain, lines, WRONG if sick else 0)


def _findings(context: Context) -> Iterator[Finding]:
    try:
        settings = context.settings
    except SettingsError as error:
        yield wrong("settings", str(error))
        return
    yield ok("settings", f"base URL {settings.base_url}")
    yield checks.base_url(settings)
    yield _keys(settings)
    if (silent := health.database_answers(context.database)) is not None:
        yield wrong("database", silent)
        return
    yield ok("database", context.database.engine.dialect.name)
    if (behind := health.migrations_at_head(context.database)) is not None:
        yield wrong("migrations", behind)
        return
    yield ok("migrations", "at this release")
    try:
        yield from _inside(context, settings)
    except SQLAlchemyError as error:
        yield wrong("database", f"a query failed ({type(error).__name__})")


def _keys(settings: Settings) -> Finding:
    own = sorted((settings.keys / "lti").glob("[0-9]*.pem"))
    if not own:
        return wrong(
            "keys",
            f"there is no LTI key under {settings.keys}: start `donghanh serve` once, or restore the backup",
        )
    unreadable = health.keys_readable((*own, certificate_key(settings)))
    return wrong("keys", unreadable) if unreadable else ok("keys", f"{len(own)} LTI, 1 for certificates")


def _inside(context: Context, settings: Settings) -> Iterator[Finding]:
    now = context.clock()
    with context.database.reading() as connection:
        known = platforms.list_(connection)
        yield from checks.programmes(connection, [one.issuer for one in known])
        yield from checks.waiting(connection, now)
        yield from statements(connection, [one.issuer for one in known if one.approved], now)
        yield from outside.forwards(connection)
        if settings.pseudonymous:
            yield checks.pseudonyms(connection)
    if (copy := replica(context.database, context.clock)) is not None:
        yield outside.replica(copy)
    yield from checks.approvals(known)
    if (lrs := external_lrs(settings, outbound_of(settings))) is not None:
        yield from outside.external(context.database, lrs, settings.base_url)
    with outbound_of(settings).session() as session:
        yield from checks.reach([one for one in known if one.approved], session, context.clock)
