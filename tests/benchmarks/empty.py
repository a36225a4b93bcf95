"""A Flask view that does nothing: the limit of server and framework."""

from flask import Flask


def application() -> Flask:
    app = Flask("empty")

    @app.route("/", methods=["GET", "POST"])
    def nothing() -> str:
        return "nothing"

    return app
