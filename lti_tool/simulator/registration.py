"""LTI Dynamic Registration as Moodle does it, its terse errors included."""

import json
import secrets
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from flask import Blueprint, Response, request

from lti_tool.simulator.face import Face
from lti_tool.simulator.vocabulary import (
    ALL_SCOPES,
    LINEITEM,
    LINEITEM_READONLY,
    MEMBERSHIP_READONLY,
    PLATFORM_CONFIGURATION,
    RESULT_READONLY,
    SCORE,
    TOOL_CONFIGURATION,
)

TOKEN_LIFETIME: Final = 3600
_CLAIMS: Final = ("sub", "iss", "name", "family_name", "given_name", "email")
_REQUIRED: Final = (
    "application_type",
    "response_types",
    "grant_types",
    "initiate_login_uri",
    "redirect_uris",
    "jwks_uri",
)
_VARIABLES: Final = [
    "Context.id",
    "Context.title",
    "Context.label",
    "Context.id.history",
    "Context.sourcedId",
    "Context.longDescription",
    "Context.timeFrame.begin",
    "CourseSection.title",
    "CourseSection.label",
    "CourseSection.sourcedId",
    "CourseSection.timeFrame.begin",
    "CourseSection.timeFrame.end",
    "ResourceLink.id",
    "ResourceLink.title",
    "ResourceLink.description",
    "User.id",
    "User.username",
    "Person.name.full",
    "Person.name.given",
    "Person.name.family",
    "Person.email.primary",
    "Person.sourcedId",
    "Person.name.middle",
    "Person.address.street1",
    "Person.address.locality",
    "Person.address.country",
    "Person.address.timezone",
    "Person.phone.primary",
    "Person.phone.mobile",
    "Person.webaddress",
    "Membership.role",
    "Result.sourcedId",
    "BasicOutcome.url",
    "Moodle.Person.userGroupIds",
]


class Refused(Exception):
    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


def create_blueprint(face: Face) -> Blueprint:
    """`/mod/lti/openid-configuration.php` and `/mod/lti/openid-registration.php` of the Moodle face."""
    routes = Blueprint("moodle_registration", __name__, url_prefix=f"/{face.key}/mod/lti")
    routes.get("/openid-configuration.php", endpoint="configuration")(lambda: configuration(face))
    routes.post("/openid-registration.php", endpoint="registration")(lambda: _register(face))
    return routes


def begin(face: Face, client_id: str | None = None) -> str:
    """A one-time registration token of an hour; `client_id` names the tool that is to be updated."""
    found = client_id or secrets.token_urlsafe(11)[:15]
    now = int(face.seconds())
    face.store.run("INSERT OR REPLACE INTO registration VALUES (?, 0, ?)", found, now + TOKEN_LIFETIME)
    return face.signing.sign({"sub": found, "scope": "reg", "iat": now, "exp": now + TOKEN_LIFETIME})


def configuration(face: Face) -> Response:
    """What the tool reads first (OpenID discovery with LTI's platform configuration)."""
    messages = [
        {"type": "LtiResourceLinkRequest"},
        {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
    ]
    body = {
        "issuer": face.issuer,
        "token_endpoint": face.endpoints.token,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": face.endpoints.jwks,
        "authorization_endpoint": face.endpoints.auth,
        "registration_endpoint": f"{face.issuer}/mod/lti/openid-registration.php",
        "scopes_supported": [
            "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome",
            LINEITEM_READONLY,
            RESULT_READONLY,
            SCORE,
            LINEITEM,
            MEMBERSHIP_READONLY,
            "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting",
            "openid",
        ],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM_CONFIGURATION: {
            "product_family_code": "moodle",
            "version": "4.5.5+ (Build: 20250613)",
            "messages_supported": messages,
            "variables": ["basic-lti-launch-request", "ContentItemSelectionRequest", *_VARIABLES],
        },
    }
    return Response(json.dumps(body), content_type="application/json; charset=utf-8")


def _register(face: Face) -> Response:
    try:
        with face.store.transaction():
            client_id = _use_token(face)
            body = _store(face, client_id, _read())
            face.store.run("UPDATE registration SET used = 1 WHERE client_id = ?", client_id)
    except Refused as refused:
        return Response(str(refused), status=refused.status, content_type="text/html; charset=utf-8")
    except (jwt.PyJWTError, TypeError, AttributeError, KeyError, ValueError):
        # A token that is no token of ours, a scope that is a list, an empty body: Moodle's own error page.
        return Response(
            "<!DOCTYPE html><title>Error</title>", status=404, content_type="text/html; charset=utf-8"
        )
    return Response(json.dumps(body), content_type="application/json; charset=utf-8")


def _use_token(face: Face) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise Refused("missing_registration_token", 401)
    claims = face.signing.read(token.strip())
    row = face.store.one("SELECT * FROM registration WHERE client_id = ?", claims["sub"])
    if claims.get("scope") != "reg" or row is None or row["expires"] < face.seconds():
        raise Refused("invalid_registration_token", 401)
    if row["used"]:
        raise Refused("token_already_used", 401)
    return str(claims["sub"])


def _read() -> dict[str, Any]:
    body = json.loads(request.get_data())
    tool = body.get(TOOL_CONFIGURATION)
    for name in _REQUIRED:
        if not body.get(name):
            raise Refused(f"missing required attribute {name}")
    if body.get("token_endpoint_auth_method") != "private_key_jwt":
        raise Refused("invalid_token_endpoint_auth_method")
    if not tool:
        raise Refused("missing required attribute " + TOOL_CONFIGURATION)
    if not tool.get("domain"):
        raise Refused("missing_domain")
    # The host with its port; a whole URL is accepted as well.
    if _host(tool) not in {tool["domain"], urlsplit(tool["domain"]).netloc}:
        raise Refused("domain_targetlinkuri_mismatch")
    body.get("scope", "").split(" ")  # a list has no split: Moodle's error page
    return dict(body)


def _host(tool: dict[str, Any]) -> str:
    return urlsplit(str(tool["target_link_uri"])).netloc


def _store(face: Face, client_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Keep the tool, Pending until an administrator activates it. A known client_id is updated and keeps its ids."""
    tool = body[TOOL_CONFIGURATION]
    messages = {message["type"]: message for message in tool.get("messages", [])}
    deep = messages.get("LtiDeepLinkingRequest", {}).get("target_link_uri") or tool["target_link_uri"]
    requested = body.get("scope", "").split(" ")
    # Asking for one AGS scope is answered with all four: the response's scope cannot be trusted.
    grades = any("/lti-ags/" in scope for scope in requested)
    scopes = [scope for scope in ALL_SCOPES if ("/lti-ags/" in scope and grades) or scope in requested]
    values = {
        "name": body.get("client_name", ""),
        "description": tool.get("description", ""),
        "domain": _host(tool),
        "login_url": body["initiate_login_uri"],
        "target_url": tool["target_link_uri"],
        "deep_link_url": deep,
        "redirect_uris": json.dumps(body["redirect_uris"]),
        "jwks_url": body["jwks_uri"],
        "custom": json.dumps(tool.get("custom_parameters", {})),
        "scopes": " ".join(scopes),
        "claims": json.dumps([name for name in _CLAIMS if name in {"sub", "iss", *tool.get("claims", [])}]),
    }
    identifier = _upsert(face, client_id, values)
    return _answer(body, client_id, identifier, values)


def _upsert(face: Face, client_id: str, values: dict[str, str]) -> int:
    known = face.store.one("SELECT id FROM tool WHERE client_id = ?", client_id)
    if known is not None:
        assignments = ", ".join(f"{name} = ?" for name in values)
        face.store.run(f"UPDATE tool SET {assignments} WHERE id = ?", *values.values(), known["id"])  # noqa: S608 -- our names
        return int(known["id"])
    names, marks = ", ".join(values), ", ".join("?" for _ in values)
    sql = f"INSERT INTO tool (client_id, state, {names}) VALUES (?, 'pending', {marks})"  # noqa: S608 -- our names
    return face.store.run(sql, client_id, *values.values())


def _answer(body: dict[str, Any], client_id: str, identifier: int, values: dict[str, str]) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "response_types": ["id_token"],
        "jwks_uri": body["jwks_uri"],
        "initiate_login_uri": body["initiate_login_uri"],
        "grant_types": ["client_credentials", "implicit"],
        "redirect_uris": body["redirect_uris"],
        "application_type": "web",
        "token_endpoint_auth_method": "private_key_jwt",
        "client_name": body.get("client_name", ""),
        "logo_uri": body.get("logo_uri", ""),
        "scope": values["scopes"],
        TOOL_CONFIGURATION: {
            "version": "1.3.0",
            "deployment_id": str(identifier),
            "target_link_uri": values["target_url"],
            "domain": values["domain"],
            "description": values["description"],
            "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": values["deep_link_url"]}],
            "custom_parameters": json.loads(values["custom"]),
            "claims": json.loads(values["claims"]),
        },
    }
