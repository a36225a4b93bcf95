"""Whether a launch is what it says: PyLTI1p3's checks, and around them every check it lacks (see hosts.md of the product).

Order: the state (ours, unexpired, this browser's), the token's outer form, its platform, PyLTI1p3 (signature, nonce, deployment,
message), the times, the claims. The nonce is used up later, in the launch's own transaction (`nonces.use`).
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from jwcrypto.common import JWException
from pylti1p3.exception import LtiException

from lti_tool.lti import claims as claims_reader
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.lti.keys import ToolKeys
from lti_tool.lti.launch import ValidLaunch
from lti_tool.lti.login import State, States
from lti_tool.lti.platforms import Platform
from lti_tool.lti.pylti import ToolLaunch
from lti_tool.lti.refusal import (
    CLAIMS,
    CLOCK,
    INCOMPLETE,
    NOT_APPROVED,
    PLATFORM_SAID,
    SIGNATURE,
    UNKNOWN_PLATFORM,
    Refused,
)

LEEWAY = timedelta(seconds=60)

# A token is for one launch: Moodle's live a minute, Open edX's an hour. One for years is a mistake or a trap.
_LONGEST_LIFE = timedelta(hours=24)
_LARGEST_TOKEN = 128 * 1024
_LATEST = 1e11  # seconds: some three thousand years
_SIGNED = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")

FindPlatform = Callable[[str, str], Platform | None]


@dataclass(frozen=True, slots=True)
class Checked:
    """A valid launch, and the nonce that has yet to be used up with it."""

    launch: ValidLaunch
    nonce: str
    nonce_expires: datetime


class Validation:
    """`find_platform(issuer, client_id)`; `platform_keys`: theirs; `tool_keys`: ours; `base_url`: where launches must point."""

    def __init__(
        self,
        *,
        states: States,
        find_platform: FindPlatform,
        platform_keys: PlatformKeys,
        tool_keys: ToolKeys,
        base_url: str,
    ) -> None:
        self._states = states
        self._find_platform = find_platform
        self._platform_keys = platform_keys
        self._tool_keys = tool_keys
        self._base_url = base_url

    def check(self, form: Mapping[str, str], browser: str | None, now: datetime) -> Checked:
        """The launch in a posted form. Refused with the exact reason for every other one."""
        token = _token(form)
        state = self._states.check(form["state"], browser, now)
        said = _unverified(token)
        platform = self._platform(said)
        state.check(platform.issuer, platform.client_id, str(said.get(claims_reader.LTI + "deployment_id")))
        verified = self._verified(form, platform, state)
        _check_times(verified, state, now)
        launch = claims_reader.read(verified, platform, self._base_url)
        return Checked(launch, state.nonce, state.expires + LEEWAY)

    def _platform(self, said: Mapping[str, Any]) -> Platform:
        issuer, client_id = said.get("iss"), _client_id(said)
        if not isinstance(issuer, str):
            raise Refused(CLAIMS, "the token has no iss")
        # A database is asked for them, before the signature says that anything may be believed.
        claims_reader.check_texts([issuer, client_id])
        platform = self._find_platform(issuer, client_id)
        if platform is None:
            raise Refused(
                UNKNOWN_PLATFORM, f"no registration for iss={issuer[:200]!r} client_id={client_id[:200]!r}"
            )
        if not platform.approved:
            raise Refused(NOT_APPROVED, f"the registration {platform.name!r} is not approved")
        return platform

    def _verified(self, form: Mapping[str, str], platform: Platform, state: State) -> Mapping[str, Any]:
        """The claims, by PyLTI1p3's MessageLaunch and no other way."""
        message = ToolLaunch(
            form,
            platform=platform,
            key=self._tool_keys.signing(),
            state=form["state"],
            nonce=state.nonce,
            key_set=self._platform_keys.key_set,
        )
        try:
            verified: Mapping[str, Any] = message.validate().get_launch_data()
        except (
            LtiException,
            JWException,
            jwt.PyJWTError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ) as error:
            # The library checks types nowhere, so a claim of a wrong type shows as one of the later exceptions.
            raise Refused(message.refusal, f"PyLTI1p3: {type(error).__name__}: {str(error)[:200]}") from error
        return verified


def _token(form: Mapping[str, str]) -> str:
    if form.get("error"):
        raise Refused(PLATFORM_SAID, f"the platform answered {form['error'][:60]!r}")
    for name in ("id_token", "state"):
        if not form.get(name):
            raise Refused(INCOMPLETE, f"the launch has no {name}")
    return form["id_token"]


def _unverified(token: str) -> Mapping[str, Any]:
    """What the token says, to know whose key it must be checked with. Nothing of it is believed yet."""
    parts = _SIGNED.fullmatch(token) if len(token) <= _LARGEST_TOKEN else None
    if parts is None:
        raise Refused(SIGNATURE, "the id_token is not a signed JWT")
    header, body = _json(parts[1]), _json(parts[2])
    # 1EdTech Security Framework 1.0, 5.1.2: RS256, and never "none" or an algorithm of shared secrets.
    if header.get("alg") != "RS256":
        raise Refused(SIGNATURE, f"the algorithm is {str(header.get('alg'))[:20]!r}, not RS256")
    if not isinstance(header.get("kid"), str):
        raise Refused(SIGNATURE, "the token's header has no kid")
    return body


def _json(part: str) -> Mapping[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError) as error:
        raise Refused(SIGNATURE, "the id_token cannot be decoded") from error
    if not isinstance(found, dict):
        raise Refused(SIGNATURE, "a part of the id_token is no JSON object")
    return found


def _client_id(said: Mapping[str, Any]) -> str:
    """Which client the token is for (OpenID Connect Core 1.0, 3.1.3.7, points 3 to 5).

    "If the ID Token contains multiple audiences, the Client SHOULD verify that an azp Claim is present. If an azp Claim is
    present, the Client SHOULD verify that its client_id is the Claim Value."
    """
    aud, azp = said.get("aud"), said.get("azp")
    audiences = aud if isinstance(aud, list) else [aud]
    if not audiences or not all(isinstance(one, str) and one for one in audiences):
        raise Refused(CLAIMS, "the token has no aud")
    if azp is None and len(audiences) > 1:
        raise Refused(CLAIMS, "several audiences and no azp")
    client_id = audiences[0] if azp is None else azp
    if client_id not in audiences:
        raise Refused(CLAIMS, "azp is not among the audiences")
    return str(client_id)


def _check_times(verified: Mapping[str, Any], state: State, now: datetime) -> None:
    """Both exp and iat are required, within 60 s of our clock, and younger than the login they answer."""
    expires, issued = _moment(verified, "exp"), _moment(verified, "iat")
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    if expires <= moment - leeway:
        raise Refused(CLOCK, f"exp was {moment - expires:.0f} s ago")
    if issued > moment + leeway:
        raise Refused(CLOCK, f"iat is {issued - moment:.0f} s in the future")
    # The nonce was made with the login, so a token that carries it cannot be older than the login: only its clock can.
    if issued < state.begun.timestamp() - leeway:
        raise Refused(CLOCK, f"iat is {state.begun.timestamp() - issued:.0f} s before the login began")
    if not 0 <= expires - issued <= _LONGEST_LIFE.total_seconds():
        raise Refused(CLAIMS, f"exp is {expires - issued:.0f} s after iat")
    if "nbf" in verified and _moment(verified, "nbf") > moment + leeway:
        raise Refused(CLOCK, "nbf is in the future")


def _moment(verified: Mapping[str, Any], name: str) -> float:
    value = verified.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(CLAIMS, f"{name} is missing or no number")
    if not abs(value) <= _LATEST:  # not-a-number is neither
        raise Refused(CLAIMS, f"{name} is no moment")
    return float(value)
