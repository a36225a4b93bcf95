"""`donghanh`: parse, run one command, say the answer or the error in one line."""

import argparse
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.base.clock import Clock, system
from lti_tool.base.settings import SettingsError
from lti_tool.cli import (
    admin,
    certificate,
    credential,
    doctor,
    external,
    forward,
    job,
    learner,
    lrs,
    mapping,
    platform,
    practice,
    privacy,
    programme,
    quarantine,
    report,
    roster,
    serve,
)
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import MISUSED, WRONG, Answer, CommandError

GROUPS = (
    serve,
    doctor,
    admin,
    platform,
    credential,
    programme,
    mapping,
    roster,
    learner,
    lrs,
    certificate,
    quarantine,
    job,
    external,
    forward,
    report,
    practice,
    privacy,
)


def main(
    arguments: Sequence[str] | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Clock = system,
) -> int:
    """Run one command; returns the exit code and never raises (argparse's own exits apart)."""
    options = make_parser().parse_args(arguments)
    context = Context(os.environ if environ is None else environ, clock, Path.cwd())
    try:
        answer: Answer = options.run(options, context)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last line of defence: an operator gets one line, never a traceback
        return _fail(error, as_json=options.json, debug=bool(context.environ.get("DONGHANH_DEBUG")))
    finally:
        context.close()
    _say(answer, as_json=options.json)
    return answer.code


def make_parser() -> argparse.ArgumentParser:
    """The parser of all groups."""
    parser = argparse.ArgumentParser(
        prog="donghanh",
        description="Đồng hành: accompany every learner of a programme, decide who completed it, certify them.",
        epilog="Settings come from DONGHANH_BASE_URL, DONGHANH_DATABASE_URL, DONGHANH_HOME … or a file "
        "(config/donghanh.example.env explains each).",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in GROUPS:
        module.register(commands)
    return parser


def _say(answer: Answer, *, as_json: bool) -> None:
    try:
        for line in [_json(answer.plain)] if as_json else answer.lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:  # `donghanh … | head` has seen enough
        sys.stdout = None  # else Python complains at exit about what it cannot flush


def _fail(error: Exception, *, as_json: bool, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    line, code = _explain(error)
    if as_json:
        print(_json({"error": line}))
    print(f"donghanh: {line}", file=sys.stderr)
    return code


def _explain(error: Exception) -> tuple[str, int]:
    if isinstance(error, CommandError):
        return str(error), error.code
    if isinstance(error, SettingsError):
        return str(error), MISUSED
    if isinstance(error, SQLAlchemyError):
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return f"the database answered: {reason} (is it up, and has `donghanh migrate` been run?)", WRONG
    if isinstance(error, OSError):
        return str(error), WRONG
    return f"unexpected {type(error).__name__}: {error} (DONGHANH_DEBUG=1 shows where)", WRONG


def _json(plain: Any) -> str:
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode()
