"""external: the record store that is followed, and whose word of it counts."""

import argparse
import json
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from lti_tool.app.tool import external_lrs, outbound_of
from lti_tool.cli import named
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import Answer, CommandError, Commands, command, group, table
from xapi import authorities, following
from xapi.authorities import Authority
from xapi.external import ExternalLrs
from xapi.formats import from_micros


def register(commands: Commands) -> None:
    """Add external show, tie and untie."""
    external = group(commands, "external", "the external record store of DONGHANH_LRS_URL")
    what = "how far it was followed, and whose statements it holds"
    command(external, "show", show, what, ["external show", "external show --json"])
    examples = ["external tie 3f2a… --platform lms", "external tie 77b0… --keeper"]
    what = "take an authority's statements as a platform's: only then are they evidence"
    parser = command(external, "tie", tie, what, examples)
    parser.add_argument("authority", metavar="AUTHORITY", help="its key, as `external show` says it")
    parser.add_argument("--platform", metavar="NAME", help="the registered LMS whose statements it brings")
    parser.add_argument(
        "--keeper", action="store_true", help="what it voids is no evidence any more, whoever said it"
    )
    what = "take nothing more from an authority; what was taken in stays"
    command(external, "untie", untie, what, ["external untie 3f2a…"]).add_argument(
        "authority", metavar="AUTHORITY"
    )


def show(_options: argparse.Namespace, context: Context) -> Answer:
    """The cursor and every authority that was seen."""
    lrs = _lrs(context)
    with context.database.reading() as connection:
        held = following.load(connection, lrs.remote.endpoint)
        found = authorities.list_(connection)
    position = held.cursor.position
    lines = [
        f"endpoint: {held.endpoint}",
        f"answered: {held.answered or 'never'}" + (f"; now: {held.reason}" if held.reason else ""),
        f"seen up to: {_moment(position) if position else 'nothing yet'}",
        *table(
            ("authority", "who", "platform", "keeper", "last statement"),
            [
                (one.key, _who(one), one.source, one.keeper, f"{one.last_stored:%Y-%m-%d %H:%M}")
                for one in found
            ],
        ),
    ]
    plain = {
        "endpoint": held.endpoint,
        "answered": held.answered,
        "reason": held.reason,
        "position": position and _moment(position),
        "abilities": held.abilities,
        "authorities": [asdict(one) for one in found],
    }
    return Answer(plain, lines)


def tie(options: argparse.Namespace, context: Context) -> Answer:
    """What it said before is read again from its first statement on."""
    if not (options.platform or options.keeper):
        raise CommandError("--platform NAME or --keeper: what is its word good for?", 2)
    with context.database.transaction() as connection:
        source = named.platform(connection, options.platform).issuer if options.platform else None
        one = _known(connection, options.authority)
        authorities.tie(connection, one.key, source, keeper=options.keeper)
        following.rewind(connection, _lrs(context).remote.endpoint, one.first_stored)
        context.record(
            connection, "external.tie", f"authority:{one.key}", source=source, keeper=options.keeper
        )
    return Answer({"tied": one.key, "source": source}, [f"{_who(one)}: read again from its first statement"])


def untie(options: argparse.Namespace, context: Context) -> Answer:
    """From the next page on."""
    with context.database.transaction() as connection:
        one = _known(connection, options.authority)
        authorities.tie(connection, one.key, None)
        context.record(connection, "external.untie", f"authority:{one.key}")
    return Answer({"untied": one.key}, [f"{_who(one)}: nothing more is taken; what was taken in stays"])


def _lrs(context: Context) -> ExternalLrs:
    found = external_lrs(context.settings, outbound_of(context.settings))
    if found is None:
        raise CommandError("DONGHANH_LRS_URL is not set: there is no external record store")
    return found


def _known(connection: Connection, key: str) -> Authority:
    """By its key, or the beginning of it that no other has."""
    found = [one for one in authorities.list_(connection) if one.key.startswith(key)]
    if len(found) != 1:
        raise CommandError(
            f"{len(found)} authorities begin with {key!r}: `donghanh external show` lists them"
        )
    return found[0]


def _who(one: Authority) -> str:
    account = one.value.get("account", {})
    name = one.value.get("name") or account.get("name") or one.value.get("mbox")
    return str(name or json.dumps(one.value, ensure_ascii=False)[:60])


def _moment(micros: int) -> datetime:
    return from_micros(micros)
