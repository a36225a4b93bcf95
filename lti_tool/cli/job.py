"""job: work of the worker that waits or cannot go on, and scores that could not be delivered."""

import argparse

from lti_tool.base import jobs
from lti_tool.cli.context import Context
from lti_tool.cli.terminal import Answer, CommandError, Commands, command, group, table
from lti_tool.ledger import deliveries


def register(commands: Commands) -> None:
    """Add job list and retry."""
    job = group(commands, "job", "the worker's queue and parked deliveries")
    parser = command(
        job, "list", list_, "list jobs and parked deliveries", ["job list --parked", "job list --json"]
    )
    parser.add_argument("--parked", action="store_true", help="only what cannot go on by itself")
    examples = ["job retry 12", "job retry delivery:3", "job retry --all"]
    parser = command(job, "retry", retry, "send parked jobs or deliveries again", examples)
    parser.add_argument("ids", metavar="ID", nargs="*", help="as `job list` shows it: 12, or delivery:3")
    parser.add_argument("--all", action="store_true", help="everything that is parked")


def list_(options: argparse.Namespace, context: Context) -> Answer:
    """Jobs first, then deliveries."""
    with context.database.reading() as connection:
        found = jobs.parked(connection) if options.parked else jobs.listed(connection)
        stuck = deliveries.listed(connection)
    plain = [
        {
            "id": str(one.id),
            "kind": one.kind,
            "key": one.key,
            "state": one.state,
            "run_at": one.run_at,
            "attempts": one.attempts,
            "reason": one.reason,
        }
        for one in found
    ]
    plain += [
        {"id": f"delivery:{one.id}", "kind": "delivery", "state": "parked", "reason": one.reason}
        for one in stuck
    ]
    rows = [(one["id"], one["kind"], one["state"], one.get("attempts"), one["reason"]) for one in plain]
    return Answer(plain, table(("id", "kind", "state", "attempts", "reason"), rows))


def retry(options: argparse.Namespace, context: Context) -> Answer:
    """From the first attempt, at once."""
    if bool(options.ids) is bool(options.all):
        raise CommandError("give either IDs or --all", 2)
    now = context.clock()
    with context.database.transaction() as connection:
        ids = options.ids or [
            *(str(one.id) for one in jobs.parked(connection)),
            *(f"delivery:{one.id}" for one in deliveries.listed(connection)),
        ]
        for one in ids:
            kind, _, number = one.rpartition(":")
            send = deliveries.resend if kind == "delivery" else jobs.retry
            if (
                kind not in {"", "delivery"}
                or not number.isdecimal()
                or not send(connection, int(number), now)
            ):
                raise CommandError(f"nothing parked has the id {one}: `donghanh job list --parked` shows all")
            context.record(connection, "job.retry", f"job:{one}")
    return Answer({"retried": ids}, [f"{one} is sent again" for one in ids] or ["(none)"])
