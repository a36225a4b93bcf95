"""The one place where everything is joined: the web application and the worker are built of the same collaborators."""

import gc
import os
import sys
from pathlib import Path

from flask import Flask

from lti_tool.app.tool import Tool, build
from lti_tool.app.web import create_app
from lti_tool.app.work import create_worker
from lti_tool.base import logs, settings
from lti_tool.base.clock import Clock, system
from lti_tool.base.settings import Settings
from lti_tool.base.slots import Slots
from lti_tool.handlers.worker import Worker

__all__ = ["Tool", "application", "build", "build_worker", "create_app", "create_worker"]


WORKING = 8  # requests worked on at once by one process
THREADS = 64  # of the server, for a process; they are made as they are needed
_READING = THREADS - 2 * WORKING
# How long a thread that computes may keep the others from the interpreter. SQLite's one writer, back from the disk, waited 5 ms for it.
_PATIENCE = 0.001
# New objects after which Python looks for circles among them: as many as a large batch is made of. After each 700, its own number,
# an eighth of the time of a batch of 500 statements went into looking (12.4%, with this 0.3%).
_LOOKED_THROUGH = 20_000


def application() -> Flask:
    """What the WSGI server calls in each of its processes: the application of this environment's settings."""
    sys.setswitchinterval(_PATIENCE)
    found = settings.load(os.environ, Path.cwd())
    logs.to_stderr(found.log_level)
    app = create_app(build(found))
    # Behind a proxy all clients have its one address.
    of_one = _READING if found.trusted_proxies else _READING // 2
    _keep_what_is_there()
    app.wsgi_app = Slots(app.wsgi_app, working=WORKING, reading=_READING, of_one=of_one)  # type: ignore[method-assign]
    return app


def build_worker(found: Settings, clock: Clock = system) -> Worker:
    """The worker process."""
    logs.to_stderr(found.log_level)
    worker = create_worker(build(found, clock=clock))
    _keep_what_is_there()
    return worker


def _keep_what_is_there() -> None:
    """No search for garbage goes through what was made so far, for it stays as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_LOOKED_THROUGH)
