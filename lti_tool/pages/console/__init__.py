"""The console of administrators, organisers and support."""

from lti_tool.pages.console.blueprint import create_blueprint

__all__ = ["create_blueprint"]
