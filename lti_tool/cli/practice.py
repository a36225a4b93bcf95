"""practice: the tool and a practice LMS side by side on this machine, prepared for each other. What `make run` starts."""

import argparse
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import Connection

from lti_tool.base import migrate
from lti_tool.base.resources import config_folder
from lti_tool.cli.context import Context
from lti_tool.cli.files import read_text
from lti_tool.cli.ports import must_be_free
from lti_tool.cli.terminal import Answer, CommandError, Commands, command
from lti_tool.ledger import due
from lti_tool.lti import platforms
from lti_tool.lti.platforms import Draft
from lti_tool.people import staff, units
from lti_tool.people.staff import Role
from lti_tool.programmes import mappings, versions
from xapi import access

PROGRAMME = "kns-2025"
_FIRST_LOGIN = "admin"
_PATIENCE = 60.0
_SIMULATOR = (sys.executable, "-m", "lti_tool.simulator")


def register(commands: Commands) -> None:
    """Add practice."""
    parser = command(
        commands,
        "practice",
        practice,
        "run the tool and a practice LMS on this machine, prepared for each other; Ctrl-C stops both",
        ["practice", "practice --lms-port 8301", "practice --prepare-only --json"],
    )
    parser.add_argument("--lms-port", type=int, default=8201, help="port of the practice LMS (default 8201)")
    parser.add_argument("--prepare-only", action="store_true", help="prepare both sides and stop")


def practice(options: argparse.Namespace, context: Context) -> Answer:
    """Prepare, start, say what to open, wait for Ctrl-C."""
    settings = context.settings
    if not settings.on_loopback:
        raise CommandError(f"practice works on this machine only; DONGHANH_BASE_URL is {settings.base_url}")
    lms = f"http://127.0.0.1:{options.lms_port}"
    prepared = prepare(context, lms)
    if options.prepare_only:
        return prepared
    for name, url in (("the tool", settings.base_url), ("the practice LMS", lms)):
        parts = urlsplit(url)
        must_be_free(name, parts.hostname or "127.0.0.1", parts.port or 80)
    with _running(context, options.lms_port, lms):
        print("\n".join(prepared.lines), flush=True)
        _wait_for_the_end()
    return Answer({"stopped": True}, ["Stopped. `make run` again keeps the data."])


def prepare(context: Context, lms: str) -> Answer:
    """Database, keys, programme (as a rehearsal, so that today counts), both faces' registrations and record store credentials.

    What is there already is kept: the second run has the first one's people and results.
    """
    migrate.upgrade(context.database)
    folder = context.settings.home / "practice"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = folder / "practice.json"
    described = _described(config, lms)
    with context.database.transaction() as connection:
        titles = _load_programme(connection, context)
        credentials = {
            face: _connect(connection, context, config, face, said) for face, said in described.items()
        }
        _map_sections(connection, context, described)
        link = _first_administrator(connection, context)
    _write_config(config, context.settings.base_url, titles, credentials)
    return Answer(
        {"tool": context.settings.base_url, "lms": lms, "console": link},
        _lines(context.settings.base_url, lms, link),
    )


def _described(config: Path, lms: str) -> dict[str, dict[str, Any]]:
    known = ["--config", str(config)] if config.exists() else []
    command = [*_SIMULATOR, *known, "--base-url", lms, "--describe"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if run.returncode:
        raise CommandError(run.stderr.strip() or "the practice LMS cannot say what it is")
    found: dict[str, dict[str, Any]] = json.loads(run.stdout)
    return found


def _load_programme(connection: Connection, context: Context) -> list[str]:
    """The titles of its topics, in the programme's first language."""
    path = config_folder() / "programmes" / f"{PROGRAMME}.yaml"
    units.load(connection, units.read(read_text(config_folder() / "units.csv")))
    loaded = versions.load(
        connection, read_text(path), path.name, context.clock(), True, mark_all=due.mark_all
    ).programme
    return [topic.titles[loaded.languages[0]] for topic in loaded.topics]


def _connect(
    connection: Connection, context: Context, config: Path, face: str, said: Mapping[str, Any]
) -> dict[str, str]:
    """Register one face; give it a host intake credential, or the one it has."""
    now = context.clock()
    if platforms.find(connection, said["issuer"], said["client_id"]) is None:
        names = ("name", "issuer", "client_id", "auth_login_url", "token_url", "jwks_url", "kind")
        draft = Draft(
            **{name: said[name] for name in names},
            deployments=(said["deployment_id"],),
            frame_origins=(said["frame_origin"],),
        )
        platforms.add(connection, draft, now)
    kept = _kept(config).get("faces", {}).get(face, {}).get("lrs", {})
    if kept and access.authenticate(connection, kept["key"], kept["secret"], now):
        return {"key": kept["key"], "secret": kept["secret"]}
    scopes = ["statements/write"]
    key, secret = access.add(
        connection, label=said["name"], scopes=scopes, source=said["issuer"], host_intake=True, now=now
    )
    return {"key": key, "secret": secret}


def _map_sections(
    connection: Connection, context: Context, described: Mapping[str, Mapping[str, Any]]
) -> None:
    """A face that has no ID numbers says which section is which topic; an operator would write the same file by hand."""
    for face, said in described.items():
        if said.get("sections"):
            lines = [f"programme: {PROGRAMME}", f"platform: {said['issuer']}", "topics:"]
            for topic, key in said["sections"].items():
                lines += [f"  {topic}:", "    activities:", f"      - usage_key: {key}"]
            text = "\n".join(lines) + "\n"
            mappings.import_(
                connection, text, f"practice-{face}.yaml", context.clock(), mark_all=due.mark_all
            )


def _first_administrator(connection: Connection, context: Context) -> str | None:
    """A one-time link while nobody can sign in yet; None afterwards."""
    if any(one.has_password for one in staff.list_(connection)):
        return None
    now = context.clock()
    if staff.by_login(connection, _FIRST_LOGIN) is None:
        staff.add(connection, _FIRST_LOGIN, Role.ADMINISTRATOR, now=now)
    return f"{context.settings.base_url}/console/link/{staff.make_link(connection, _FIRST_LOGIN, now=now)}"


def _kept(config: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(config.read_text(encoding="utf-8")) if config.exists() else {}
    return found


def _write_config(
    config: Path, tool: str, titles: Sequence[str], credentials: Mapping[str, Mapping[str, str]]
) -> None:
    known = _kept(config)
    faces = known.get("faces", {})
    for face, pair in credentials.items():
        faces[face] = {**faces.get(face, {}), "lrs": {"endpoint": f"{tool}/xapi", **pair}}
    whole = {"control_token": secrets.token_hex(16), **known, "titles": titles, "faces": faces}
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    config.touch(mode=0o600)
    config.write_text(text, encoding="utf-8")


def _lines(tool: str, lms: str, link: str | None) -> Sequence[str]:
    console = (
        ("Console, first administrator (opens once, within 24 hours):", f"  {link}")
        if link
        else ("Console:", f"  {tool}/console")
    )
    return (
        "",
        "Đồng hành is running. Open the practice LMS, sign in as a learner, a teacher or an administrator:",
        f"  Moodle's face    {lms}/moodle",
        f"  Open edX's face  {lms}/openedx",
        *console,
        f"The tool itself: {tool}    Ctrl-C stops everything; the data stays.",
        "",
    )


@contextlib.contextmanager
def _running(context: Context, lms_port: int, lms: str) -> Iterator[None]:
    """Both programs, until the block ends; their lines go to a log file beside the data."""
    tool = context.settings.base_url
    port = str(urlsplit(tool).port or 80)
    folder = context.settings.home / "practice"
    config = ["--config", str(folder / "practice.json"), "--data", str(folder), "--tool", tool]
    with (folder / "practice.log").open("ab") as log:
        started = [
            _start([sys.executable, "-m", "lti_tool.cli", "serve", "--with-worker", "--port", port], log),
            _start([*_SIMULATOR, "--port", str(lms_port), *config], log),
        ]
        try:
            for url in (f"{tool}/readyz", f"{lms}/"):
                _until_answered(url, started, folder / "practice.log")
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(30)


def _start(command: Sequence[str], log: Any) -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C in the terminal is ours, and we end them in order.
    return subprocess.Popen(command, env=dict(os.environ), stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - our own commands


def _until_answered(url: str, started: Sequence["subprocess.Popen[bytes]"], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and all(process.poll() is None for process in started):
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=2).ok:
                return
        time.sleep(0.1)
    raise CommandError(f"{url} does not answer; see {log}")


def _wait_for_the_end() -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
