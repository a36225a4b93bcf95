"""The whole product as real processes, registered with a platform that plays along."""

import base64
import os
import secrets
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, make_url, select, text

from lti_tool.base.database import Database, normalised
from tests.benchmarks.http import Connection
from tests.benchmarks.platform import CLIENT, DEPLOYMENT, Launch, Platform, launch, open_platform
from tests.benchmarks.processes import resident, spent
from tests.journeys.running import RunningTool, until
from xapi.many import one_of
from xapi.tables import statement, whole

_TRIES, _MEGABYTE = 200, 2**20
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Setting:
    """How a run is made. `postgres`: a server where databases may be made, "" for none; `stored`: statements there beforehand."""

    quick: bool
    postgres: str
    stored: int
    only: str | None = None

    def seconds(self, whole: float) -> float:
        return whole / 4 if self.quick else whole

    @property
    def databases(self) -> tuple[str, ...]:
        there = ("sqlite", "postgresql") if self.postgres else ("sqlite",)
        return tuple(one for one in there if self.only in {None, one})


@dataclass(frozen=True)
class House:
    """The running product, its platform and its database."""

    tool: RunningTool
    platform: Platform
    database: Database
    authorization: str
    web_processes: int

    def connection(self) -> Connection:
        return Connection("127.0.0.1", self.tool.port)

    def connections(self, number: int) -> list[Connection]:
        """So many, shared evenly among the web processes. Left to chance, four are all one process's in one run of eight: half the machine idles."""
        found: dict[str, list[Connection]] = {}
        for _ in range(_TRIES):
            if sum(map(len, found.values())) == number:
                return [one for held in found.values() for one in held]
            one = self.connection()
            request_id = one.ask("GET", "/xapi/about").headers["x-request-id"]
            held = found.setdefault(request_id[:8], [])  # each process begins its ids in its own way
            if len(held) < number // self.web_processes:
                held.append(one)
            else:
                one.close()
        raise AssertionError(
            f"{number} connections cannot be shared evenly: {list(map(len, found.values()))}"
        )

    def launch(self, connection: Connection, sub: int) -> Launch:
        return launch(self.platform, connection, f"{self.tool.url}/lti/launch", str(sub))

    def launch_all(self, subs: range, browsers: int = 4) -> None:
        """Make these learners known; they launch in parallel."""

        def some(part: range) -> None:
            connection = self.connection()
            for sub in part:
                self.launch(connection, sub)
            connection.close()

        with ThreadPoolExecutor(browsers) as pool:
            list(pool.map(some, [subs[start::browsers] for start in range(browsers)]))

    def send(self, connection: Connection, body: bytes) -> bytes:
        """POST statements by the platform's host intake; AssertionError for anything but 200."""
        headers = {
            "Authorization": self.authorization,
            "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3",
        }
        answer = connection.ask("POST", "/xapi/statements", body, headers)
        assert answer.status == 200, (answer.status, answer.body[:300])
        return answer.body

    def credential(self, scope: str) -> str:
        """The Authorization header of a new credential that is no host's."""
        return _basic(self.tool.command("credential", "add", "--label", "bench", "--scope", scope))

    def memory(self) -> dict[str, float]:
        """Megabytes resident, of the web processes and of the worker."""
        return {name: round(resident(process.pid) / 1e6, 1) for name, process in self.tool._processes.items()}

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time spent so far, of the web processes and of the worker: neighbours hardly change it."""
        return {name: spent(process.pid) for name, process in self.tool._processes.items()}

    @contextmanager
    def without_worker(self) -> Iterator[None]:
        """While something else is measured, the worker stands still."""
        pid = self.tool._processes["worker"].pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def kept(self, ids: list[str]) -> set[str]:
        """Those of these statements that are there with their payload."""
        found: set[str] = set()
        with self.database.reading() as connection:
            for start in range(0, len(ids), 5000):
                found |= set(
                    connection.execute(
                        select(statement.c.id)
                        .select_from(whole)
                        .where(one_of(statement.c.id, ids[start : start + 5000]))
                    ).scalars()
                )
        return found

    def durability(self) -> dict[str, str]:
        """How commits reach the disk, as the database itself says it."""
        with self.database.transaction() as connection:
            if self.database.is_sqlite:
                asked = {"journal_mode": "PRAGMA journal_mode", "synchronous": "PRAGMA synchronous"}
            else:
                asked = {name: f"SHOW {name}" for name in ("fsync", "synchronous_commit", "full_page_writes")}
            return {name: str(connection.scalar(text(query))) for name, query in asked.items()}

    def settle(self) -> None:
        """Wait until the worker has reviewed all that came before: what is measured is a day, not the morning after a flood."""
        until(lambda: not self.count("ledger_review_due"), "the reviews of what was stored", seconds=300)

    def count(self, table: str) -> int:
        with self.database.reading() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def tidy(database: Database) -> None:
    """What happened long ago to a store of some weeks: autovacuum, and checkpoints, after which PostgreSQL writes its log into files it has
    and SQLite's is short.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not database.is_sqlite:
            for one in ("VACUUM ANALYZE", "CHECKPOINT"):
                connection.execute(text(one))
            return
        (busy, *_) = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
        assert not busy, "somebody holds up the checkpoint"


def warm(database: Database) -> None:
    """Have SQLite's file in memory, as the pages of PostgreSQL are: some hosts take from a guest what nobody read for a minute."""
    if not database.is_sqlite:
        return
    with Path(str(database.engine.url.database)).open("rb") as file:
        while file.read(_MEGABYTE):
            pass


@contextmanager
def open_house(setting: Setting, kind: str = "sqlite") -> Iterator[House]:
    """Migrated, with the programme as a rehearsal, a platform and its credential; web and worker running."""
    with (
        tempfile.TemporaryDirectory(prefix="donghanh-bench-") as folder,
        fresh_database(setting, kind, Path(folder)) as url,
        open_platform() as platform,
        RunningTool(Path(folder) / "home", url) as tool,
    ):
        authorization = _register(tool, platform)
        web = 2
        tool.spawn("web", "serve", "--port", str(tool.port), "--workers", str(web))
        tool.spawn("worker", "worker")
        tool.wait_until_ready()
        database = Database(url)
        try:
            yield House(tool, platform, database, authorization, web)
        finally:
            database.close()


@contextmanager
def fresh_database(setting: Setting, kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database, gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{secrets.token_hex(4)}.db'}"
        return
    name = f"donghanh_bench_{secrets.token_hex(6)}"
    server = create_engine(normalised(setting.postgres), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(setting.postgres).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def _register(tool: RunningTool, platform: Platform) -> str:
    tool.command("migrate")
    tool.command("programme", "load", str(ROOT / "config/programmes/kns-2025.yaml"), "--rehearsal")
    tool.command(
        *(
            "platform",
            "add",
            "--name",
            "bench",
            "--kind",
            "moodle",
            "--issuer",
            platform.url,
            "--client-id",
            CLIENT,
        ),
        *("--deployment-id", DEPLOYMENT, "--auth-login-url", f"{platform.url}/auth"),
        *("--token-url", f"{platform.url}/token", "--jwks-url", f"{platform.url}/jwks"),
    )
    made = tool.command(
        "credential",
        "add",
        "--label",
        "bench",
        "--scope",
        "statements/write",
        "--platform",
        "bench",
        "--host-intake",
    )
    return _basic(made)


def _basic(made: dict[str, str]) -> str:
    return "Basic " + base64.b64encode(f"{made['key']}:{made['secret']}".encode()).decode()
