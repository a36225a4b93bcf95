"""PyLTI1p3, adapted: no cookies, no sessions, no storage of its own; our keys, our registrations, our guarded HTTP.

The library was last released in 2022 and ships no types, hence the ignores: its classes are `Any` to the type checker.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config import ToolConfAbstract

from lti_tool.lti.keys import ToolKey
from lti_tool.lti.platforms import Platform
from lti_tool.lti.refusal import CLAIMS, DEPLOYMENT, SIGNATURE, Refusal

KeySetOf = Callable[[str, str], dict[str, Any]]


class ToolRegistration(Registration):  # type: ignore[misc]
    """A registration that signs with one of our keys, under that key's own id."""

    _kid: str

    def get_kid(self) -> str:
        return self._kid


def registration(platform: Platform, key: ToolKey) -> ToolRegistration:
    """What PyLTI1p3's MessageLaunch, DeepLink and ServiceConnector need to know of a platform."""
    made = ToolRegistration()
    made._kid = key.kid  # noqa: SLF001 - the library builds its objects by setters
    made.set_issuer(platform.issuer).set_client_id(platform.client_id)
    made.set_auth_login_url(platform.auth_login_url).set_auth_token_url(platform.token_url)
    made.set_key_set_url(platform.jwks_url)
    # Without the public key the connector names no kid, and Moodle's token endpoint answers "kid must be provided".
    made.set_tool_private_key(key.private_pem).set_tool_public_key(key.public_pem)
    return made


class ToolLaunch(MessageLaunch):  # type: ignore[misc]
    """The library's launch for one platform, one checked state and one expected nonce.

    `refusal`: what the step that is running refuses with.
    """

    def __init__(
        self,
        form: Mapping[str, str],
        *,
        platform: Platform,
        key: ToolKey,
        state: str,
        nonce: str,
        key_set: KeySetOf,
    ) -> None:
        super().__init__(_Form(form), _Config(platform, key), _Session(state, nonce), _NoCookies())
        self._client_id = platform.client_id
        self._key_set = key_set
        self.refusal: Refusal = CLAIMS
        # PyJWT would judge the times by this machine's clock and without leeway: `validation` does it, by the clock it is handed.
        # Here it has one task, the signature; `claims` checks what the others would.
        left = ("verify_aud", "verify_exp", "verify_iat", "verify_nbf", "verify_sub", "verify_jti")
        self.set_jwt_verify_options(dict.fromkeys(left, False))

    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key))

    def get_client_id(self) -> str:
        """The library takes the first of several audiences; ours may be any of them (`validation` has checked aud and azp)."""
        return self._client_id

    def fetch_public_key(self, key_set_url: str) -> dict[str, Any]:
        """The library's own fetch has no time-out, no guard against private addresses and no second fetch."""
        return self._key_set(key_set_url, str(self._jwt["header"].get("kid")))

    def validate_jwt_signature(self) -> "ToolLaunch":
        self.refusal = SIGNATURE
        super().validate_jwt_signature()
        return self

    def validate_deployment(self) -> "ToolLaunch":
        self.refusal = DEPLOYMENT
        super().validate_deployment()
        return self

    def validate_message(self) -> "ToolLaunch":
        self.refusal = CLAIMS
        super().validate_message()
        return self


class _Form(Request):  # type: ignore[misc]
    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._form.get(key, "")


class _Session(SessionService):  # type: ignore[misc]
    """Answers from the state that was checked; keeps nothing, because `nonces` and `base.sessions` do."""

    def __init__(self, state: str, nonce: str) -> None:
        self._state, self._nonce = state, nonce

    def check_state_is_valid(self, state: str, id_token_hash: str) -> bool:  # noqa: ARG002
        return state == self._state

    def check_nonce(self, nonce: str) -> bool:
        return nonce == self._nonce

    def save_launch_data(self, key: str, jwt_body: Mapping[str, Any]) -> None:
        pass

    def set_state_valid(self, state: str, id_token_hash: str) -> None:
        pass


class _NoCookies(CookieService):  # type: ignore[misc]
    def get_cookie(self, name: str) -> None:  # noqa: ARG002
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        pass


class _Config(ToolConfAbstract):  # type: ignore[misc]
    def __init__(self, platform: Platform, key: ToolKey) -> None:
        self._platform, self._key = platform, key

    def check_iss_has_one_client(self, iss: str) -> bool:  # noqa: ARG002
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:  # noqa: ARG002
        return True

    def find_registration_by_issuer(self, iss: str, *_: object, **__: object) -> ToolRegistration | None:
        return self.find_registration_by_params(iss, self._platform.client_id)

    def find_registration_by_params(
        self, iss: str, client_id: str, *_: object, **__: object
    ) -> ToolRegistration | None:
        mine = (iss, client_id) == (self._platform.issuer, self._platform.client_id)
        return registration(self._platform, self._key) if mine else None

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        return self.find_deployment_by_params(iss, deployment_id, self._platform.client_id)

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *_: object, **__: object
    ) -> Deployment | None:
        mine = (iss, client_id) == (self._platform.issuer, self._platform.client_id)
        known = mine and deployment_id in self._platform.deployments
        return Deployment().set_deployment_id(deployment_id) if known else None
