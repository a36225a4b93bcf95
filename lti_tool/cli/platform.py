"""platform: the LMSs that may launch."""

import argparse

from lti_tool.cli import named
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import Answer, CommandError, Commands, command, group, table
from lti_tool.hosts import KINDS
from lti_tool.hosts.fields import to_paste
from lti_tool.lti import invitations, platforms
from lti_tool.lti.platforms import Draft, Platform, PlatformError

_ADD = (
    "platform add --name lms --issuer https://lms.example.vn --client-id a1B2 --deployment-id 1 "
    "--auth-login-url https://lms.example.vn/mod/lti/auth.php --token-url https://lms.example.vn/mod/lti/token.php "
    "--jwks-url https://lms.example.vn/mod/lti/certs.php --kind moodle"
)
_WANTED = (
    ("--name", "what you call it"),
    ("--issuer", "Moodle: Platform ID; Open edX: the LMS root URL"),
    ("--client-id", "Client ID"),
    ("--auth-login-url", "Moodle: Authentication request URL; Open edX: Login URL"),
    ("--token-url", "Moodle: Access token URL; Open edX: Access Token URL"),
    ("--jwks-url", "Moodle: Public keyset URL; Open edX: Keyset URL"),
)


def register(commands: Commands) -> None:
    """Add platform add, list, remove, approve and invite."""
    platform = group(commands, "platform", "LMSs that may launch the tool")
    parser = command(platform, "add", add, "register an LMS", [_ADD])
    for option, meaning in _WANTED:
        parser.add_argument(option, required=True, help=meaning)
    parser.add_argument(
        "--deployment-id", required=True, action="append", help="Deployment ID (may be repeated)"
    )
    parser.add_argument("--kind", choices=KINDS, default="standard", help="what it is (default standard)")
    parser.add_argument(
        "--frame-origin",
        action="append",
        default=[],
        help="a further origin whose pages frame the tool (may be repeated)",
    )
    command(platform, "list", list_, "list the registered LMSs", ["platform list", "platform list --json"])
    for name, run, what in (
        ("remove", remove, "forget an LMS; its launches are refused from then on"),
        ("approve", approve, "give an LMS that registered itself its rights"),
    ):
        parser = command(platform, name, run, what, [f"platform {name} lms"])
        parser.add_argument("name", metavar="NAME", help="its name or number in `platform list`")
    examples = ["platform invite", "platform invite --kind moodle --json"]
    parser = command(
        platform, "invite", invite, "print a one-time link for LTI Dynamic Registration", examples
    )
    parser.add_argument("--kind", choices=KINDS, default="moodle", help="what it is (default moodle)")


def add(options: argparse.Namespace, context: Context) -> Answer:
    """Register; what an operator types has rights at once."""
    draft = Draft(
        name=options.name,
        issuer=options.issuer,
        client_id=options.client_id,
        auth_login_url=options.auth_login_url,
        token_url=options.token_url,
        jwks_url=options.jwks_url,
        kind=options.kind,
        deployments=tuple(options.deployment_id),
        frame_origins=tuple(options.frame_origin),
    )
    try:
        with context.database.transaction() as connection:
            made = platforms.add(connection, draft, context.clock())
            context.record(connection, "platform.add", f"platform:{made.id}")
    except PlatformError as error:
        raise CommandError(f"--{error.field.replace('_', '-')}: {error.wanted}") from error
    pairs = to_paste(made.kind, context.settings.base_url)
    lines = [
        f"{made.name} is registered. In the LMS, enter:",
        *(f"  {label}: {value}" for label, value in pairs),
    ]
    return Answer(_plain(made), lines)


def list_(_options: argparse.Namespace, context: Context) -> Answer:
    """Every registration."""
    with context.database.reading() as connection:
        found = platforms.list_(connection)
    rows = [
        (one.id, one.name, one.kind, one.issuer, one.client_id, " ".join(one.deployments), one.approved)
        for one in found
    ]
    heads = ("id", "name", "kind", "issuer", "client id", "deployments", "approved")
    return Answer([_plain(one) for one in found], table(heads, rows))


def remove(options: argparse.Namespace, context: Context) -> Answer:
    """Forget one."""
    with context.database.transaction() as connection:
        found = named.platform(connection, options.name)
        platforms.remove(connection, found.id)
        context.record(connection, "platform.remove", f"platform:{found.id}")
    return Answer(_plain(found), [f"{found.name} is forgotten"])


def approve(options: argparse.Namespace, context: Context) -> Answer:
    """Give one its rights."""
    with context.database.transaction() as connection:
        found = named.platform(connection, options.name)
        platforms.approve(connection, found.id)
        context.record(connection, "platform.approve", f"platform:{found.id}")
    return Answer({**_plain(found), "approved": True}, [f"{found.name} may launch"])


def invite(options: argparse.Namespace, context: Context) -> Answer:
    """A link for the LMS's own registration form."""
    with context.database.transaction() as connection:
        token = invitations.invite(connection, context.clock(), kind=options.kind)
        context.record(connection, "platform.invite", "platform:new")
    link = invitations.address(context.settings.base_url, token)
    lines = [
        "Paste this once, within 7 days, into Moodle: Site administration > Plugins > External tool > Manage tools:",
        link,
    ]
    return Answer({"link": link}, lines)


def _plain(platform: Platform) -> dict[str, object]:
    return {
        "id": platform.id,
        "name": platform.name,
        "kind": platform.kind,
        "issuer": platform.issuer,
        "client_id": platform.client_id,
        "deployments": list(platform.deployments),
        "auth_login_url": platform.auth_login_url,
        "token_url": platform.token_url,
        "jwks_url": platform.jwks_url,
        "frame_origins": list(platform.frame_origins),
        "approved": platform.approved,
    }
