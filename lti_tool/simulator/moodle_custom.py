"""Custom parameters as Moodle fills them in."""

import json
from typing import Any

from lti_tool.simulator.face import Face
from lti_tool.simulator.launches import Launch
from lti_tool.simulator.moodle_urls import lineitem_url, lineitems_url, memberships_url
from lti_tool.simulator.people import Role

CONTEXT_TITLE = "Khóa tập huấn cán bộ cấp xã (luyện tập)"
CONTEXT_LABEL = "LUYENTAP2025"
CONTEXT_SOURCEDID = "LT2025"


def custom(face: Face, launch: Launch) -> dict[str, Any]:
    """The custom claim: the tool's parameters, the activity's over them, `$…` replaced where Moodle knows it.

    What Moodle does not know arrives as the literal `$…`; in deep linking `$ResourceLink…` is null.
    """
    found: dict[str, Any] = json.loads(launch.tool["custom"])
    if launch.activity is not None:
        found |= json.loads(launch.activity["custom"])
    values = _person(launch) | _context() | _link(face, launch) | _services(face, launch)
    return {
        name: values.get(value, value) if isinstance(value, str) else value for name, value in found.items()
    }


def _person(launch: Launch) -> dict[str, str | None]:
    who = launch.person
    return {
        "$User.id": who.moodle_id,
        "$User.username": who.key,
        "$Person.sourcedId": who.sourcedid,
        "$Person.name.full": who.display_name,
        "$Person.name.given": who.given,
        "$Person.name.family": who.family,
        "$Person.name.middle": "",
        "$Person.email.primary": who.email,
        "$Person.phone.mobile": who.phone,
        "$Person.phone.primary": "",
        "$Person.address.locality": who.city,
        "$Person.address.street1": "",
        "$Person.address.country": "VN",
        "$Person.address.timezone": "99",
        "$Person.webaddress": "",
        "$Membership.role": "Learner" if who.role is Role.LEARNER else "Instructor",
        "$Moodle.Person.userGroupIds": "",
    }


def _context() -> dict[str, str | None]:
    return {
        "$Context.id": "7",
        "$Context.label": CONTEXT_LABEL,
        "$Context.title": CONTEXT_TITLE,
        "$Context.sourcedId": CONTEXT_SOURCEDID,
        "$Context.id.history": "",
        "$CourseSection.sourcedId": CONTEXT_SOURCEDID,
        "$CourseSection.timeFrame.end": "",
    }


def _link(face: Face, launch: Launch) -> dict[str, str | None]:
    activity = launch.activity
    item = (
        face.store.one("SELECT id FROM lineitem WHERE activity_id = ?", activity["id"]) if activity else None
    )
    return {
        "$ResourceLink.id": str(activity["id"]) if activity else None,
        "$ResourceLink.title": activity["title"] if activity else None,
        "$ResourceLink.description": activity["text"] if activity else None,
        "$LineItem.url": lineitem_url(face, item["id"], launch.tool["id"]) if item else "",
    }


def _services(face: Face, launch: Launch) -> dict[str, str | None]:
    return {
        "$LineItems.url": lineitems_url(face, launch.tool["id"]),
        "$Scores.url": "",
        "$Results.url": "",
        "$ToolProxyBinding.memberships.url": memberships_url(face, launch.tool["id"]),
    }
