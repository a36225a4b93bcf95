"""credential: who may write statements and read them."""

import argparse
from datetime import datetime, timedelta

from sqlalchemy import Connection

from lti_tool.cli import named
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import Answer, CommandError, Commands, command, group, table
from lti_tool.people import units
from xapi import access
from xapi.access import Credential, Limits

_MOST_DAYS = 3650


def register(commands: Commands) -> None:
    """Add credential add, list and revoke."""
    credential = group(commands, "credential", "credentials of the learning record store")
    examples = [
        "credential add --label 'Moodle logstore' --scope statements/write --platform lms --host-intake",
        "credential add --label analyst --scope statements/read --unit 66 --days 90 --owner 'Sở Nội vụ' --json",
    ]
    parser = command(credential, "add", add, "make a credential; its secret is shown this once", examples)
    parser.add_argument("--label", required=True, help="what it is for")
    parser.add_argument(
        "--scope", required=True, action="append", choices=access.SCOPES, help="may be repeated"
    )
    parser.add_argument("--platform", metavar="NAME", help="the registered LMS whose statements it brings")
    parser.add_argument(
        "--host-intake",
        action="store_true",
        help="the LMS's own sender: bad statements are set aside, never refused",
    )
    parser.add_argument("--owner", metavar="WHO", help="who answers for it")
    parser.add_argument("--days", type=int, metavar="N", help="it expires after this many days")
    limit = "reads only statements {} (may be repeated; only with statements/... scopes)"
    parser.add_argument("--verb", action="append", metavar="IRI", help=limit.format("with this verb"))
    parser.add_argument(
        "--activity", action="append", metavar="IRI", help=limit.format("about this activity or course")
    )
    parser.add_argument(
        "--unit", action="append", metavar="CODE", help=limit.format("of the people of this unit")
    )
    command(credential, "list", list_, "list the credentials", ["credential list --json"])
    parser = command(
        credential, "revoke", revoke, "refuse a credential from now on", ["credential revoke KEY"]
    )
    parser.add_argument("key", metavar="KEY")


def add(options: argparse.Namespace, context: Context) -> Answer:
    """Key and secret, once."""
    if options.host_intake and not options.platform:
        raise CommandError("--host-intake needs --platform NAME: whose statements are they?")
    try:
        with context.database.transaction() as connection:
            key, secret = _made(connection, options, context)
    except ValueError as error:
        raise CommandError(str(error)) from error
    lines = [
        f"endpoint: {context.settings.base_url}/xapi",
        f"key:      {key}",
        f"secret:   {secret}  (shown this once)",
    ]
    return Answer({"key": key, "secret": secret}, lines)


def _made(connection: Connection, options: argparse.Namespace, context: Context) -> tuple[str, str]:
    limits, now = _limits(connection, options), context.clock()
    made = access.add(
        connection,
        label=options.label,
        scopes=options.scope,
        source=_source(connection, options),
        host_intake=options.host_intake,
        owner=options.owner,
        limits=limits,
        expires=_expires(options, now),
        now=now,
    )
    context.record(
        connection,
        "credential.add",
        f"credential:{made[0]}",
        scopes=sorted(options.scope),
        host_intake=options.host_intake,
        limits=limits.plain(),
    )
    return made


def _source(connection: Connection, options: argparse.Namespace) -> str | None:
    return named.platform(connection, options.platform).issuer if options.platform else None


def _limits(connection: Connection, options: argparse.Namespace) -> Limits:
    known = units.known(connection)
    for code in options.unit or ():
        if known.get(code) is None:
            raise CommandError(f"there is no unit {code!r} among those loaded")
    return Limits(tuple(options.verb or ()), tuple(options.activity or ()), tuple(options.unit or ()))


def _expires(options: argparse.Namespace, now: datetime) -> datetime | None:
    if options.days is None:
        return None
    if not 1 <= options.days <= _MOST_DAYS:
        raise CommandError(f"--days wants 1 to {_MOST_DAYS}")
    return now + timedelta(days=options.days)


def list_(_options: argparse.Namespace, context: Context) -> Answer:
    """Every credential, without secrets."""
    now = context.clock()
    with context.database.reading() as connection:
        found = access.list_(connection)
    heads = ("key", "label", "owner", "scopes", "limits", "source", "host intake", "last used", "state")
    return Answer([_plain(one, now) for one in found], table(heads, [_row(one, now) for one in found]))


def _plain(one: Credential, now: datetime) -> dict[str, object]:
    return {
        "key": one.key,
        "label": one.label,
        "owner": one.owner,
        "scopes": sorted(one.scopes),
        "limits": one.limits.plain(),
        "source": one.source,
        "host_intake": one.host_intake,
        "created": one.created and one.created.isoformat(),
        "used": one.used and one.used.isoformat(timespec="minutes"),
        "expires": one.expires and one.expires.isoformat(),
        "expired": not one.revoked and not one.open_at(now),
        "revoked": one.revoked,
    }


def _row(one: Credential, now: datetime) -> tuple[object, ...]:
    limits = "; ".join(f"{name} {', '.join(values)}" for name, values in one.limits.plain().items())
    state = "revoked" if one.revoked else "open" if one.open_at(now) else "expired"
    if state == "open" and one.expires:
        state = f"until {one.expires:%Y-%m-%d %H:%M}Z"
    used = one.used and f"{one.used:%Y-%m-%d %H:%M}Z"
    scopes = " ".join(sorted(one.scopes))
    return (one.key, one.label, one.owner, scopes, limits, one.source, one.host_intake, used, state)


def revoke(options: argparse.Namespace, context: Context) -> Answer:
    """Refuse it from the next request on."""
    with context.database.transaction() as connection:
        if not access.revoke(connection, options.key, context.clock()):
            raise CommandError(f"there is no such credential in force: {options.key}")
        context.record(connection, "credential.revoke", f"credential:{options.key}")
    return Answer({"revoked": options.key}, ["it is refused from now on"])
