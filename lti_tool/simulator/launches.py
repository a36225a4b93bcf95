"""Launches on their way: begun by a person on a page of the LMS, ended by the id_token."""

import json
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

from lti_tool.simulator.face import Face
from lti_tool.simulator.people import Person

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"


@dataclass(frozen=True, slots=True)
class Launch:
    id: str
    person: Person
    browser: str
    tool: sqlite3.Row
    activity: sqlite3.Row | None
    message: str
    container: str  # iframe, window, frame (Moodle's phone: the whole window)
    item: dict[str, Any] | None  # the deep-linked item of Open edX that was opened
    created: float


def begin(
    face: Face,
    *,
    identifier: str | None = None,
    person: Person,
    browser: str,
    tool_id: int,
    activity_id: int | None,
    message: str = RESOURCE_LINK,
    container: str = "iframe",
    item: dict[str, Any] | None = None,
) -> str:
    """Remember a launch; answers its id. The same id again (Open edX's predictable hint) replaces the earlier one."""
    found = identifier or f"ltilaunch{activity_id or ''}_{secrets.randbelow(2**31)}"
    face.store.run(
        "INSERT OR REPLACE INTO launch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        found,
        person.key,
        browser,
        tool_id,
        activity_id,
        message,
        container,
        json.dumps(item) if item is not None else None,
        face.seconds(),
    )
    return found


def find(face: Face, identifier: str) -> Launch | None:
    """The launch that is still open under this id."""
    row = face.store.one("SELECT * FROM launch WHERE id = ? AND used IS NULL", identifier)
    if row is None:
        return None
    person = face.people.find(row["person"])
    tool = face.store.one("SELECT * FROM tool WHERE id = ?", row["tool_id"])
    if person is None or tool is None:
        return None
    activity = face.store.one("SELECT * FROM activity WHERE id = ?", row["activity_id"])
    item = json.loads(row["item"]) if row["item"] else None
    return Launch(
        identifier,
        person,
        row["browser"],
        tool,
        activity,
        row["message"],
        row["container"],
        item,
        row["created"],
    )


def use_up(face: Face, identifier: str) -> None:
    """Moodle unsets a launch id after one use, whatever came of it: back button and double tap fail on its side."""
    face.store.run("UPDATE launch SET used = ? WHERE id = ?", face.seconds(), identifier)
