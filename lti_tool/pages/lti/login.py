"""/lti/login: sends the browser on to its platform, or finds out first that cookies do not work here.

A browser without third-party cookies would come back from the platform without ours, and a platform's launch id serves once: so
it is found out before the platform is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.utils import redirect as _redirect

from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.sessions import Sessions, new_browser
from lti_tool.lti import login
from lti_tool.lti.login import LoginRequest, States
from lti_tool.lti.platforms import Platform, origin
from lti_tool.pages.lti.refused import page

_FRAMES = frozenset({"iframe", "frame"})


@dataclass(frozen=True, slots=True)
class Entrance:
    """`launch_url`: where the platform posts the launch, exactly as registered there."""

    database: Database
    clock: Clock
    sessions: Sessions
    states: States
    launch_url: str

    def login(self) -> Response:
        """GET and POST (1EdTech Security Framework 1.0, 5.1.1.1: a tool MUST support both)."""
        params = request.form if request.method == "POST" else request.args
        asked = login.read(params)
        with self.database.reading() as connection:
            platform = login.platform_of(connection, asked)
        browser = self.sessions.browser()
        framed = request.headers.get("Sec-Fetch-Dest", "").lower() in _FRAMES
        if browser is None and framed:
            return _one_tap(params, platform) if "probe" in request.args else self._probe(params)
        return self._onward(asked, platform, browser)

    def _onward(self, asked: LoginRequest, platform: Platform, browser: str | None) -> Response:
        owner = browser or new_browser()
        state, nonce = self.states.begin(platform, asked.deployment_id, owner, self.clock())
        url = login.authentication_url(
            platform, asked, state=state, nonce=nonce, redirect_uri=self.launch_url
        )
        response = _to(url, 302)
        if browser is None:
            self.sessions.remember(response, owner)
        return response

    def _probe(self, params: Mapping[str, str]) -> Response:
        """Set the cookie and come back: 307 keeps method and body, so that nothing new enters an address."""
        query = _given(params) if request.method == "GET" else {}
        response = _to(f"/lti/login?{urlencode(query | {'probe': '1'})}", 307)
        self.sessions.remember(response, new_browser())
        return response


def _one_tap(params: Mapping[str, str], platform: Platform) -> Response:
    """Cookies stay away even partitioned: one tap opens the same login at top level, where ours is a first-party cookie."""
    # A browser holds a form's redirects to form-action too, and a platform may redirect to its own sign-in elsewhere.
    onward = ("https:", origin(platform.auth_login_url))
    return page(
        "lti/one_tap.html", ancestors=platform.frame_ancestors, form_action=onward, fields=_given(params)
    )


def _given(params: Mapping[str, str]) -> dict[str, str]:
    return {name: params[name] for name in login.FIELDS if name in params}


def _to(url: str, status: int) -> Response:
    response = _redirect(url, status, Response)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    assert isinstance(response, Response)
    return response
