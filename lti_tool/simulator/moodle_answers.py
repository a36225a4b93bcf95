"""How Moodle's service controller answers: reasons in the status line, errors as indented JSON."""

import json
from collections.abc import Collection

from flask import Response, request

_REASONS = {
    200: "OK",
    201: "Created",
    204: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Bad Request",
}


def reply(body: str, media: str, status: int = 200, reason: str = "") -> Response:
    """A body of `media`, with Moodle's charset and a reason that goes into the status line."""
    line = f"{status} {_header(reason or _REASONS[status])}"
    return Response(body, status=line, content_type=f"{media}; charset=utf-8")


def failure(status: int, reason: str = "") -> Response:
    """An error without a body of its own: JSON that repeats the request."""
    reason = reason or _REASONS[status]
    sent = {"method": request.method, "url": request.full_path.rstrip("?").partition("/moodle")[2]}
    if request.headers.get("Accept") is not None:
        sent["accept"] = request.headers["Accept"]
    sent["contentType"] = (request.content_type or "").partition(";")[0]
    body = {"status": status, "reason": reason, "request": sent}
    return reply(json.dumps(body, indent=4, ensure_ascii=True), "application/json", status, reason)


def unhandled(formats: Collection[str]) -> Response | None:
    """The controller's choice of a resource: an Accept (GET) or Content-Type (else) that no resource has is 400.

    `*/*` passes here, and is then refused by the resource itself where it compares exactly.
    """
    accept, content = request.headers.get("Accept", ""), (request.content_type or "").partition(";")[0]
    path = request.path.partition("services.php")[2]
    if request.method == "GET":
        refused = bool(accept) and "*/*" not in accept and accept not in formats
        return failure(400, f"No handler found for {path} {accept} ") if refused else None
    if request.method != "DELETE" and content not in formats:
        return failure(400, f"No handler found for {path}  {content}")
    return None


def link_header(pages: dict[str, str]) -> str:
    """Moodle's Link header: curly quotes around the relation and `&amp;` in the address. No client can read it."""
    links = ", ".join(f"<{url.replace('&', '&amp;')}>; rel=“{relation}”" for relation, url in pages.items())
    return links.encode().decode("latin-1")


def _header(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ").encode().decode("latin-1")
