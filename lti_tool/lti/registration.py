"""Dynamic Registration (LTI Dynamic Registration 1.0), as the tool: what is asked of a platform, and what its answer means.

PyLTI1p3 has none. The order is the specification's 3.3 to 3.7: fetch the platform's OpenID configuration, check that it speaks for
its issuer, post our registration with the platform's own token, take client_id and deployment_id from the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from lti_tool.lti.claims import check_texts
from lti_tool.lti.platforms import Draft, origin
from lti_tool.lti.refusal import CONFIGURATION, REGISTRATION, REGISTRATION_UNREACHABLE, Refusal, Refused

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"

SCOPES = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
)

# Moodle sends name and e-mail only where this list asks for them.
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email", "locale")

# What joins a launch with statements and rosters, and says where it happened. Nothing else about a person is asked for.
CUSTOM = {
    "person_id": "$User.id",
    "person_username": "$User.username",
    "person_sourcedid": "$Person.sourcedId",
    "context_id": "$Context.id",
    "context_sourcedid": "$Context.sourcedId",
    "link_id": "$ResourceLink.id",
    "lineitem_url": "$LineItem.url",
}

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Words:
    """The texts a platform shows of us: the tool's name, one sentence about it, what placing it is called."""

    name: str
    description: str
    placing: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """A platform's OpenID configuration that speaks for its issuer."""

    issuer: str
    auth_login_url: str
    token_url: str
    jwks_url: str
    registration_url: str
    family: str


def register(
    session: requests.Session,
    *,
    configuration_url: str,
    token: str | None,
    base_url: str,
    words: Words,
    kind: str,
) -> Draft:
    """Register with the platform behind `configuration_url`; gives what is to be stored, which nobody has approved yet.

    `session`: the guarded one. Refused with the reason in words when the platform cannot be reached, contradicts itself or
    says no.
    """
    found = configuration(_get(session, configuration_url), configuration_url)
    answer = _post(session, found.registration_url, request(base_url, words), token)
    return draft(answer, found, kind)


def configuration(plain: object, url: str) -> Configuration:
    """Check a configuration. Refused unless it came from its issuer's own origin, and its endpoints are as safe as that."""
    if not isinstance(plain, dict):
        raise Refused(CONFIGURATION, "the OpenID configuration is no JSON object")
    issuer = _text(plain, "issuer")
    home = _origin(issuer, "issuer")
    # 3.5.1: a configuration speaks for an issuer only from that issuer's own place, or anyone could register as anybody.
    if urlsplit(issuer).query or urlsplit(issuer).fragment or home != _origin(url, "openid_configuration"):
        raise Refused(
            CONFIGURATION,
            f"the configuration at {_origin(url, 'url')} speaks for another issuer: {issuer[:200]!r}",
        )
    ends = {name: _text(plain, name) for name in _ENDPOINTS}
    for name, end in ends.items():
        if home.startswith("https:") and not _origin(end, name).startswith("https:"):
            raise Refused(CONFIGURATION, f"{name} is less safe than the issuer: {_origin(end, name)}")
    family = plain.get(PLATFORM_CONFIGURATION)
    known = family.get("product_family_code") if isinstance(family, dict) else None
    return Configuration(
        issuer=issuer,
        auth_login_url=ends["authorization_endpoint"],
        token_url=ends["token_endpoint"],
        jwks_url=ends["jwks_uri"],
        registration_url=ends["registration_endpoint"],
        family=known if isinstance(known, str) else "",
    )


def request(base_url: str, words: Words) -> dict[str, Any]:
    """Our registration request (3.6), in the shape Moodle takes.

    `domain` must be the target's host with its port, `scope` one string; `redirect_uris` and `jwks_uri` must not be missing.
    """
    launch = f"{base_url}/lti/launch"
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{base_url}/lti/login",
        "redirect_uris": [launch],
        "client_name": words.name,
        "jwks_uri": f"{base_url}/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(SCOPES),
        TOOL_CONFIGURATION: {
            "domain": urlsplit(base_url).netloc,
            "description": words.description,
            "target_link_uri": launch,
            "custom_parameters": dict(CUSTOM),
            "claims": list(CLAIMS),
            "messages": [
                {"type": "LtiResourceLinkRequest", "target_link_uri": launch, "label": words.name},
                {
                    "type": "LtiDeepLinkingRequest",
                    "target_link_uri": launch,
                    "label": words.placing,
                    "placements": ["ContentArea"],
                },
            ],
        },
    }


def draft(answer: object, found: Configuration, kind: str) -> Draft:
    """What the platform's answer (3.7) gives us. Its scopes are not believed: the token response will say what is granted."""
    if not isinstance(answer, dict):
        raise Refused(REGISTRATION, "the platform's answer is no JSON object")
    client_id = answer.get("client_id")
    if not isinstance(client_id, str) or not 0 < len(client_id) <= _LONGEST:
        raise Refused(REGISTRATION, "the platform's answer has no client_id")
    return Draft(
        name=f"{found.family or kind} {urlsplit(found.issuer).netloc}",
        issuer=found.issuer,
        client_id=client_id,
        auth_login_url=found.auth_login_url,
        token_url=found.token_url,
        jwks_url=found.jwks_url,
        kind=kind,
        deployments=_deployments(answer),
    )


def _deployments(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Moodle says the deployment inside the tool configuration; the specification lets a platform leave it out."""
    tool = answer.get(TOOL_CONFIGURATION)
    held = tool.get("deployment_id") if isinstance(tool, dict) else None
    held = str(held) if isinstance(held, int | str) and not isinstance(held, bool) else ""
    return (held,) if 0 < len(held) <= _LONGEST else ()


def _get(session: requests.Session, url: str) -> object:
    _origin(url, "openid_configuration")
    try:
        response = session.get(url, headers={"Accept": "application/json"})
    except requests.RequestException as error:
        raise Refused(
            REGISTRATION_UNREACHABLE, f"the configuration cannot be fetched: {error!s:.300}"
        ) from error
    if response.status_code != requests.codes.ok:
        raise Refused(CONFIGURATION, f"the configuration was answered with {response.status_code}")
    return _json(response, CONFIGURATION)


def _post(session: requests.Session, url: str, body: Mapping[str, Any], token: str | None) -> object:
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        response = session.post(url, json=body, headers=headers)
    except (requests.RequestException, UnicodeError) as error:  # a token of letters no header can carry
        raise Refused(
            REGISTRATION_UNREACHABLE, f"the registration cannot be posted: {error!s:.300}"
        ) from error
    if response.status_code not in {200, 201}:
        raise Refused(REGISTRATION, f"the platform answered {response.status_code}: {response.text[:200]!r}")
    return _json(response, REGISTRATION)


def _json(response: requests.Response, refusal: Refusal) -> object:
    try:
        found: object = response.json()
        check_texts(found)
    except (ValueError, RecursionError) as error:
        raise Refused(refusal, "the platform's answer is no JSON") from error
    except Refused as error:
        raise Refused(refusal, "the platform's answer holds characters that are no text") from error
    return found


def _text(plain: Mapping[str, Any], name: str) -> str:
    value = plain.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(CONFIGURATION, f"the configuration has no {name}")
    _origin(value, name)
    return value


def _origin(url: str, name: str) -> str:
    try:
        return origin(url)
    except ValueError as error:
        raise Refused(CONFIGURATION, f"{name} is no http(s) address") from error
