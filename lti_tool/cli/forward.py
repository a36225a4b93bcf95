"""forward: statements sent on to other record stores."""

import argparse
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection

from lti_tool.app.tool import installation_secret
from lti_tool.base.sealing import Seal
from lti_tool.cli import named
from lti_tool.cli.context import Context
from lti_tool.cli.files import read_secret
from lti_tool.cli.terminal import Answer, CommandError, Commands, command, group, table
from lti_tool.handlers import forward
from lti_tool.pages.standings import practice_authority
from xapi import forwarding, identity
from xapi.forwarding import Choice, Forward
from xapi.settled import settled


def register(commands: Commands) -> None:
    """Add forward add, list, pause, resume, remove, parked and retry."""
    forwards = group(commands, "forward", "statements sent on to other record stores")
    examples = [
        "forward add --name aspects --url https://lrs.example.vn/xapi --key KEY --secret-file aspects.secret",
        (
            "forward add --name warehouse --url https://dw.example.vn/xapi --key KEY --secret-file dw.secret "
            "--platform lms --verb http://adlnet.gov/expapi/verbs/completed --without-names --from-now"
        ),
    ]
    _add_options(
        command(forwards, "add", add, "send all statements, or chosen ones, to another store", examples)
    )
    command(forwards, "list", list_, "list them, with what is behind and what is parked", ["forward list"])
    for name, run, what in (
        ("pause", pause, "stop sending; nothing is forgotten"),
        ("resume", resume, "go on where it stopped"),
        ("remove", remove, "forget it and what it parked"),
        ("parked", parked, "list the statements its receiver refused, with the reason"),
    ):
        command(forwards, name, run, what, [f"forward {name} aspects"]).add_argument("name", metavar="NAME")
    parser = command(forwards, "retry", retry, "send refused statements once more", ["forward retry aspects"])
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("ids", metavar="ID", type=int, nargs="*", help="which (default: all)")


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, help="how you call it")
    parser.add_argument("--url", required=True, help="the store's xAPI endpoint")
    parser.add_argument("--key", required=True, help="the key (username) it gave you")
    parser.add_argument(
        "--secret-file", required=True, type=Path, help="a file with its secret (kept sealed, not the file)"
    )
    parser.add_argument(
        "--platform", action="append", default=[], metavar="NAME", help="only of this LMS; may be repeated"
    )
    parser.add_argument("--verb", action="append", default=[], metavar="IRI", help="only this verb")
    parser.add_argument(
        "--activity",
        action="append",
        default=[],
        metavar="IRI",
        help="only about it; * at the end: begins so",
    )
    parser.add_argument(
        "--with-practice", action="store_true", help="practice answers too: they are for the learner alone"
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--without-names", action="store_true", help="leave people's names out")
    shown.add_argument(
        "--pseudonymous",
        action="store_true",
        help="a keyed hash in place of each person, of this receiver's own",
    )
    parser.add_argument("--from-now", action="store_true", help="nothing that is here already")


def add(options: argparse.Namespace, context: Context) -> Answer:
    """It begins at once."""
    parts = urlsplit(options.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise CommandError("--url: the store's xAPI endpoint is wanted, like https://lrs.example.vn/xapi", 2)
    sealed = Seal(installation_secret(context.settings)).close(read_secret(options.secret_file))
    start = _now_at(context) if options.from_now else 0
    with context.database.transaction() as connection:
        choice = _choice(connection, options, context.settings.base_url)
        made = _made(connection, options, sealed, choice, start)
        forward.ask(connection, made, context.clock())
        context.record(
            connection, "forward.add", f"forward:{made}", endpoint=options.url, choice=asdict(choice)
        )
    return Answer({"id": made, "name": options.name}, [f"{options.name} is being sent statements"])


def _made(
    connection: Connection, options: argparse.Namespace, sealed: str, choice: Choice, start: int
) -> int:
    try:
        return forwarding.add(
            connection,
            name=options.name,
            endpoint=options.url,
            key=options.key,
            secret=sealed,
            choice=choice,
            position=start,
        )
    except ValueError as error:
        raise CommandError(str(error)) from error


def _now_at(context: Context) -> int:
    found = settled(context.database.reading)
    if found is None:
        raise CommandError("a statement is being stored for long: try again in a moment")
    return found


def _choice(connection: Connection, options: argparse.Namespace, base_url: str) -> Choice:
    practice = identity.key(practice_authority(base_url)) or ""
    return Choice(
        left_out=() if options.with_practice else (practice,),
        sources=tuple(named.platform(connection, name).issuer for name in options.platform),
        verbs=tuple(options.verb),
        activities=tuple(options.activity),
        without_names=options.without_names,
        pseudonymous=options.pseudonymous,
    )


def list_(_options: argparse.Namespace, context: Context) -> Answer:
    """Each with how far it is."""
    last = settled(context.database.reading, looks=0) or 0
    with context.database.reading() as connection:
        found, parked_ = forwarding.list_(connection), forwarding.parked_counts(connection)
    plain = [_plain(one, last, parked_.get(one.id, 0)) for one in found]
    heads = ("name", "url", "state", "delivered", "behind", "parked", "reason")
    return Answer(plain, table(heads, [[row[head] for head in heads] for row in plain]))


def _plain(one: Forward, last: int, parked_: int) -> dict[str, object]:
    return {
        "name": one.name,
        "url": one.endpoint,
        "state": "paused" if one.paused else "away" if one.failures else "sending",
        "delivered": one.delivered,
        "behind": max(0, last - one.position),
        "parked": parked_,
        "reason": one.reason,
        "choice": asdict(one.choice),
        "moved": one.moved,
    }


def pause(options: argparse.Namespace, context: Context) -> Answer:
    """Nothing goes out from the next batch on."""
    with context.database.transaction() as connection:
        held = _named(connection, options.name)
        forwarding.pause(connection, held.id, paused=True)
        context.record(connection, "forward.pause", f"forward:{held.id}")
    return Answer({"paused": held.name}, [f"{held.name} is paused"])


def resume(options: argparse.Namespace, context: Context) -> Answer:
    """It goes on at once."""
    with context.database.transaction() as connection:
        held = _named(connection, options.name)
        forwarding.pause(connection, held.id, paused=False)
        forward.ask(connection, held.id, context.clock())
        context.record(connection, "forward.resume", f"forward:{held.id}")
    return Answer({"resumed": held.name}, [f"{held.name} goes on"])


def remove(options: argparse.Namespace, context: Context) -> Answer:
    """What was delivered stays where it is."""
    with context.database.transaction() as connection:
        held = _named(connection, options.name)
        forwarding.remove(connection, held.id)
        context.record(connection, "forward.remove", f"forward:{held.id}")
    return Answer({"removed": held.name}, [f"{held.name} is forgotten; what it was sent stays there"])


def parked(options: argparse.Namespace, context: Context) -> Answer:
    """Oldest first."""
    with context.database.reading() as connection:
        held = _named(connection, options.name)
        found = forwarding.parked(connection, forward_id=held.id, limit=1000)
    rows = [(one.id, one.statement_id, f"{one.at:%Y-%m-%d %H:%M}", one.tries, one.reason) for one in found]
    return Answer([asdict(one) for one in found], table(("id", "statement", "at", "tries", "reason"), rows))


def retry(options: argparse.Namespace, context: Context) -> Answer:
    """The worker sends them one by one."""
    with context.database.transaction() as connection:
        held = _named(connection, options.name)
        count = forwarding.ask_again(connection, held.id, options.ids or None)
        forward.ask(connection, held.id, context.clock())
        context.record(connection, "forward.retry", f"forward:{held.id}", count=count)
    return Answer({"again": count}, [f"{count} are sent once more"])


def _named(connection: Connection, name: str) -> Forward:
    held = forwarding.by_name(connection, name)
    if held is None:
        raise CommandError(f"there is no forward {name!r}: `donghanh forward list` shows all")
    return held
