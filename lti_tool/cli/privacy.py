"""privacy: one person's data out, or gone; what is old, gone."""

import argparse
import os
import time
from pathlib import Path

from lti_tool.app.tool import erasure_key
from lti_tool.base.resources import config_folder
from lti_tool.cli.context import Context
from lti_tool.cli.files import read_text
from lti_tool.cli.terminal import MISUSED, Answer, CommandError, Commands, command, group
from lti_tool.handlers import taking_out
from lti_tool.handlers.erasing import Eraser
from lti_tool.handlers.retention import Ages, Keeper
from lti_tool.handlers.retention_reader import FOR_EVER, RetentionError, read
from lti_tool.people import learners
from xapi.erased import BELIEVED

_WAIT = 2 * BELIEVED.total_seconds() + 1


def register(commands: Commands) -> None:
    """Add privacy export, erase and retention."""
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
    _register_retention(privacy)
    parser.add_argument(
        "--wait", type=float, default=_WAIT, metavar="SECONDS",
        help=f"until every process knows (default {_WAIT:.0f}; 0 only while all are stopped)",
    )  # fmt: skip


def _register_retention(privacy: Commands) -> None:
    retention = group(privacy, "retention", "how long each class of data is kept")
    parser = command(retention, "show", show, "the ages in force", ["privacy retention show"])
    _add_file(parser)
    what = "remove what is older than its class is kept; nothing that an outcome rests on"
    examples = [
        "privacy retention run --dry-run",
        "privacy retention run --file /etc/donghanh/retention.yaml",
    ]
    parser = command(retention, "run", run, what, examples)
    _add_file(parser)
    parser.add_argument("--dry-run", action="store_true", help="only count")


def _add_file(parser: argparse.ArgumentParser) -> None:
    packaged = config_folder() / "retention.yaml"
    parser.add_argument(
        "--file",
        type=Path,
        default=packaged,
        metavar="FILE",
        help="ages by class (default: config/retention.yaml)",
    )


def show(options: argparse.Namespace, _context: Context) -> Answer:
    """Each class and its age."""
    ages = _ages(options.file)
    plain = {name: None if age is None else age.days for name, age in ages.items()}
    return Answer(
        plain, [f"{name}: {FOR_EVER if days is None else f'{days} days'}" for name, days in plain.items()]
    )


def run(options: argparse.Namespace, context: Context) -> Answer:
    """How many went by class."""
    keeper = Keeper(context.database, _ages(options.file), context.clock)
    counts = keeper.run(who="command", dry=options.dry_run)
    lines = [f"{name}: {count}" for name, count in counts.items()]
    return Answer(
        {"dry_run": options.dry_run, "removed": counts},
        [*lines, *(["nothing was removed"] if options.dry_run else [])],
    )


def _ages(path: Path) -> Ages:
    try:
        return read(read_text(path), path.name)
    except RetentionError as error:
        raise CommandError(str(error), MISUSED) from error


def export(options: argparse.Namespace, context: Context) -> Answer:
    """One JSON file."""
    learner_id = _one(context, options.learner)
    with context.database.transaction() as connection:
        found = taking_out.person(connection, learner_id, context.clock())
        count = len(found["statements"])
        context.record(connection, "privacy.export", f"learner:{learner_id}", statements=count)
    _write(options.to, taking_out.written(found))
    plain = {"learner": learner_id, "file": str(options.to), "statements": count}
    return Answer(plain, [f"{options.to}: everything about {learner_id}, {count} statements"])


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
