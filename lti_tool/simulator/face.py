"""One face of the practice LMS: an LTI platform of its own with its own memory, key, people and switches."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from lti_tool.simulator import paths
from lti_tool.simulator.config import OPTIONS, Config, FaceConfig, Lrs
from lti_tool.simulator.course import Topic
from lti_tool.simulator.faults import Faults
from lti_tool.simulator.keys import SigningKey
from lti_tool.simulator.people import People
from lti_tool.simulator.store import Store
from lti_tool.simulator.toolkeys import ToolKeys


@dataclass(frozen=True, slots=True)
class Face:
    key: str
    config: Config
    store: Store
    signing: SigningKey
    people: People
    clock: Callable[[], datetime]
    http: requests.Session
    faults: Faults
    tool_keys: ToolKeys

    @property
    def issuer(self) -> str:
        return f"{self.config.base_url}/{self.key}"

    @property
    def settings(self) -> FaceConfig:
        return self.config.faces[self.key]

    @property
    def topics(self) -> tuple[Topic, ...]:
        return self.config.topics

    @property
    def endpoints(self) -> paths.Endpoints:
        return paths.endpoints(self.config.base_url, self.key)

    @property
    def is_moodle(self) -> bool:
        return self.key == "moodle"

    def topic(self, key: str) -> Topic | None:
        return next((topic for topic in self.topics if topic.key == key), None)

    def seconds(self) -> float:
        """Now, as seconds since 1970."""
        return self.clock().timestamp()

    def option(self, name: str) -> Any:
        """A switch: as set while running, else as configured, else the host's default."""
        if self.store.has_setting(name):
            return self.store.setting(name)
        return self.settings.options.get(name, OPTIONS[self.key][name])

    def set_option(self, name: str, value: object) -> None:
        if name not in OPTIONS[self.key]:
            raise ValueError(f"unknown option {name}")
        self.store.set(name, value)

    def lrs(self) -> Lrs:
        """Where statements are sent: as typed on the administrator's page, else as configured."""
        typed = self.store.setting("lrs")
        return Lrs(**typed) if typed else self.settings.lrs
