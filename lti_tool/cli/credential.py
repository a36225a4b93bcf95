"""credential: who may write statements and read them."""

import argparse

from lti_tool.base import audit
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import Answer, CommandError, Commands, command, group, table
from lti_tool.lti import platforms
from xapi import access


def register(commands: Commands) -> None:
    """Add credential add, list and revoke."""
    credential = group(commands, "credential", "credentials of the learning record store")
    examples = [
        "credential add --label 'Moodle logstore' --scope statements/write --platform lms --host-intake",
        "credential add --label analyst --scope statements/read --json",
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
    command(credential, "list", list_, "list the credentials", ["credential list --json"])
    parser = command(
        credential, "revoke", revoke, "refuse a credential from now on", ["credential revoke KEY"]
    )
    parser.add_argument("key", metavar="KEY")


def add(options: argparse.Namespace, context: Context) -> Answer:
    """Key and secret, once."""
    now = context.clock()
    if options.host_intake and not options.platform:
        raise CommandError("--host-intake needs --platform NAME: whose statements are they?")
    with context.database.transaction() as connection:
        platform = platforms.by_name(connection, options.platform) if options.platform else None
        if options.platform and platform is None:
            raise CommandError(
                f"there is no platform {options.platform!r}: `donghanh platform list` shows all"
            )
        key, secret = access.add(
            connection,
            label=options.label,
            scopes=options.scope,
            source=platform.issuer if platform else None,
            host_intake=options.host_intake,
            now=now,
        )
        details = {"scopes": sorted(options.scope), "host_intake": options.host_intake}
        audit.record(
            connection,
            who="command",
            act="credential.add",
            subject=f"credential:{key}",
            details=details,
            at=now,
        )
    lines = [
        f"endpoint: {context.settings.base_url}/xapi",
        f"key:      {key}",
        f"secret:   {secret}  (shown this once)",
    ]
    return Answer({"key": key, "secret": secret}, lines)


def list_(_options: argparse.Namespace, context: Context) -> Answer:
    """Every credential, without secrets."""
    with context.database.reading() as connection:
        found = access.list_(connection)
    plain = [
        {
            "key": one.key,
            "label": one.label,
            "scopes": sorted(one.scopes),
            "source": one.source,
            "host_intake": one.host_intake,
            "revoked": one.revoked,
        }
        for one in found
    ]
    heads = ("key", "label", "scopes", "source", "host intake", "revoked")
    rows = [
        (one.key, one.label, " ".join(sorted(one.scopes)), one.source, one.host_intake, one.revoked)
        for one in found
    ]
    return Answer(plain, table(heads, rows))


def revoke(options: argparse.Namespace, context: Context) -> Answer:
    """Refuse it from the next request on."""
    now = context.clock()
    with context.database.transaction() as connection:
        if not access.revoke(connection, options.key, now):
            raise CommandError(f"there is no such credential in force: {options.key}")
        audit.record(
            connection,
            who="command",
            act="credential.revoke",
            subject=f"credential:{options.key}",
            details={},
            at=now,
        )
    return Answer({"revoked": options.key}, ["it is refused from now on"])
