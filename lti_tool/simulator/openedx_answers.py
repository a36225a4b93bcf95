"""How Django REST framework answers inside Open edX."""

import json
from typing import Any

from flask import Response, request

from lti_tool.simulator.face import Face
from lti_tool.simulator.tokens import allows
from lti_tool.simulator.vocabulary import ALL_SCOPES


def reply(value: Any, media: str, status: int = 200) -> Response:
    return Response(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")), status=status, content_type=media
    )


def denied() -> Response:
    return reply({"detail": "You do not have permission to perform this action."}, "application/json", 403)


def not_found() -> Response:
    return reply({"detail": "Not found."}, "application/json", 404)


def unauthenticated(face: Face) -> Response | None:
    """A missing, wrong or expired token: 403, not 401, because the platform names no scheme to authenticate with."""
    if allows(face, *ALL_SCOPES) is not None:
        return None
    missing = not request.headers.get("Authorization", "").lower().startswith("bearer")
    detail = "Missing LTI 1.3 authentication token." if missing else "Invalid token signature."
    return reply({"detail": detail}, "application/json", 403)


def unacceptable(*media: str) -> Response | None:
    """Accept must name one of the exact media types (or everything), Content-Type the one that can be parsed."""
    accept = request.accept_mimetypes
    if request.headers.get("Accept") and not any(accept[name] for name in media):
        return reply({"detail": "Could not satisfy the request Accept header."}, media[0], 406)
    content = (request.content_type or "").partition(";")[0]
    if request.method in {"POST", "PUT"} and content not in media[-1:]:
        return reply({"detail": f'Unsupported media type "{content}" in request.'}, media[0], 415)
    return None
