"""Third-party-initiated login (1EdTech Security Framework 1.0, 5.1.1): who asks, and the state that comes back with the launch.

A login writes nothing. Its state is a signed value bound to the browser's cookie, the platform and the deployment; its nonce is
derived from the state, so that neither can be exchanged for another's.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from sqlalchemy import Connection

from lti_tool.lti import platforms
from lti_tool.lti.platforms import Platform
from lti_tool.lti.refusal import COOKIE, INCOMPLETE, NOT_APPROVED, STATE, UNKNOWN_PLATFORM, Refused

LIFETIME = timedelta(minutes=10)

FIELDS = ("iss", "login_hint", "target_link_uri", "lti_message_hint", "lti_deployment_id", "client_id")

_FORM = struct.Struct(">16sQ16s16s16s")
_ANY = bytes(16)


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """What a platform sends to begin a launch. Hints go back unread: they are the platform's own and may name a person."""

    issuer: str
    login_hint: str
    client_id: str | None
    deployment_id: str | None
    message_hint: str | None


@dataclass(frozen=True, slots=True)
class State:
    """A login's state that proved genuine. `nonce`: the only one its token may carry."""

    nonce: str
    begun: datetime
    expires: datetime
    platform: bytes
    deployment: bytes

    def check(self, issuer: str, client_id: str, deployment_id: str) -> None:
        """Refused unless the login was begun with this platform and, where it said one, this deployment."""
        if not hmac.compare_digest(self.platform, _mark(issuer, client_id)):
            raise Refused(STATE, "the login was begun with another issuer or client_id than the token's")
        if self.deployment != _ANY and not hmac.compare_digest(self.deployment, _mark(deployment_id)):
            raise Refused(STATE, "the login was begun for another deployment than the token's")


def read(params: Mapping[str, str]) -> LoginRequest:
    """The login request in a query or form. Refused when issuer or login hint is missing."""
    for name in ("iss", "login_hint"):
        if not params.get(name):
            raise Refused(INCOMPLETE, f"the login request has no {name}")
    return LoginRequest(
        issuer=params["iss"],
        login_hint=params["login_hint"],
        client_id=params.get("client_id") or None,
        deployment_id=params.get("lti_deployment_id") or None,
        message_hint=params.get("lti_message_hint"),
    )


def platform_of(connection: Connection, asked: LoginRequest) -> Platform:
    """The approved registration a login is for; client_id is optional in the standard, and needed only to tell two apart."""
    found = [
        one
        for one in platforms.by_issuer(connection, asked.issuer)
        if asked.client_id is None or one.client_id == asked.client_id
    ]
    if len(found) > 1:
        found = [one for one in found if asked.deployment_id in one.deployments]
    if len(found) != 1:
        raise Refused(
            UNKNOWN_PLATFORM, f"no single registration for iss={asked.issuer!r} client_id={asked.client_id!r}"
        )
    if not found[0].approved:
        raise Refused(NOT_APPROVED, f"the registration {found[0].name!r} is not approved")
    return found[0]


class States:
    """Makes and checks states. `secret`: the installation's; every process of it knows the same."""

    def __init__(self, secret: bytes) -> None:
        self._state_key = hmac.digest(secret, b"donghanh lti state", "sha256")
        self._nonce_key = hmac.digest(secret, b"donghanh lti nonce", "sha256")

    def begin(
        self, platform: Platform, deployment_id: str | None, browser: str, now: datetime
    ) -> tuple[str, str]:
        """A fresh state and its nonce."""
        expires = int((now + LIFETIME).timestamp())
        deployment = _mark(deployment_id) if deployment_id else _ANY
        form = _FORM.pack(
            secrets.token_bytes(16),
            expires,
            _mark(platform.issuer, platform.client_id),
            deployment,
            _mark(browser),
        )
        state = _encoded(form + hmac.digest(self._state_key, form, "sha256"))
        return state, self._nonce(state)

    def check(self, text: str, browser: str | None, now: datetime) -> State:
        """The state in `text`. Refused when it is not ours, has expired, or was begun in another browser."""
        form = self._genuine(text)
        _, expires, platform, deployment, owner = _FORM.unpack(form)
        if browser is None:
            raise Refused(COOKIE, "the browser sent no cookie of ours with the launch")
        if not hmac.compare_digest(owner, _mark(browser)):
            raise Refused(COOKIE, "the login was begun in another browser, or its cookie was replaced since")
        end = datetime.fromtimestamp(expires, UTC)
        if now >= end:
            raise Refused(STATE, f"the login expired {(now - end).total_seconds():.0f} s ago")
        return State(self._nonce(text), end - LIFETIME, end, platform, deployment)

    def _genuine(self, text: str) -> bytes:
        try:
            raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error) as error:
            raise Refused(STATE, "the state is not one of ours") from error
        form, seal = raw[: _FORM.size], raw[_FORM.size :]
        genuine = hmac.compare_digest(seal, hmac.digest(self._state_key, form, "sha256"))
        # One text for one state: base64 has several spellings of the same bytes.
        if len(form) != _FORM.size or not genuine or _encoded(raw) != text:
            raise Refused(STATE, "the state is not one of ours")
        return form

    def _nonce(self, state: str) -> str:
        return _encoded(hmac.digest(self._nonce_key, state.encode(), "sha256")[:24])


def authentication_url(
    platform: Platform, asked: LoginRequest, *, state: str, nonce: str, redirect_uri: str
) -> str:
    """Where the browser is sent next (1EdTech Security Framework 1.0, 5.1.1.2: the authentication request's parameters)."""
    parameters = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": redirect_uri,
        "login_hint": asked.login_hint,
        "state": state,
        "nonce": nonce,
    }
    if asked.message_hint is not None:
        parameters["lti_message_hint"] = asked.message_hint
    parts = urlsplit(platform.auth_login_url)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _mark(*values: str) -> bytes:
    return hashlib.sha256("\0".join(values).encode("utf-8", "surrogatepass")).digest()[:16]


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
