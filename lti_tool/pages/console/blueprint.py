"""The console's blueprint, joined from its sections."""

from flask import Blueprint

from lti_tool.base.doors import Audience, declare
from lti_tool.pages.console import (
    attention,
    certificates,
    credentials,
    enter,
    forwarding,
    home,
    identity,
    jobs,
    learners,
    platforms,
    programmes,
    quarantine,
    questions,
    statements,
)
from lti_tool.pages.console.door import Door
from lti_tool.pages.console.workbench import Workbench

SECTIONS = (
    home,
    learners,
    questions,
    certificates,
    attention,
    identity,
    platforms,
    credentials,
    programmes,
    statements,
    quarantine,
    jobs,
    forwarding,
)


def create_blueprint(*, bench: Workbench) -> Blueprint:
    """Everything under /console."""
    blueprint = Blueprint("console", __name__, url_prefix="/console")
    door = Door(blueprint, bench)
    enter.register(door)
    for section in SECTIONS:
        section.register(door)
    blueprint.rights = door.rights  # type: ignore[attr-defined] # read by the test that every page asks for a right
    return declare(blueprint, Audience.STAFF)
