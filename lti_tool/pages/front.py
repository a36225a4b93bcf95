"""The address itself: what this is, and where to check a certificate. Nothing here is for search engines."""

from flask import Blueprint, Response, render_template

from lti_tool.base.doors import Audience, declare


def create_blueprint() -> Blueprint:
    """`/` and `/robots.txt`."""
    blueprint = declare(Blueprint("front", __name__), Audience.ANYONE)

    @blueprint.get("/")
    def home() -> str:
        return render_template("front/home.html")

    @blueprint.get("/robots.txt")
    def robots() -> Response:
        return Response("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")

    return blueprint
