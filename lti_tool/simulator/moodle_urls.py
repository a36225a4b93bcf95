"""The addresses of Moodle's services, with the `type_id` that its own links carry."""

from lti_tool.simulator.face import Face
from lti_tool.simulator.paths import MOODLE_COURSE, SERVICES


def lineitems_url(face: Face, tool_id: int) -> str:
    return f"{face.issuer}{SERVICES}/{MOODLE_COURSE}/lineitems?type_id={tool_id}"


def lineitem_url(face: Face, lineitem_id: int, tool_id: int) -> str:
    return f"{face.issuer}{SERVICES}/{MOODLE_COURSE}/lineitems/{lineitem_id}/lineitem?type_id={tool_id}"


def memberships_url(face: Face, tool_id: int) -> str:
    return f"{face.issuer}{SERVICES}/CourseSection/{MOODLE_COURSE}/bindings/{tool_id}/memberships"


def module_url(face: Face, kind: str, cmid: int) -> str:
    return f"{face.issuer}/mod/{kind}/view.php?id={cmid}"


def course_url(face: Face) -> str:
    return f"{face.issuer}/course/view.php?id={MOODLE_COURSE}"
