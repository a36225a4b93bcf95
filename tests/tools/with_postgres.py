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
    folder = Path(tempfile.mkdtemp(prefix="donghanh-postgres-"))
    account: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        account = [
            "setpriv",
            f"--reuid={pwd.getpwnam('postgres').pw_uid}",
            f"--regid={pwd.getpwnam('postgres').pw_gid}",
            "--clear-groups",
        ]
    data, port = folder / "data", _free_port()
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c max_connections=200 -c shared_buffers=128MB"
    if not durable:
        options += " -c fsync=off -c full_page_writes=off"

    def control(*words: str) -> None:
        subprocess.run(
            [*account, str(programs / "pg_ctl"), "-D", str(data), "-w", "-s", *words], check=True, cwd=folder
        )

    try:
        initdb = [
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "donghanh",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]
        subprocess.run([*account, *initdb], check=True, cwd=folder, stdout=subprocess.DEVNULL)
        control("-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://donghanh@127.0.0.1:{port}/postgres"
        finally:
            control("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
