"""Run a command with a PostgreSQL server of its own, on loopback, gone afterwards.

    python tests/tools/with_postgres.py -- pytest -q

With `--durable` before the `--` it waits for the disk as a real one does (for figures); else it does not (tests make a thousand databases).

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
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


def main() -> int:
    command = sys.argv[sys.argv.index("--") + 1 :]
    if os.environ.get("DONGHANH_TEST_POSTGRES"):
        return subprocess.call(command)
    programs = _programs()
    if programs is None:
        print("PostgreSQL is not installed (apt install postgresql): its tests are left out.", flush=True)
        return subprocess.call(command)
    durable = "--durable" in sys.argv[: sys.argv.index("--")]
    with _server(programs, durable=durable) as url:
        return subprocess.call(command, env={**os.environ, "DONGHANH_TEST_POSTGRES": url})


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextlib.contextmanager
def _server(programs: Path, *, durable: bool) -> Iterator[str]:
    options = "" if durable else "-c fsync=off -c full_page_writes=off"
    with _folder() as folder:
        words = ["-U", "donghanh", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        _run(programs, "initdb", "-D", str(folder / "data"), *words)
        with _started(programs, folder, options) as port:
            yield f"postgresql://donghanh@127.0.0.1:{port}/postgres"


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
        with _started(programs, folder, "-c fsync=off -c hot_standby=on") as port:
            yield urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}"))


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
def _started(programs: Path, folder: Path, options: str) -> Iterator[int]:
    port = _free_port()
    options += f" -p {port} -h 127.0.0.1 -k {folder} -c max_connections=200 -c shared_buffers=128MB"
    control = ("-D", str(folder / "data"), "-w", "-s")
    _run(programs, "pg_ctl", *control, "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield port
    finally:
        _run(programs, "pg_ctl", *control, "-m", "immediate", "stop")


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
