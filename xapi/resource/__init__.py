"""The resources of the standard over HTTP (xAPI 1.0.3, part 3; 2.0, 4.1.6). The only folder here that knows Flask."""

from typing import Any

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from xapi.embedded import EmbeddedLrs, Transaction
from xapi.entries import Clock
from xapi.errors import Refused
from xapi.resource import about, answers, openapi
from xapi.resource.activities import Activities
from xapi.resource.agents import Agents
from xapi.resource.alternate import AlternateSyntax
from xapi.resource.document_requests import KINDS
from xapi.resource.documents import Documents
from xapi.resource.door import ActorsOf, Door
from xapi.resource.horizon import Horizon
from xapi.resource.statements import PolicyFor, Statements
from xapi.resource.tongue import Tongue
from xapi.signatures import RsaCheck

PREFIX = "/xapi"
_NO_DATABASE = (OperationalError, InterfaceError, InternalError, PoolTimeoutError)


def create_blueprint(
    *,
    lrs: EmbeddedLrs,
    begin: Transaction,
    read: Transaction,
    policy_for: PolicyFor,
    clock: Clock,
    actors_of: ActorsOf | None = None,
    rsa: RsaCheck,
) -> Blueprint:
    """The routes under /xapi. `policy_for` says what is special about the platform a host credential is bound to.

    `begin`, `read`: a writing and a reading transaction; `actors_of`: the people of units, for credentials that are limited to some;
    `rsa` checks signed statements. The application that registers this gets the alternate request syntax wrapped around it, for
    that changes the method by which a route is found.
    """
    door = Door(begin=begin, read=read, clock=clock, actors_of=actors_of)
    horizon = Horizon(lrs.consistent_through, clock)
    blueprint = Blueprint("xapi", __name__, url_prefix=PREFIX)
    view = Statements(lrs, door, policy_for, rsa, horizon)
    blueprint.add_url_rule("/statements", "post", view.post, methods=["POST"])
    blueprint.add_url_rule("/statements", "put", view.put, methods=["PUT"])
    blueprint.add_url_rule("/statements", "get", view.get, methods=["GET"])
    for kind in KINDS:
        Documents(kind, door=door, begin=begin, read=read, clock=clock).register(blueprint)
    activities, agents = Activities(door=door, read=read), Agents(door=door, read=read)
    blueprint.add_url_rule("/activities", "activities", activities.get, methods=["GET"])
    blueprint.add_url_rule("/agents", "agents", agents.get, methods=["GET"])
    blueprint.add_url_rule("/about", "about", about.get, methods=["GET"])
    blueprint.add_url_rule("/openapi.json", "openapi", openapi.get, methods=["GET"])
    blueprint.register_error_handler(Refused, answers.refused)
    blueprint.register_error_handler(HTTPException, answers.http_error)
    for error in _NO_DATABASE:
        blueprint.register_error_handler(error, answers.no_database)
    blueprint.after_request(Tongue().add)
    blueprint.after_request(horizon.add)
    blueprint.record_once(_understand_alternate_syntax)
    return blueprint


def _understand_alternate_syntax(state: BlueprintSetupState) -> None:
    application: Any = state.app
    application.wsgi_app = AlternateSyntax(application.wsgi_app, state.url_prefix or PREFIX)
