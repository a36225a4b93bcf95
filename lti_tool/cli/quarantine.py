"""quarantine: statements that were set aside, with the reason."""

import argparse

from lti_tool.app.policies import intake_policy
from lti_tool.app.tool import replacements
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import WRONG, Answer, CommandError, Commands, command, group, table
from lti_tool.ledger import due
from xapi import quarantine, retrying


def register(commands: Commands) -> None:
    """Add quarantine list, show and retry."""
    found = group(commands, "quarantine", "statements of an LMS that were set aside")
    parser = command(
        found, "list", list_, "list them, oldest first", ["quarantine list", "quarantine list --json"]
    )
    parser.add_argument("--limit", type=int, default=100, help="how many (default 100)")
    parser = command(found, "show", show, "show one as it came", ["quarantine show 7"])
    parser.add_argument("id", metavar="ID", type=int)
    examples = ["quarantine retry 7 8", "quarantine retry --all"]
    parser = command(found, "retry", retry, "check again and take in what is good now", examples)
    parser.add_argument("ids", metavar="ID", type=int, nargs="*")
    parser.add_argument("--all", action="store_true", help="every one")


def list_(options: argparse.Namespace, context: Context) -> Answer:
    """What waits."""
    with context.database.reading() as connection:
        found = quarantine.list_(connection, limit=options.limit)
    plain = [
        {
            "id": one.id,
            "source": one.source,
            "received": one.received,
            "place": one.place,
            "field": one.field,
            "reason": one.reason,
            "fault": one.fault,
            "tries": one.tries,
        }
        for one in found
    ]
    rows = [
        (one.id, one.source, f"{one.received:%Y-%m-%d %H:%M}", one.field, one.reason, one.tries)
        for one in found
    ]
    return Answer(plain, table(("id", "platform", "received", "field", "reason", "tries"), rows))


def show(options: argparse.Namespace, context: Context) -> Answer:
    """Reason and raw body."""
    with context.database.reading() as connection:
        found = quarantine.find(connection, options.id)
    if found is None:
        raise CommandError(f"there is no quarantined statement {options.id}")
    raw = found.raw.decode(errors="replace")
    plain = {"id": found.id, "source": found.source, "field": found.field, "reason": found.reason, "raw": raw}
    return Answer(plain, [f"{found.field}: {found.reason}", raw])


def retry(options: argparse.Namespace, context: Context) -> Answer:
    """Each in its own transaction; exit code 1 when one is still bad."""
    if bool(options.ids) is bool(options.all):
        raise CommandError("give either IDs or --all", 2)
    ids = options.ids or _all(context)
    results = [_retry(context, quarantine_id) for quarantine_id in ids]
    still_bad = [one for one in results if one["reason"]]
    lines = [f"{one['id']}: {one['reason'] or 'taken in'}" for one in results] or ["(none)"]
    return Answer(results, lines, WRONG if still_bad else 0)


def _all(context: Context) -> list[int]:
    found: list[int] = []
    with context.database.reading() as connection:
        while page := quarantine.list_(connection, after=found[-1] if found else 0):
            found += [one.id for one in page]
    return found


def _retry(context: Context, quarantine_id: int) -> dict[str, object]:
    with context.database.transaction() as connection:
        tried = retrying.retry(
            connection,
            quarantine_id,
            policy_for=lambda credential: intake_policy(connection, credential.source or ""),
            clock=context.clock,
            on_saved=due.on_saved,
            erased=replacements(context.settings, context.clock),
        )
        if tried is None:
            raise CommandError(f"there is no quarantined statement {quarantine_id}")
        context.record(connection, "quarantine.retry", f"quarantine:{quarantine_id}", good=not tried.reason)
    return {"id": quarantine_id, "reason": tried.reason, "stored": len(tried.saved.ids)}
