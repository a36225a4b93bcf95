"""privacy: one person's data out, or gone."""

import argparse
import os
import time
from pathlib import Path

from lti_tool.app.tool import erasure_key
from lti_tool.base import audit
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import Answer, CommandError, Commands, command, group
from lti_tool.handlers import taking_out
from lti_tool.handlers.erasing import Eraser
from lti_tool.people import learners
from xapi.erased import BELIEVED

_WAIT = 2 * BELIEVED.total_seconds() + 1


def register(commands: Commands) -> None:
    """Add privacy export and erase."""
    privacy = group(commands, "privacy", "personal data: one person's out, or gone")
    examples = ["privacy export 0912345678 --to lan.json"]
    parser = command(privacy, "export", export, "write everything held about one learner to a file", examples)
    parser.add_argument("learner", metavar="LEARNER", help="id, roster code, login, e-mail or name")
    parser.add_argument(
        "--to", type=Path, required=True, metavar="FILE", help="a new file; only its owner can read it"
    )
    what = "replace one learner by a random account everywhere; outcomes, figures and certificate numbers stay; cannot be undone"
    examples = [
        "privacy erase 0912345678 --reason 'asked by letter 17/2025' --dry-run",
        "privacy erase 4f0c… --reason 'asked by letter 17/2025'",
    ]
    parser = command(privacy, "erase", erase, what, examples)
    parser.add_argument("learner", metavar="LEARNER", help="id, roster code, login, e-mail or name")
    parser.add_argument("--reason", required=True, help="why; kept in the audit log, without the name")
    parser.add_argument("--dry-run", action="store_true", help="say what would be touched, and touch nothing")
    parser.add_argument(
        "--wait", type=float, default=_WAIT, metavar="SECONDS",
        help=f"until every process knows (default {_WAIT:.0f}; 0 only while all are stopped)",
    )  # fmt: skip


def export(options: argparse.Namespace, context: Context) -> Answer:
    """One JSON file."""
    learner_id = _one(context, options.learner)
    with context.database.transaction() as connection:
        found = taking_out.person(connection, learner_id, context.clock())
        subject, details = f"learner:{learner_id}", {"statements": len(found["statements"])}
        audit.record(
            connection,
            who="command",
            act="privacy.export",
            subject=subject,
            details=details,
            at=context.clock(),
        )
    _write(options.to, taking_out.written(found))
    plain = {"learner": learner_id, "file": str(options.to), **details}
    return Answer(
        plain, [f"{options.to}: everything about {learner_id}, {len(found['statements'])} statements"]
    )


def _write(path: Path, content: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(f"{path} is there already: name a new file") from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def erase(options: argparse.Namespace, context: Context) -> Answer:
    """What was touched, by kind."""
    learner_id = _one(context, options.learner)
    key = erasure_key(context.settings)
    eraser = Eraser(context.database, key, context.clock, lambda: time.sleep(options.wait))
    if options.dry_run:
        found, counts = eraser.plan(learner_id)
        shared = (
            [f"{len(found.shared)} e-mail(s) that another learner claims too would stay"]
            if found.shared
            else []
        )
        plain = {"learner": learner_id, "dry_run": True, "identifiers": len(found.keys), **counts}
        return Answer(
            plain, [*(f"{name}: {count}" for name, count in plain.items()), *shared, "nothing was changed"]
        )
    counts = eraser.erase(learner_id, who="command", reason=options.reason)
    return Answer(
        {"learner": learner_id, **counts},
        [f"erased {learner_id}", *(f"{name}: {n}" for name, n in counts.items())],
    )


def _one(context: Context, wanted: str) -> str:
    with context.database.reading() as connection:
        found = learners.search(connection, wanted)
    if len(found) != 1:
        raise CommandError(
            f"{len(found)} learners are found by {wanted!r}: `donghanh learner show` tells their ids"
        )
    return found[0]
