"""report: whether the figures are reproducible from the learning record store."""

import argparse
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection
from werkzeug.serving import WSGIRequestHandler, make_server

from lti_tool.app import build, create_app
from lti_tool.app.policies import intake_policy
from lti_tool.app.tool import outbound_of
from lti_tool.cli.context import Context
from lti_tool.cli.files import read_secret
from lti_tool.cli.terminal import WRONG, Answer, CommandError, Commands, command, group
from lti_tool.reports import verify as verification
from lti_tool.reports.figures import WHOLE, Figures
from lti_tool.reports.verify import Verdict
from xapi import access, authorities
from xapi.external import LrsUnanswered, TimedRemoteLRS

_LABEL = "donghanh report verify, temporary, "
Access = tuple[str, str, str]  # endpoint, key, secret


class _Quiet(WSGIRequestHandler):
    """Standard error is for what goes wrong."""

    def log(self, *_: object) -> None:
        """Say nothing."""


def register(commands: Commands) -> None:
    """Add report verify."""
    report = group(commands, "report", "figures and their proof")
    examples = [
        "report verify",
        "report verify --json",
        "report verify --external",
        "report verify --endpoint https://lrs.example.vn/xapi --key KEY --secret-file lrs.secret",
    ]
    what = "count participants and completions again from the statements and compare with our own figures"
    parser = command(report, "verify", verify, what, examples)
    parser.add_argument("--external", action="store_true", help="read the store of DONGHANH_LRS_URL")
    parser.add_argument("--endpoint", help="an LRS to read instead of our own")
    parser.add_argument("--key", help="its key (username)")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--secret-file", type=Path, metavar="FILE", help="a file with its secret (password)")
    secret.add_argument(
        "--secret", help="its secret; everybody on this machine can see it meanwhile: rather a file"
    )


def verify(options: argparse.Namespace, context: Context) -> Answer:
    """Exit code 0 only when every figure agrees."""
    secret = read_secret(options.secret_file) if options.secret_file else options.secret
    given = (options.endpoint, options.key, secret)
    if options.external:
        if any(given) or context.settings.lrs is None:
            raise CommandError("--external stands alone, and DONGHANH_LRS_URL names the store", 2)
        lrs = context.settings.lrs
        given = (lrs.url, lrs.key, lrs.secret)
    if any(given) and not all(given):
        raise CommandError("--endpoint, --key and --secret-file belong together", 2)
    try:
        if all(given):
            verdict = _verdict(context, given, loopback=context.settings.on_loopback)
        else:
            with _own_store(context) as own:
                verdict = _verdict(context, own, loopback=True)
    except LrsUnanswered as error:
        raise CommandError(str(error)) from error
    return _answer(verdict)


def _verdict(context: Context, access_: Access, *, loopback: bool) -> Verdict:
    session = outbound_of(context.settings, loopback=loopback).session()
    endpoint, key, secret = access_
    lrs = TimedRemoteLRS(session, endpoint, key, secret)
    with session, context.database.reading() as connection:
        policies = {issuer: intake_policy(connection, issuer) for issuer in _sources(connection)}
        return verification.verify(connection, lrs, policies.__getitem__, context.clock())


def _sources(connection: Connection) -> set[str]:
    bound = {one.source for one in access.list_(connection) if one.source is not None}
    return bound | {one.source for one in authorities.trusted(connection).values() if one.source is not None}


@contextmanager
def _own_store(context: Context) -> Iterator[Access]:
    """Our own store over HTTP on a free loopback port, with a read-only credential that ends with the command."""
    now = context.clock()
    with context.database.transaction() as connection:
        for left in access.list_(connection):
            if not left.revoked and _is_left_over(left.label, now):
                access.revoke(connection, left.key, now)
        label = f"{_LABEL}{now.isoformat()}"
        key, secret = access.add(connection, label=label, scopes=["statements/read"], now=now)
    tool = build(context.settings, clock=context.clock)
    server = make_server("127.0.0.1", 0, create_app(tool), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/xapi", key, secret
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        tool.database.close()
        with context.database.transaction() as connection:
            access.revoke(connection, key, context.clock())


def _is_left_over(label: str, now: datetime) -> bool:
    """Of a command that was killed long ago; one that runs beside us is left alone."""
    if not label.startswith(_LABEL):
        return False
    return datetime.fromisoformat(label.removeprefix(_LABEL)) < now - timedelta(hours=1)


def _answer(verdict: Verdict) -> Answer:
    plain = {
        "agrees": verdict.agrees,
        "statements": verdict.statements,
        "reviews_due": verdict.reviews_due,
        "differences": verdict.differences,
        "figures": {key: _plain(found) for key, found in verdict.figures.items()},
    }
    if verdict.agrees:
        cells = sum(len(found) for found in verdict.figures.values())
        lines = [f"every figure agrees: {cells} figures, {verdict.statements} statements read"]
        return Answer(plain, [*lines, *_totals(verdict)])
    lines = list(verdict.differences)
    if verdict.reviews_due:
        lines.append(f"{verdict.reviews_due} reviews are still waiting: is the worker running?")
    return Answer(plain, lines, WRONG)


def _totals(verdict: Verdict) -> Iterator[str]:
    for key, found in verdict.figures.items():
        whole = [count for (_, topic), count in found.items() if topic == WHOLE]
        participants, completions = (
            sum(one.participants for one in whole),
            sum(one.completions for one in whole),
        )
        yield f"{key}: {participants} participants, {completions} completions"


def _plain(found: Figures) -> list[dict[str, object]]:
    return [
        {
            "province": province,
            "topic": topic,
            "participants": count.participants,
            "completions": count.completions,
        }
        for (province, topic), count in found.items()
    ]
