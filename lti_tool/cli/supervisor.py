"""One web process and one worker process: the worker comes back when it dies, both go when we go."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Child = subprocess.Popen[bytes]
Start = Callable[[Sequence[str]], Child]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: how often we look, the shortest and longest wait before a restart, what counts as having run, and patience."""

    look: float = 0.2
    first_wait: float = 1.0
    longest_wait: float = 30.0
    settled: float = 60.0
    patience: float = 20.0


class _Kept:
    """A process that is started again when it ends: at once the first time, ever later when it keeps ending."""

    def __init__(self, start: Start, command: Sequence[str], pace: Pace) -> None:
        self._start, self._command, self._pace = start, command, pace
        self._wait = pace.first_wait
        self._started = time.monotonic()
        self._due: float | None = None
        self.child = start(command)

    def look(self, now: float) -> None:
        """Plan a restart when it ended, start it when that is due."""
        if self.child.poll() is None:
            return
        if self._due is None:
            if now - self._started > self._pace.settled:
                self._wait = self._pace.first_wait
            _log.error(
                "the worker ended with %s; starting it again in %.0f s", self.child.returncode, self._wait
            )
            self._due, self._wait = now + self._wait, min(self._wait * 2, self._pace.longest_wait)
        elif now >= self._due:
            _close(self.child)
            self.child, self._started, self._due = self._start(self._command), now, None


class Supervisor:
    """Runs `web` and keeps `worker` alive beside it. A worker that dies at once again and again is restarted ever more slowly."""

    def __init__(
        self, web: Sequence[str], worker: Sequence[str], environ: Mapping[str, str], pace: Pace = Pace()
    ) -> None:
        """Keep the two commands; nothing starts before run()."""
        self._web, self._worker, self._environ, self._pace = web, worker, dict(environ), pace
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask for the end (safe in a signal handler)."""
        self._stop.set()

    def run(self) -> int:
        """Until stop() or the end of the web process, whose exit code is returned (0 after stop())."""
        web = self._start(self._web)
        worker = _Kept(self._start, self._worker, self._pace)
        try:
            while not self._stop.wait(self._pace.look):
                if web.poll() is not None:
                    _log.error("the web process ended with %s", web.returncode)
                    return web.returncode or 1
                worker.look(time.monotonic())
            return 0
        finally:
            for child in (web, worker.child):
                child.terminate()
            for child in (web, worker.child):
                self._end(child)

    def _start(self, command: Sequence[str]) -> Child:
        # The pipe tells the child when we are gone, even by SIGKILL. A session of its own keeps Ctrl-C ours to pass on.
        return subprocess.Popen(command, env=self._environ, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own commands

    def _end(self, child: Child) -> None:
        try:
            child.wait(self._pace.patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        _close(child)


def _close(child: Child) -> None:
    if child.stdin is not None:
        child.stdin.close()
