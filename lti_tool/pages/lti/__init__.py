"""The pages a learning platform sends people to: login, launch, keys, registration, and placing by deep linking."""

from lti_tool.pages.lti.blueprint import create_blueprint
from lti_tool.pages.lti.placing import create_placing_blueprint

__all__ = ["create_blueprint", "create_placing_blueprint"]
