"""The practice LMS's configuration: defaults that fit `make run`, a JSON file over them.

{"base_url": "http://127.0.0.1:8201", "tool_url": "http://127.0.0.1:8200", "control_token": "…",
 "send_every": 1.0, "extra_learners": 0, "titles": ["…", …],
 "faces": {"moodle": {"client_id": "…", "deployment_id": "1", "tool": true,
                      "lrs": {"endpoint": "http://127.0.0.1:8200/xapi", "key": "…", "secret": "…"},
                      "options": {"batch_size": 30}},
           "openedx": {…}}}
Everything may be left out. `"tool": false` leaves the tool to Dynamic Registration.
"""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from lti_tool.simulator.course import SAMPLE_TITLES, Topic, topics


class ConfigError(Exception):
    """What is wrong with the configuration, in one line."""


OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "moodle": {
        "batch_size": 30,  # logstore_xapi's maxbatchsize: 30 by default
        "sendidnumber": True,  # off by default on a real host; the practice course maps by idnumber
        "actor": "account",  # or "mbox" (send_mbox), "username" (send_username)
        "new_registration_per_run": True,  # context.registration is a hash of the cron run's session: a resend differs
        "resend_failed_batches": False,  # on: a batch refused with 400 is halved until only the bad event fails
        "pass_grade": None,  # None: any grade completes the activity
        "locale": "vi",
        "share_name": True,
        "share_email": True,
    },
    "openedx": {
        "actor": "external_id",  # or "mbox", "mbox_sha1sum" (XAPI_AGENT_IFI_TYPE)
        "batching": False,  # True: one POST of many; False: one PUT each
        "share_names": False,
        "xapi_actor": True,  # the operator's LTI_CUSTOM_PARAM_TEMPLATES entry
        "member_limit": 1000,
        "past_due": False,
        "accept_grades_past_due": True,
        "retry_seconds": 30,
        "unknown_actor": False,  # True: statements about nobody, unknown@example.com
    },
}


@dataclass(frozen=True, slots=True)
class Lrs:
    endpoint: str = ""
    key: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FaceConfig:
    client_id: str
    deployment_id: str = "1"
    tool: bool = True
    lrs: Lrs = Lrs()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    base_url: str = "http://127.0.0.1:8201"
    tool_url: str = "http://127.0.0.1:8200"
    control_token: str = ""
    send_every: float = 1.0
    extra_learners: int = 0
    topics: tuple[Topic, ...] = topics()
    faces: Mapping[str, FaceConfig] = field(
        default_factory=lambda: {
            "moodle": FaceConfig("practice-moodle"),
            "openedx": FaceConfig("6f1c8a52-4f0b-4b7e-9d57-0d6a3c1e2b90"),
        }
    )

    def __post_init__(self) -> None:
        if not is_loopback(self.base_url):
            raise ConfigError(f"the practice LMS works on loopback only, not at {self.base_url}")

    def tool_path(self, path: str) -> str:
        return self.tool_url.rstrip("/") + path


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine alone: there is no password, so nobody else may come in."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read(path: Path | None, **overrides: Any) -> Config:
    """The configuration of `path` (JSON) over the defaults; `overrides` (base_url, tool_url …) win.

    Raises ConfigError naming the file and what was wrong.
    """
    plain = _plain(path) if path else {}
    try:
        return _config(plain, {name: value for name, value in overrides.items() if value is not None})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _plain(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: a JSON object is wanted")
    return found


def _config(plain: dict[str, Any], overrides: dict[str, Any]) -> Config:
    simple = ("base_url", "tool_url", "control_token", "send_every", "extra_learners")
    values: dict[str, Any] = {name: plain[name] for name in simple if name in plain} | overrides
    values["topics"] = topics(tuple(str(title) for title in plain.get("titles", SAMPLE_TITLES)))
    defaults = Config().faces
    faces = {key: _face(key, defaults[key], plain.get("faces", {}).get(key, {})) for key in defaults}
    config = Config(**values, faces=faces)
    return replace(config, base_url=config.base_url.rstrip("/"), tool_url=config.tool_url.rstrip("/"))


def _face(key: str, default: FaceConfig, plain: dict[str, Any]) -> FaceConfig:
    options = plain.get("options", {})
    unknown = sorted(set(options) - set(OPTIONS[key]))
    if unknown:
        raise ConfigError(f"unknown options of the face {key}: {', '.join(unknown)}")
    lrs = Lrs(**plain.get("lrs", {}))
    return FaceConfig(
        plain.get("client_id", default.client_id),
        str(plain.get("deployment_id", default.deployment_id)),
        bool(plain.get("tool", True)),
        lrs,
        options,
    )
