"""/place/<launch_id>: a teacher puts the learner's page, with its line item, into a course."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from lti_tool.base.database import Database
from lti_tool.base.doors import Audience, declare
from lti_tool.base.sessions import LaunchSession, Sessions
from lti_tool.base.texts import Texts
from lti_tool.lti import deep_linking, platforms
from lti_tool.lti.deep_linking import Placement
from lti_tool.lti.keys import ToolKeys
from lti_tool.lti.platforms import Platform, origin
from lti_tool.lti.refusal import INCOMPLETE, NOT_APPROVED, PLACING, Refused
from lti_tool.pages.lti.refused import answer, page

Placements = Callable[[Connection, str], Sequence[Placement]]


def create_placing_blueprint(
    *, database: Database, keys: ToolKeys, sessions: Sessions, texts: Texts, placements: Placements
) -> Blueprint:
    """The deep linking page. `placements(connection, language)`: what can be placed, one for each programme."""
    blueprint = declare(Blueprint("placing", __name__, url_prefix="/place"), Audience.LAUNCHED)
    desk = _Desk(database, keys, sessions, texts, placements)
    blueprint.add_url_rule("/<launch_id>", "show", view_func=desk.show, methods=["GET"])
    blueprint.add_url_rule("/<launch_id>", "place", view_func=desk.place, methods=["POST"])
    blueprint.register_error_handler(Refused, answer)
    sessions.guard(blueprint)
    return blueprint


@dataclass(frozen=True, slots=True)
class _Desk:
    database: Database
    keys: ToolKeys
    sessions: Sessions
    texts: Texts
    placements: Placements

    def show(self, launch_id: str) -> Response:
        session = self._enter(launch_id)
        with self.database.reading() as connection:
            offered = self.placements(connection, session.language)
        return page(
            "lti/place.html",
            ancestors=session.frame_ancestors,
            placements=offered,
            context_title=session.context_title,
            csrf=self.sessions.token(launch_id),
            launch_id=launch_id,
        )

    def place(self, launch_id: str) -> Response:
        session = self._enter(launch_id)
        chosen = self._chosen(session, request.form.get("placement", ""))
        platform = self._platform(session)
        settings: dict[str, Any] = session.extra["deep_linking"]
        signed = deep_linking.response(
            platform,
            self.keys.signing(),
            deployment_id=session.extra["deployment_id"],
            settings=settings,
            placements=[chosen],
            message=self.texts.t(session.language, "lti.place.placed", title=chosen.title),
        )
        url = settings["deep_link_return_url"]
        return page(
            "lti/placed.html",
            ancestors=session.frame_ancestors,
            form_action=(origin(url),),
            url=url,
            token=signed,
            title=chosen.title,
        )

    def _enter(self, launch_id: str) -> LaunchSession:
        session = self.sessions.enter(launch_id)
        if session.view != "placing":
            raise Refused(PLACING, "this launch is no deep linking request")
        return session

    def _chosen(self, session: LaunchSession, key: str) -> Placement:
        with self.database.reading() as connection:
            found = [one for one in self.placements(connection, session.language) if one.key == key]
        if not found:
            raise Refused(INCOMPLETE, "nothing of that name can be placed")
        return found[0]

    def _platform(self, session: LaunchSession) -> Platform:
        """Asked again: a registration may have lost its rights since the launch."""
        with self.database.reading() as connection:
            platform = platforms.by_id(connection, session.platform_id)
        if platform is None or not platform.approved:
            raise Refused(NOT_APPROVED, "the registration was taken back since the launch")
        return platform
