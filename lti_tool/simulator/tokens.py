"""The token endpoints (client_credentials with private_key_jwt) and the check of bearer tokens."""

import json
import secrets
import sqlite3
from typing import Final

import jwt
from flask import Blueprint, Response, jsonify, request

from lti_tool.simulator.face import Face
from lti_tool.simulator.faults import answer
from lti_tool.simulator.toolkeys import NoSuchKey
from lti_tool.simulator.vocabulary import ALL_SCOPES

LIFETIME: Final = 3600
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_REQUIRED: Final = ("grant_type", "client_assertion_type", "client_assertion", "scope")


class Refused(Exception):
    """An OAuth error code."""


def create_blueprint(face: Face) -> Blueprint:
    """The token endpoint and the key set of one face, at the host's own paths."""
    routes = Blueprint(f"{face.key}_tokens", __name__)
    issue = _moodle if face.is_moodle else _openedx
    token = face.endpoints.token.removeprefix(face.config.base_url)
    keys = face.endpoints.jwks.removeprefix(face.config.base_url)
    if not face.is_moodle:
        # A usage key holds no slash, but arrives decoded.
        token, keys = (f"{path.rpartition('/')[0]}/<block>" for path in (token, keys))
    routes.post(token, endpoint="token")(
        lambda **_block: answer(face.faults, ("token",), lambda: issue(face), expire=lambda: forget(face))
    )
    routes.get(keys, endpoint="jwks")(
        lambda **_block: answer(
            face.faults, ("jwks",), lambda: jsonify(face.signing.jwks()), expire=lambda: forget(face)
        )
    )
    return routes


def forget(face: Face) -> None:
    """All tokens given out so far stop working."""
    face.store.run("DELETE FROM token")


def allows(face: Face, *scopes: str) -> sqlite3.Row | None:
    """The tool whose bearer token this request carries, if the token lives and has one of `scopes`."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    row = face.store.one("SELECT * FROM token WHERE value = ? AND expires > ?", value, face.seconds())
    if row is None or not set(scopes) & set(row["scopes"].split()):
        return None
    return face.store.one("SELECT * FROM tool WHERE id = ? AND state = 'active'", row["tool_id"])


def _tool_of_assertion(face: Face) -> sqlite3.Row:
    given = request.form
    try:
        claimed = jwt.decode(given["client_assertion"], options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise Refused("invalid_request") from error
    tool = face.store.one("SELECT * FROM tool WHERE client_id = ?", str(claimed.get("sub", "")))
    if tool is None or tool["state"] != "active":
        raise Refused("invalid_client")
    _verify(face, tool, given["client_assertion"])
    return tool


def _verify(face: Face, tool: sqlite3.Row, assertion: str) -> None:
    """RFC 7523: signed by the tool's key, meant for this token endpoint or issuer, iss and sub the client, not expired."""
    try:
        claims = face.tool_keys.read(tool["jwks_url"], assertion, audience=None)
    except jwt.ExpiredSignatureError as error:
        raise Refused("invalid_grant") from error
    except (jwt.PyJWTError, NoSuchKey) as error:
        raise Refused("invalid_client") from error
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if not {face.endpoints.token, face.issuer} & set(audiences) or claims.get("iss") != tool["client_id"]:
        raise Refused("invalid_client")


def _granted(tool: sqlite3.Row) -> list[str]:
    permitted = set(tool["scopes"].split())
    return [scope for scope in request.form["scope"].split(" ") if scope in permitted]


def _remember(face: Face, tool: sqlite3.Row, value: str, scopes: list[str]) -> None:
    face.store.run(
        "INSERT OR REPLACE INTO token VALUES (?, ?, ?, ?)",
        value,
        tool["id"],
        " ".join(scopes),
        face.seconds() + LIFETIME,
    )


def _moodle(face: Face) -> Response:
    """Moodle answers JSON as text/html, partially granted scopes included."""
    try:
        tool, scopes = _asked_of_moodle(face)
    except Refused as refused:
        return Response(
            f'{{\n  "error" : "{refused}"\n}}', status=400, content_type="text/html; charset=utf-8"
        )
    value = secrets.token_hex(16)
    _remember(face, tool, value, scopes)
    body = (
        f'{{\n  "access_token" : "{value}",\n  "token_type" : "Bearer",\n  "expires_in" : {LIFETIME},\n'
        f'  "scope" : {json.dumps(" ".join(scopes))}\n}}'
    )
    return Response(body, content_type="text/html; charset=utf-8")


def _asked_of_moodle(face: Face) -> tuple[sqlite3.Row, list[str]]:
    if not all(request.form.get(name) for name in _REQUIRED):
        raise Refused("invalid_request")
    wanted = ("client_credentials", _ASSERTION)
    if (request.form["grant_type"], request.form["client_assertion_type"]) != wanted:
        raise Refused("unsupported_grant_type")
    tool = _tool_of_assertion(face)
    scopes = _granted(tool)
    if not scopes:
        raise Refused("invalid_scope")
    return tool, scopes


def _openedx(face: Face) -> Response:
    """Open edX's token is a JWT of the platform; unknown scopes are left out in silence."""
    try:
        tool = _asked_of_openedx(face)
    except Refused as refused:
        return Response(json.dumps({"error": str(refused)}), status=400, content_type="application/json")
    scopes = [scope for scope in request.form["scope"].split(" ") if scope in ALL_SCOPES]
    now = int(face.seconds())
    claims = {
        "sub": tool["client_id"],
        "iss": face.issuer,
        "scopes": " ".join(scopes),
        "iat": now,
        "exp": now + LIFETIME,
    }
    value = face.signing.sign(claims | {"jti": secrets.token_hex(8)})
    _remember(face, tool, value, scopes)
    body = {"access_token": value, "token_type": "bearer", "expires_in": LIFETIME, "scope": " ".join(scopes)}
    return Response(json.dumps(body), content_type="application/json")


def _asked_of_openedx(face: Face) -> sqlite3.Row:
    if any(name not in request.form for name in _REQUIRED):
        raise Refused("invalid_request")
    if request.form["grant_type"] != "client_credentials":
        raise Refused("unsupported_grant_type")
    return _tool_of_assertion(face)
