"""How commands are declared and what they hand back."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lti_tool.cli.context import Context

WRONG = 1
MISUSED = 2


class CommandError(Exception):
    """What stops a command, as one line for the operator."""

    def __init__(self, line: str, code: int = WRONG) -> None:
        super().__init__(line)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """A command's result: `plain` for --json, `lines` for a reader, `code` for the shell."""

    plain: Any
    lines: Sequence[str] = field(default=())
    code: int = 0


Command = Callable[[argparse.Namespace, Context], Answer]
Commands = Any  # argparse keeps the type of add_subparsers() private


def group(commands: Commands, name: str, what: str) -> Commands:
    """A group of commands, such as `platform`."""
    parser = commands.add_parser(name, help=what, description=what)
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def command(
    commands: Commands, name: str, run: Command, what: str, examples: Sequence[str]
) -> argparse.ArgumentParser:
    """One command with its examples and --json; the caller adds further options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=what,
        epilog="examples:\n" + "\n".join(f"  donghanh {example}" for example in examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON document")
    parser.set_defaults(run=run)
    return parser


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Left-aligned columns under their heads; "(none)" for no rows."""
    if not rows:
        return ["(none)"]
    cells = [tuple(heads), *(tuple("" if cell is None else str(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
