"""lrs partition: payloads of old statements, on PostgreSQL."""

import argparse
import sys
from typing import Any

from lti_tool.cli.context import Context
from lti_tool.cli.terminal import MISUSED, WRONG, Answer, CommandError, Commands, command, group, table
from lti_tool.handlers import partitions as handler
from lti_tool.handlers.partitions import Dropper, Examined, Overtaken
from xapi import partitions
from xapi.partitions import Busy, Dropped, Partition, Reason

_SAYS = {
    "filling": "it is still being filled, or yet to be",
    "proves": "{count} statements prove an outcome, for example {example}",
    "bears": "{count} statements bear on a topic of a programme in force, for example {example}",
    "awaited": "{count} statements are still to be forwarded, for example {example}",
    "voids": "{count} statements void one that stays, for example {example}",
}


def register(lrs: Commands) -> None:
    """Add lrs partition list, make and drop."""
    parts = group(lrs, "partition", "payloads of statements in partitions by number (PostgreSQL)")
    what = (
        "every partition, with the numbers it is for, its size and its last statement; and what was dropped"
    )
    command(parts, "list", list_, what, ["lrs partition list", "lrs partition list --json"])
    what = "make the partitions to come (the worker makes the next one by itself, as large as the last)"
    parser = command(parts, "make", make, what, ["lrs partition make --statements 5000000 --count 2"])
    parser.add_argument("--statements", type=int, required=True, metavar="N", help="numbers in each")
    parser.add_argument(
        "--count", type=int, default=1, help="how many (default 1; a dozen in all is a good measure)"
    )
    what = "drop one, unless something still needs what is in it (exit code 1); ids stay known, nothing is stored twice"
    examples = ["lrs partition drop 1 --dry-run", "lrs partition drop 5000001"]
    parser = command(parts, "drop", drop, what, examples)
    parser.add_argument("partition", metavar="PARTITION", help="its name, as `lrs partition list` shows it")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would go, or why not, and drop nothing"
    )


def list_(_options: argparse.Namespace, context: Context) -> Answer:
    """In the order of numbers."""
    _on_postgresql(context)
    with context.database.reading() as connection:
        last = partitions.last_number(connection)
        rows = [_plain(one, last) for one in partitions.listed(connection)]
        gone = [_gone(one) for one in partitions.gone(connection)]
    heads = ("partition", "first", "last", "state", "bytes", "until")
    return Answer([*gone, *rows], table(heads, [[one[head] for head in heads] for one in (*gone, *rows)]))


def _plain(one: Partition, last: int) -> dict[str, Any]:
    state = "filling" if one.first <= last + 1 <= one.last else "full" if one.last <= last else "ahead"
    if one.is_rest:
        return {
            "partition": one.name,
            "first": None,
            "last": None,
            "state": "rest",
            "bytes": one.bytes,
            "until": None,
        }
    until = None if one.until is None else f"{one.until:%Y-%m-%d %H:%M}"
    return {
        "partition": one.name, "first": one.first, "last": one.last, "state": state, "bytes": one.bytes, "until": until,
    }  # fmt: skip


def _gone(one: Dropped) -> dict[str, Any]:
    return {
        "partition": None, "first": one.first, "last": one.last, "state": "dropped", "bytes": 0,
        "until": f"{one.at:%Y-%m-%d %H:%M}", "statements": one.statements,
    }  # fmt: skip


def make(options: argparse.Namespace, context: Context) -> Answer:
    """After the last one, or after the last statement when that is further."""
    if options.statements < 1 or options.count < 1:
        raise CommandError("--statements and --count: whole numbers from 1 on are wanted", MISUSED)
    _on_postgresql(context)
    try:
        with context.database.transaction() as connection:
            made = handler.make(
                connection, options.statements, options.count, who="command", now=context.clock()
            )
    except Busy:
        raise CommandError(_BUSY) from None
    rows = [{"partition": one.name, "first": one.first, "last": one.last} for one in made]
    return Answer(rows, [f"made {one.name}: numbers {one.first} to {one.last}" for one in made])


def drop(options: argparse.Namespace, context: Context) -> Answer:
    """Looks through it first, which takes a minute or two for a million statements of platforms."""
    _on_postgresql(context)
    with context.database.reading() as connection:
        one = partitions.find(connection, options.partition)
    if one is None:
        raise CommandError(
            f"there is no partition {options.partition!r}: `donghanh lrs partition list` shows all"
        )
    dropper = Dropper(context.database, context.clock, _progress)
    found = dropper.examine(one)
    try:
        found = found if options.dry_run else dropper.drop(found, "command")
    except Busy:
        raise CommandError(_BUSY) from None
    except Overtaken:
        raise CommandError("a programme or a mapping was changed meanwhile: run it again") from None
    return _said(found, dry=options.dry_run)


def _said(found: Examined, *, dry: bool) -> Answer:
    one, reasons = found.partition, [_reason(reason) for reason in found.reasons]
    plain = {
        "partition": one.name, "first": one.first, "last": one.last, "statements": found.statements, "bytes": one.bytes,
        "dropped": not reasons and not dry, "reasons": reasons,
    }  # fmt: skip
    if reasons:
        return Answer(plain, [f"{one.name} stays: {reason['says']}" for reason in reasons], WRONG)
    done = "would go; nothing was dropped" if dry else "are gone; their ids stay known"
    return Answer(
        plain, [f"{one.name}: the payloads of {found.statements} statements, {one.bytes} bytes, {done}"]
    )


def _reason(reason: Reason) -> dict[str, Any]:
    says = _SAYS[reason.code].format(count=reason.count, example=reason.example)
    return {"code": reason.code, "count": reason.count, "example": reason.example, "says": says}


_BUSY = "somebody holds the statements for long (a backup?): nothing was changed, try again later"


def _on_postgresql(context: Context) -> None:
    if context.database.is_sqlite:
        raise CommandError(
            "partitions are PostgreSQL's: on SQLite `donghanh privacy retention run` removes what is old"
        )


def _progress(number: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{number}/{of}", end="" if number < of else "\n", file=sys.stderr, flush=True)
