"""The learner's pages at /learn/<launch_id>: the first coach."""

from flask import Blueprint

from lti_tool.base.doors import Audience, declare
from lti_tool.pages.launched import keep_language
from lti_tool.pages.learner import certificate, fetch, home, practice, questions
from lti_tool.pages.learner.services import Services, Standing
from lti_tool.pages.learner.view import Person

__all__ = ["Person", "Services", "Standing", "create_blueprint"]


def create_blueprint(services: Services) -> Blueprint:
    """Everything a learner meets inside the LMS."""
    blueprint = declare(Blueprint("learner", __name__, url_prefix="/learn/<launch_id>"), Audience.LAUNCHED)
    services.sessions.guard(blueprint)
    keep_language(blueprint)
    for part in (home, certificate, practice, fetch, questions):
        part.add(blueprint, services)
    return blueprint
