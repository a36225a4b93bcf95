"""What a fresh face holds: the tool as an administrator would have registered it, and one activity of it in the course."""

import json
import sqlite3
from typing import Final

from lti_tool.simulator.face import Face
from lti_tool.simulator.paths import OPENEDX_BLOCK
from lti_tool.simulator.vocabulary import ALL_SCOPES

TITLE: Final = "Bạn đồng hành và giấy chứng nhận"
# The custom parameters that hosts.md calls for: what each host can fill in.
MOODLE_CUSTOM: Final = {
    "user_id": "$User.id",
    "user_username": "$User.username",
    "person_sourcedid": "$Person.sourcedId",
    "person_phone": "$Person.phone.mobile",
    "person_locality": "$Person.address.locality",
    "context_id": "$Context.id",
    "resource_link_id": "$ResourceLink.id",
    "lineitem_url": "$LineItem.url",
    "due": "$ResourceLink.submission.endDateTime",
}
OPENEDX_CUSTOM: Final = {
    "xapi_actor": "${xapi_actor}",
    "due": "$ResourceLink.submission.endDateTime",
    "unknown": "${nope}",
}


def seed(face: Face) -> None:
    """Register the configured tool and place its activity; nothing is touched that is already there."""
    if not face.settings.tool or face.store.one("SELECT 1 FROM tool"):
        return
    with face.store.transaction():
        tool_id = _tool(face)
        place(face, tool_id, TITLE, custom={} if face.is_moodle else OPENEDX_CUSTOM)


def _tool(face: Face) -> int:
    launch = face.config.tool_path("/lti/launch")
    custom = MOODLE_CUSTOM if face.is_moodle else {}
    return face.store.run(
        "INSERT INTO tool (id, client_id, name, login_url, target_url, deep_link_url, redirect_uris, jwks_url, custom, scopes,"
        " claims, state, listed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', 1)",
        int(face.settings.deployment_id) if face.is_moodle else 1,
        face.settings.client_id,
        "Đồng hành",
        face.config.tool_path("/lti/login"),
        launch,
        launch,
        json.dumps([launch]),
        face.config.tool_path("/lti/jwks"),
        json.dumps(custom),
        " ".join(ALL_SCOPES),
        json.dumps(["sub", "iss", "name", "family_name", "given_name", "email"]),
    )


def place(
    face: Face,
    tool_id: int,
    title: str,
    *,
    text: str = "",
    custom: dict[str, str] | None = None,
    maximum: float = 100,
    resource_id: str = "",
    tag: str = "",
    review: dict[str, object] | None = None,
) -> int:
    """Add an activity of the tool to the course, with its line item; answers the activity's id."""
    activity = face.store.run(
        "INSERT INTO activity (tool_id, cmid, title, text, custom) VALUES (?, (SELECT COALESCE(MAX(cmid), 33) + 1 FROM activity), ?, ?, ?)",
        tool_id,
        title,
        text,
        json.dumps(custom or {}),
    )
    link = str(activity) if face.is_moodle else OPENEDX_BLOCK
    # Ids of line items and of activities differ on a real host: a tool that confuses them must fail here too.
    first = 14 if face.is_moodle else 0
    face.store.run(
        "INSERT INTO lineitem (id, tool_id, activity_id, label, maximum, resource_id, tag, link_id, review)"
        " VALUES ((SELECT COALESCE(MAX(id), ?) + 1 FROM lineitem), ?, ?, ?, ?, ?, ?, ?, ?)",
        first,
        tool_id,
        activity,
        title,
        maximum,
        resource_id,
        tag,
        link,
        json.dumps(review) if review is not None else None,
    )
    return activity


def first_activity(face: Face) -> sqlite3.Row | None:
    return face.store.one("SELECT * FROM activity ORDER BY id LIMIT 1")
