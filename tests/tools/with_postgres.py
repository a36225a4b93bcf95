"""Run a command with a PostgreSQL server of its own, on loopback, gone afterwards.

    python tests/tools/with_postgres.py -- pytest -q

With `--durable` before the `--` it waits for the disk as a real one does (for figures); else it does not (tests make a thousand databases).
With `--buffers 4GB` it has that much memory for pages, as `docs/scaling.md` advises for a large store, in place of PostgreSQL's own 128 MB.

The server's URL is handed on as DONGHANH_TEST_POSTGRES. Without PostgreSQL on the machine the command runs all the same,
after one line that says what is left out. PostgreSQL refuses to run as root: root hands it to the account `postgres`.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

_USUAL = "128MB"


def main() -> int:
    command = sys.argv[sys.argv.index("--") + 1 :]
    if os.environ.get("DONGHANH_TEST_POSTGRES"):
        return subprocess.call(command)
    programs = _programs()
    if programs is None:
        print("PostgreSQL is not installed (apt install postgresql): its tests are left out.", flush=True)
        return subprocess.call(command)
    words = sys.argv[: sys.argv.index("--")]
    buffers = words[words.index("--buffers") + 1] if "--buffers" in words else _USUAL
    with _server(programs, durable="--durable" in words, buffers=buffers) as server:
        return subprocess.call(command, env={**os.environ, "DONGHANH_TEST_POSTGRES": server.url})


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@dataclass(frozen=True, slots=True)
class Server:
    """A server on loopback that can be stopped and started again under the same port."""

    programs: Path
    folder: Path
    port: int
    options: str

    @property
    def url(self) -> str:
        return f"postgresql://donghanh@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"{self.options} -p {self.port} -h 127.0.0.1 -k {self.folder} -c max_connections=200"
        self._control("-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "immediate") -> None:
        """`mode`: of pg_ctl; "fast" ends every connection in order, "immediate" is as good as a crash."""
        self._control("-m", mode, "stop")

    def _control(self, *words: str) -> None:
        _run(self.programs, "pg_ctl", "-D", str(self.folder / "data"), "-w", "-s", *words)


@contextlib.contextmanager
def own_server() -> Iterator[Server]:
    """A server for a test that stops and starts it; gone afterwards."""
    programs = _programs()
    assert programs is not None, "whoever asks has a server"
    with _server(programs, durable=False, buffers=_USUAL) as server:
        yield server


@contextlib.contextmanager
def _server(programs: Path, *, durable: bool, buffers: str) -> Iterator[Server]:
    options = f"-c shared_buffers={buffers}" + ("" if durable else " -c fsync=off -c full_page_writes=off")
    with _folder() as folder:
        words = ["-U", "donghanh", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        _run(programs, "initdb", "-D", str(folder / "data"), *words)
        with _started(programs, folder, options) as server:
            yield server


@contextlib.contextmanager
def standby(url: str) -> Iterator[str]:
    """A streaming replica of the server at `url`, with all its databases, on loopback; gone afterwards. Gives its URL."""
    programs, parts = _programs(), urlsplit(url)
    assert programs is not None, "whoever asks has a server"
    with _folder() as folder:
        words = [
            "-h",
            str(parts.hostname),
            "-p",
            str(parts.port),
            "-U",
            str(parts.username),
            "-R",
            "-c",
            "fast",
            "--no-sync",
        ]
        _run(programs, "pg_basebackup", "-D", str(folder / "data"), *words)
        with _started(programs, folder, "-c fsync=off -c hot_standby=on") as server:
            yield urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{server.port}"))


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="donghanh-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _started(programs: Path, folder: Path, options: str) -> Iterator[Server]:
    server = Server(programs, folder, _free_port(), options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _run(programs: Path, program: str, *words: str) -> None:
    """As the account `postgres` where we are root."""
    account = []
    if os.geteuid() == 0:
        one = pwd.getpwnam("postgres")
        account = ["setpriv", f"--reuid={one.pw_uid}", f"--regid={one.pw_gid}", "--clear-groups"]
    subprocess.run(
        [*account, str(programs / program), *words], check=True, cwd="/", stdout=subprocess.DEVNULL
    )


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
