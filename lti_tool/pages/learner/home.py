"""The one screen: where I stand, what is next, whether I will make it, my certificate."""

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.pages.learner.entry import page, programme_of, view_of, visit
from lti_tool.pages.learner.services import Services
from lti_tool.pages.learner.view import version


def add(blueprint: Blueprint, services: Services) -> None:
    """Register `home` and `state`."""

    @blueprint.get("")
    def home(launch_id: str) -> str:
        seen = visit(services, launch_id)
        services.refresh(seen.learner_id, seen.now)
        with services.database.reading() as connection:
            programme = programme_of(services, connection, seen)
            view = view_of(services, connection, seen, programme)
        return page(
            services, seen, "learner/home.html", programme=programme, view=view, version=version(view)
        )

    @blueprint.get("/state")
    def state(launch_id: str) -> AnyResponse:
        """Says whether the page is still true; 304 while it is, so that asking again costs a few hundred bytes."""
        seen = visit(services, launch_id)
        with services.database.reading() as connection:
            current = version(view_of(services, connection, seen, programme_of(services, connection, seen)))
        answer = jsonify(version=current)
        answer.set_etag(current)
        answer.headers["Cache-Control"] = "private, no-cache"
        return answer.make_conditional(request)
