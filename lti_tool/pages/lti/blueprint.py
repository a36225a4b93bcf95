"""The blueprint of /lti/*: joins the views with what they need."""

from flask import Blueprint, Response, g, jsonify, request

from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.doors import Audience, declare
from lti_tool.base.outbound import Outbound
from lti_tool.base.sessions import Sessions
from lti_tool.base.texts import Texts
from lti_tool.lti import platforms
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.lti.keys import ToolKeys
from lti_tool.lti.login import States
from lti_tool.lti.platforms import Platform
from lti_tool.lti.refusal import Refused
from lti_tool.lti.validation import FindPlatform, Validation
from lti_tool.pages.lti.launching import Launching, OnLaunched
from lti_tool.pages.lti.login import Entrance
from lti_tool.pages.lti.refused import answer
from lti_tool.pages.lti.registering import Registrar


def create_blueprint(
    *,
    database: Database,
    clock: Clock,
    base_url: str,
    secret: bytes,
    keys: ToolKeys,
    outbound: Outbound,
    sessions: Sessions,
    texts: Texts,
    on_launched: OnLaunched,
) -> Blueprint:
    """Everything under /lti.

    `base_url`: the tool's public address without a slash at its end; `secret`: the installation's, the same in every process.
    `on_launched(connection, launch, now)`: called inside the launch's own transaction; gives the learner's id, or None.
    """
    blueprint = declare(Blueprint("lti", __name__, url_prefix="/lti"), Audience.PLATFORM)
    states = States(secret)
    validation = Validation(
        states=states,
        find_platform=_finder(database),
        platform_keys=PlatformKeys(session=outbound.session, clock=clock),
        tool_keys=keys,
        base_url=base_url,
    )
    launching = Launching(database, clock, sessions, texts, validation, on_launched)
    entrance = Entrance(database, clock, sessions, states, f"{base_url}/lti/launch")
    registrar = Registrar(database, clock, outbound.session, texts, base_url)

    blueprint.add_url_rule("/login", view_func=entrance.login, methods=["GET", "POST"])
    blueprint.add_url_rule("/launch", view_func=launching.launch, methods=["POST"])
    blueprint.add_url_rule("/launch", "address", view_func=launching.address, methods=["GET"])
    blueprint.add_url_rule("/register", view_func=registrar.register, methods=["GET"])
    blueprint.register_error_handler(Refused, answer)

    @blueprint.get("/jwks")
    def jwks() -> Response:
        response = jsonify(keys.published())
        response.headers["Cache-Control"] = "public, max-age=600"
        return response

    @blueprint.before_request
    def language() -> None:
        g.language = texts.choose(None, request.headers.get("Accept-Language"))

    return blueprint


def _finder(database: Database) -> FindPlatform:
    def find(issuer: str, client_id: str) -> Platform | None:
        with database.reading() as connection:
            return platforms.find(connection, issuer, client_id)

    return find
