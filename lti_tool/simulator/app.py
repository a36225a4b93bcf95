"""The practice LMS joined: both faces, their senders and the control door."""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests
from flask import Blueprint, Flask, Response

from lti_tool.simulator import (
    control,
    deep_linking,
    keys,
    moodle_ags,
    moodle_launch,
    nrps,
    openedx_ags,
    openedx_launch,
    pages,
    pages_admin,
    pages_course,
    registration,
    tokens,
    web,
)
from lti_tool.simulator.config import Config
from lti_tool.simulator.face import Face
from lti_tool.simulator.faults import ConnectionDropped, Faults
from lti_tool.simulator.people import People
from lti_tool.simulator.seed import seed
from lti_tool.simulator.sender import Sender
from lti_tool.simulator.store import Store
from lti_tool.simulator.toolkeys import ToolKeys


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class PracticeLms:
    """The application with what a command or a test needs beside it."""

    app: Flask
    faces: Mapping[str, Face]
    senders: Mapping[str, Sender]
    control_token: str

    def start_sending(self, stop: threading.Event) -> list[threading.Thread]:
        """Send statements in the background until `stop` is set."""
        threads = [
            threading.Thread(target=sender.run, args=(stop, self.faces[key].config.send_every), daemon=True)
            for key, sender in self.senders.items()
        ]
        for thread in threads:
            thread.start()
        return threads


def create(
    config: Config,
    data: Path,
    *,
    clock: Callable[[], datetime] = system_clock,
    http: requests.Session | None = None,
) -> PracticeLms:
    """A practice LMS whose state lives under `data`."""
    session = http or requests.Session()
    session.trust_env = False  # never a proxy: everything is on this machine
    faces = {key: _face(key, config, data, clock, session) for key in config.faces}
    for face in faces.values():
        seed(face)
    senders = {key: Sender(face) for key, face in faces.items()}
    token = config.control_token or secret(data / "control-token")
    app = Flask(__name__, static_url_path="/static")
    app.secret_key = secret(data / "session-secret")
    web.install(app)
    app.register_error_handler(ConnectionDropped, _dropped)
    for face in faces.values():
        for blueprint in (*_own(face), tokens.create_blueprint(face), nrps.create_blueprint(face)):
            app.register_blueprint(blueprint)
        app.register_blueprint(deep_linking.create_blueprint(face))
        app.register_blueprint(pages_course.create_blueprint(face))
        app.register_blueprint(pages_admin.create_blueprint(face, senders[face.key]))
    app.register_blueprint(pages.create_blueprint(dict(faces)))
    app.register_blueprint(control.create_blueprint(faces, senders, token))
    return PracticeLms(app, faces, senders, token)


def _own(face: Face) -> tuple[Blueprint, ...]:
    if face.is_moodle:
        return (
            moodle_launch.create_blueprint(face),
            moodle_ags.create_blueprint(face),
            registration.create_blueprint(face),
        )
    return openedx_launch.create_blueprint(face), openedx_ags.create_blueprint(face)


def _face(
    key: str, config: Config, data: Path, clock: Callable[[], datetime], http: requests.Session
) -> Face:
    return Face(
        key=key,
        config=config,
        store=Store(data / f"{key}.sqlite3"),
        signing=keys.read_or_make(data / f"{key}.pem"),
        people=People(config.extra_learners),
        clock=clock,
        http=http,
        faults=Faults(),
        tool_keys=ToolKeys(http),
    )


def secret(path: Path) -> str:
    """The secret kept in `path`, made there at the first start."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(16), encoding="ascii")
    return path.read_text(encoding="ascii")


def _dropped(_event: Exception) -> Response:
    # Nobody reads this: the socket is closed already. The status shows up in tests without a socket.
    return Response("", status="599 Connection dropped")
