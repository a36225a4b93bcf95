"""The web application: every blueprint with what it works with."""

from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from lti_tool.app import learning
from lti_tool.app.tool import Tool, replacements
from lti_tool.base.doors import Audience, declare
from lti_tool.base.x509 import signed_by
from lti_tool.handlers.arrival import on_launched
from lti_tool.pages import console, front, health, lti, surroundings, verify
from lti_tool.pages.console.workbench import Workbench
from lti_tool.people import unit_actors
from lti_tool.people.staff_sessions import Gate
from xapi import resource

_LONGEST_FORM = 1024 * 1024


class _Application(Flask):
    """No view of ours is a coroutine, for which Flask looks at every function it calls, each time."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(tool: Tool) -> Flask:
    """The WSGI application of one tool."""
    settings = tool.settings
    app = _Application("lti_tool", static_url_path="/static")
    # Of a body with files the form's limit counts the texts only. Statements, the one thing that may be larger, have their own limit.
    app.config["MAX_FORM_MEMORY_SIZE"] = app.config["MAX_CONTENT_LENGTH"] = _LONGEST_FORM
    surroundings.surround(app, texts=tool.texts, secure=settings.base_url.startswith("https:"))
    _add_lti(app, tool)
    _add_pages(app, tool)
    app.register_blueprint(_xapi(tool))
    checks = health.readiness(tool.database, tool.key_files)
    app.register_blueprint(
        health.create_blueprint(
            database=tool.database,
            clock=tool.clock,
            checks=checks,
            metrics_token=settings.metrics_token,
            on_loopback=settings.on_loopback,
        )
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def _add_lti(app: Flask, tool: Tool) -> None:
    app.register_blueprint(
        lti.create_blueprint(
            database=tool.database,
            clock=tool.clock,
            base_url=tool.settings.base_url,
            secret=tool.secret,
            keys=tool.tool_keys,
            outbound=tool.outbound,
            sessions=tool.sessions,
            texts=tool.texts,
            on_launched=on_launched,
        )
    )
    for blueprint in learning.blueprints(tool):
        app.register_blueprint(blueprint)


def _add_pages(app: Flask, tool: Tool) -> None:
    bench = Workbench(
        database=tool.database,
        clock=tool.clock,
        texts=tool.texts,
        gate=Gate(tool.database, PasswordHasher()),
        secret=tool.secret,
        base_url=tool.settings.base_url,
        policy_for=tool.policy_for,
        erased=replacements(tool.settings, tool.clock),
        lrs=tool.lrs,
    )
    app.register_blueprint(console.create_blueprint(bench=bench))
    app.register_blueprint(
        verify.create_blueprint(database=tool.database, clock=tool.clock, texts=tool.texts)
    )
    app.register_blueprint(front.create_blueprint())


def _xapi(tool: Tool) -> Blueprint:
    blueprint = resource.create_blueprint(
        lrs=tool.lrs,
        begin=tool.database.transaction,
        read=tool.database.reading,
        policy_for=tool.policy_for,
        clock=tool.clock,
        actors_of=unit_actors.actors,
        rsa=signed_by,
    )
    return declare(blueprint, Audience.CREDENTIAL)
