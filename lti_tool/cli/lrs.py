"""lrs: the learning record store itself."""

import argparse
import sys
from itertools import islice

from lti_tool.cli import partition
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import WRONG, Answer, Commands, command, group
from xapi.inspection import inspect

_SHOWN = 100


def register(commands: Commands) -> None:
    """Add lrs check and lrs partition."""
    lrs = group(commands, "lrs", "the learning record store itself")
    partition.register(lrs)
    what = "make every index, link and mark anew from the statements and name each row that differs (exit code 1)"
    parser = command(lrs, "check", check, what, ["lrs check", "lrs check --json --most 10000"])
    parser.add_argument(
        "--most", type=int, default=_SHOWN, help=f"faults to find before it stops (default {_SHOWN})"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")


def check(options: argparse.Namespace, context: Context) -> Answer:
    """Reads only, beside a store at work; progress goes to standard error when that is a terminal."""
    last = 0

    def progress(number: int, of: int) -> None:
        nonlocal last
        last = of
        if not options.quiet and sys.stderr.isatty():
            print(f"\r{number}/{of}", end="" if number < of else "\n", file=sys.stderr, flush=True)

    found = list(islice(inspect(context.database.reading, progress), options.most))
    rows = [{"table": one.table, "row": one.row, "field": one.field, "says": one.says} for one in found]
    plain = {"ok": not found, "last": last, "complete": len(found) < options.most, "faults": rows}
    lines = [
        *map(str, found),
        f"{len(found)} faults up to statement number {last}"
        if found
        else f"no fault up to statement number {last}",
    ]
    return Answer(plain, lines, WRONG if found else 0)
