"""The tool and the practice LMS as `donghanh practice` prepares them, each process apart so that each can die apart."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from lti_tool.simulator.driver import Control, Person
from tests.journeys.running import RunningTool, answers, free_port, until

FACES = ("moodle", "openedx")
TEN = tuple(f"cd-{number:02d}" for number in range(1, 11))  # the five compulsory ones and five optional ones
SETTLED = 120.0


class RunningPractice(RunningTool):
    """Web, worker and practice LMS on free ports, with one home, prepared by `donghanh practice --prepare-only`.

    `host="localhost"` puts the tool on another site than the LMS, which is at 127.0.0.1. `many`: two web processes and two
    workers, on PostgreSQL. `config` goes over practice.json.
    """

    def __init__(
        self,
        home: Path,
        *,
        host: str = "127.0.0.1",
        database_url: str | None = None,
        many: bool = False,
        **config: Any,
    ) -> None:
        super().__init__(home, database_url, host=host)
        self._many = many
        self.lms_port = free_port()
        self.lms = f"http://127.0.0.1:{self.lms_port}"
        self._config = home / "practice" / "practice.json"
        self.prepared = self.command("practice", "--prepare-only", "--lms-port", str(self.lms_port))
        whole = json.loads(self._config.read_text(encoding="utf-8"))
        faces = {face: whole["faces"][face] | config.get("faces", {}).get(face, {}) for face in FACES}
        self._config.write_text(json.dumps(whole | config | {"faces": faces}), encoding="utf-8")
        self.control = Control(self.lms, whole["control_token"])

    def start(self, *, worker: bool = True) -> "RunningPractice":
        self.spawn_lms()
        self.spawn_web()
        if worker:
            self.spawn_worker()
        if worker and self._many:
            self.spawn("another worker", "worker")
        self.wait_until_ready()
        until(lambda: answers(f"{self.lms}/"), "the practice LMS to answer", log=self.home / "processes.log")
        return self

    def spawn_web(self) -> None:
        self.spawn("web", "serve", "--port", str(self.port), "--workers", "2" if self._many else "1")

    def spawn_worker(self) -> None:
        self.spawn("worker", "worker")

    def spawn_lms(self) -> None:
        folder = str(self._config.parent)
        words = (
            "--port",
            str(self.lms_port),
            "--config",
            str(self._config),
            "--data",
            folder,
            "--tool",
            self.url,
        )
        self.spawn("lms", *words, module="lti_tool.simulator")

    def person(self, face: str, key: str) -> Person:
        return Person(self.lms, face, key).sign_in()

    def grade(self, face: str, key: str) -> float | None:
        return self.control.grade(face, key)

    def interrupt(self, name: str) -> None:
        """Ctrl-C for one process."""
        os.kill(self.pid(name), signal.SIGINT)
