"""serve, worker, migrate: the processes."""

import argparse
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from lti_tool.app import THREADS, build_worker
from lti_tool.base import logs
from lti_tool.base.migrate import upgrade
from lti_tool.cli.context import Context
from lti_tool.cli.ports import must_be_free
from lti_tool.cli.supervisor import Supervisor
from lti_tool.cli.terminal import Answer, Commands, command
from lti_tool.pages.metering import TOGETHER

HEADER_MS = 20_000  # for a request's headers, and for the next request of a kept connection
HEADER_BYTES = 64 * 1024  # of a request's line and headers: 431 past that
# The worker's niceness: where both want the processor, a statement is taken in first and reviewed a moment later.
YIELDING = 10
_SUPERVISED = "DONGHANH_SUPERVISED"


def register(commands: Commands) -> None:
    """Add serve, worker and migrate."""
    parser = command(
        commands,
        "serve",
        serve,
        "serve the tool over HTTP (put a TLS proxy before it)",
        ["serve --with-worker", "serve --host 0.0.0.0 --port 8200 --workers 2"],
    )
    parser.add_argument(
        "--with-worker", action="store_true", help="also run one worker process, restarted when it dies"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8200, help="port to listen on (default 8200)")
    parser.add_argument("--workers", type=int, default=1, help="web processes (default 1; one for each core)")
    command(commands, "worker", work, "review, issue and deliver until told to stop", ["worker"])
    command(commands, "migrate", migrate, "bring the database to this release's shape", ["migrate"])


def serve(options: argparse.Namespace, context: Context) -> Answer:
    """Serve until a signal; with a worker, supervise both."""
    logs.to_stderr(context.settings.log_level)  # a wrong setting stops the start here, in one line
    must_be_free("the tool", options.host, options.port)
    if options.with_worker:
        return _supervise(options)
    if options.workers > 1 and TOGETHER not in os.environ:
        _begin_again_with_figures(context.settings.home / "metrics" / str(options.port))
    _follow_supervisor()
    Server(
        "lti_tool.app:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=THREADS,
        http=HTTPModes.http1,  # what proxies speak to us; HTTP/2 has limits of its own, of 16 MiB for headers
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MS, max_buffer_size=HEADER_BYTES),
        respawn_failed_workers=True,
        log_dictconfig=logs.for_library("_granian"),
        factory=True,
    ).serve()
    return Answer({"stopped": True})


def work(_options: argparse.Namespace, context: Context) -> Answer:
    """Run the worker's loop until SIGTERM, SIGINT or the end of the supervisor."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _follow_supervisor()
    os.nice(YIELDING)
    build_worker(context.settings, clock=context.clock).run(stop)
    return Answer({"stopped": True})


def migrate(_options: argparse.Namespace, context: Context) -> Answer:
    """Alembic upgrade to the head of this release."""
    upgrade(context.database)
    return Answer({"migrated": True}, ["the database has this release's shape"])


def _begin_again_with_figures(folder: Path) -> None:
    """The same process with a folder for the figures of its children: Prometheus's library looks for it once, when it is imported."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, TOGETHER: str(folder)})  # noqa: S606 - ourselves


def _supervise(options: argparse.Namespace) -> Answer:
    own = [sys.executable, "-m", "lti_tool.cli"]
    web = [
        *own,
        "serve",
        "--host",
        options.host,
        "--port",
        str(options.port),
        "--workers",
        str(options.workers),
    ]
    supervisor = Supervisor(web, [*own, "worker"], {**os.environ, _SUPERVISED: "1"})
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    code = supervisor.run()
    return Answer({"stopped": True}, code=code)


def _follow_supervisor() -> None:
    """When supervised, stop when the supervisor is gone, however it went: its end closes our standard input."""
    if os.environ.get(_SUPERVISED) != "1":
        return

    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
