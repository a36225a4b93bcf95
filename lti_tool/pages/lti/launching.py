"""/lti/launch: what the platform's form post becomes."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Response, request
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.utils import redirect

from lti_tool.base import sessions as base_sessions
from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.sessions import Opening, Sessions
from lti_tool.base.texts import Texts
from lti_tool.lti import nonces
from lti_tool.lti.launch import DEEP_LINKING, ValidLaunch
from lti_tool.lti.refusal import COOKIE, Refused
from lti_tool.lti.validation import Checked, Validation
from lti_tool.pages.lti.refused import page

_log = logging.getLogger("donghanh.lti")

OnLaunched = Callable[[Connection, ValidLaunch, datetime], str | None]

_PATHS = {"learner": "/learn", "teacher": "/teach", "placing": "/place"}
_SWEEP_EVERY = timedelta(seconds=30)
_SWEEP_LIMIT = 5000


class Launching:
    """The two views of the launch URL."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sessions: Sessions,
        texts: Texts,
        validation: Validation,
        on_launched: OnLaunched,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions
        self._texts = texts
        self._validation = validation
        self._on_launched = on_launched
        self._sweeping = threading.Lock()
        self._swept: datetime | None = None

    def launch(self) -> Response:
        """POST: checked, used up, opened in this browser, and on to its page: the address then holds no token."""
        now, browser = self._clock(), self._sessions.browser()
        checked = self._validation.check(request.form, browser, now)
        if browser is None:  # the state's check has refused this already
            raise Refused(COOKIE, "the browser sent no cookie of ours with the launch")
        launch_id = self._open(checked, browser, now)
        self._sweep(now)
        response = redirect(f"{_PATHS[checked.launch.view]}/{launch_id}", 303, Response)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        assert isinstance(response, Response)
        return response

    def address(self) -> Response:
        """GET: Moodle looks at the launch URL, without a token, whenever a tool is saved; people follow it by mistake."""
        return page("lti/address.html")

    def _open(self, checked: Checked, browser: str, now: datetime) -> str:
        """One transaction: the nonce is used, the learner known and the session open, or none of it happened."""
        launch = checked.launch
        language = self._texts.choose(launch.locale, request.headers.get("Accept-Language"))
        with self._database.transaction() as connection:
            nonces.use(connection, checked.nonce, checked.nonce_expires)
            placing = launch.message_type == DEEP_LINKING
            learner_id = None if placing else self._on_launched(connection, launch, now)
            return base_sessions.open_(connection, _opening(launch, learner_id, language), browser, now)

    def _sweep(self, now: datetime) -> None:
        """Now and then, forget nonces and launches that ended. Not in the launch's transaction: it must not wait for this."""
        with self._sweeping:
            if self._swept is not None and now - self._swept < _SWEEP_EVERY:
                return
            self._swept = now
        try:
            with self._database.transaction() as connection:
                nonces.clean(connection, now, limit=_SWEEP_LIMIT)
                base_sessions.clean(connection, now, limit=_SWEEP_LIMIT)
        except SQLAlchemyError:
            _log.exception("what has ended could not be forgotten; the next launch tries again")


def _opening(launch: ValidLaunch, learner_id: str | None, language: str) -> Opening:
    placing = {} if launch.deep_linking is None else {"deep_linking": dict(launch.deep_linking)}
    return Opening(
        learner_id=learner_id,
        platform_id=launch.platform.id,
        issuer=launch.platform.issuer,
        sub=launch.sub,
        view=launch.view,
        language=language,
        context_id=launch.context.id if launch.context else None,
        context_title=launch.context.title if launch.context else None,
        link_id=launch.link.id if launch.link else None,
        lineitem=launch.lineitem,
        return_url=launch.return_url,
        frame_ancestors=launch.platform.frame_ancestors,
        extra={
            "deployment_id": launch.deployment_id,
            "document_target": launch.document_target,
            "programme": launch.custom.get("programme"),
            **placing,
        },
    )
