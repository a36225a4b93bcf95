"""Moodle's Assignment and Grade Services: line items. Scores and results are in moodle_scores.py."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, request

from lti_tool.simulator import moodle_scores
from lti_tool.simulator.face import Face
from lti_tool.simulator.faults import answer
from lti_tool.simulator.grading import dumps_php, number
from lti_tool.simulator.moodle_answers import failure, link_header, reply, unhandled
from lti_tool.simulator.moodle_urls import lineitem_url
from lti_tool.simulator.paths import MOODLE_COURSE, SERVICES
from lti_tool.simulator.tokens import allows, forget
from lti_tool.simulator.vocabulary import LINEITEM, LINEITEM_CONTAINER_TYPE, LINEITEM_READONLY, LINEITEM_TYPE

_BASE: Final = f"{SERVICES}/{MOODLE_COURSE}/lineitems"


def create_blueprint(face: Face) -> Blueprint:
    """`/mod/lti/services.php/7/lineitems…` of the Moodle face."""
    routes = Blueprint("moodle_ags", __name__, url_prefix=f"/{face.key}")

    def guarded(*targets: str, view: Callable[[], Response]) -> Response:
        return answer(face.faults, ("ags", *targets), view, expire=lambda: forget(face))

    routes.route(_BASE, methods=["GET", "POST"], endpoint="lineitems")(
        lambda: guarded("lineitems", view=lambda: _lineitems(face))
    )
    routes.route(f"{_BASE}/<int:item>/lineitem", methods=["GET", "PUT", "DELETE"], endpoint="lineitem")(
        lambda item: guarded("lineitems", view=lambda: _lineitem(face, item))
    )
    routes.post(f"{_BASE}/<int:item>/lineitem/scores", endpoint="scores")(
        lambda item: guarded("scores", view=lambda: moodle_scores.post(face, item))
    )
    routes.get(f"{_BASE}/<int:item>/lineitem/results", endpoint="results")(
        lambda item: guarded("results", view=lambda: moodle_scores.results(face, item))
    )
    return routes


def _lineitems(face: Face) -> Response:
    refused = unhandled((LINEITEM_CONTAINER_TYPE, LINEITEM_TYPE))
    if refused is not None:
        return refused
    post = request.method == "POST"
    tool = allows(face, LINEITEM) if post else allows(face, LINEITEM, LINEITEM_READONLY)
    if tool is None:
        return failure(401)
    if not post and request.headers.get("Accept") not in {None, "", LINEITEM_CONTAINER_TYPE}:
        return failure(400, "No context or unsupported content type")
    return _create(face, tool) if post else _list(face, tool)


def _list(face: Face, tool: sqlite3.Row) -> Response:
    given = request.args
    items = face.store.all("SELECT * FROM lineitem WHERE tool_id = ? ORDER BY id", tool["id"])
    link = given.get("resource_link_id") or given.get("lti_link_id")
    for column, wanted in (
        ("resource_id", given.get("resource_id")),
        ("link_id", link),
        ("tag", given.get("tag")),
    ):
        if wanted is not None:
            items = [item for item in items if item[column] == wanted]
    limit, start = given.get("limit", 0, type=int), given.get("from", 0, type=int)
    shown = items[start : start + limit] if limit > 0 else items
    response = reply(dumps_php([_plain(face, item) for item in shown]), LINEITEM_CONTAINER_TYPE)
    if limit > 0:
        response.headers["Link"] = link_header(_pages(face, len(items), limit, start))
    return response


def _pages(face: Face, total: int, limit: int, start: int) -> dict[str, str]:
    own = [(name, value) for name, value in request.args.items() if name not in {"limit", "from"}]
    query = "&".join(f"{name}={value}" for name, value in [*own, ("limit", limit)])
    base = f"{face.issuer}{_BASE}?{query}&from="
    pages = {"first": f"{base}0"}
    if start > 0:
        pages["prev"] = f"{base}{max(start - limit, 0)}"
    pages["canonical"] = f"{base}{start}"
    if start + limit <= total - 1:
        pages["next"] = f"{base}{start + limit}"
    return pages | {"last": f"{base}{max(total - limit + 1, 0)}"}


def _plain(face: Face, item: sqlite3.Row) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": lineitem_url(face, item["id"], item["tool_id"]),
        "label": item["label"],
        "scoreMaximum": number(item["maximum"]),
        "resourceId": item["resource_id"],
        "tag": item["tag"],
    }
    if item["link_id"]:
        found |= {"resourceLinkId": item["link_id"], "ltiLinkId": item["link_id"]}
    if item["review"]:
        found["submissionReview"] = json.loads(item["review"])
    return found


def _create(face: Face, tool: sqlite3.Row) -> Response:
    """A tool-made line item shows as a manual column without completion, whatever link it names."""
    given = request.get_json(force=True, silent=True)
    if not isinstance(given, dict) or "label" not in given or "scoreMaximum" not in given:
        return failure(400, "No label or Score Maximum")
    if isinstance(given["scoreMaximum"], bool) or not isinstance(given["scoreMaximum"], int | float):
        return failure(400)
    identifier = face.store.run(
        "INSERT INTO lineitem (id, tool_id, activity_id, label, maximum, resource_id, tag, link_id)"
        " VALUES ((SELECT COALESCE(MAX(id), 14) + 1 FROM lineitem), ?, NULL, ?, ?, ?, ?, ?)",
        tool["id"],
        given["label"],
        given["scoreMaximum"],
        given.get("resourceId", ""),
        given.get("tag", ""),
        given.get("resourceLinkId"),
    )
    body = given | {"id": lineitem_url(face, identifier, tool["id"])}
    return reply(json.dumps(body, separators=(",", ":")), LINEITEM_TYPE, 201)


def _lineitem(face: Face, identifier: int) -> Response:
    refused = unhandled((LINEITEM_TYPE,))
    if refused is not None:
        return refused
    reading = request.method == "GET"
    tool = allows(face, LINEITEM, LINEITEM_READONLY) if reading else allows(face, LINEITEM)
    if tool is None:
        return failure(401)
    item = face.store.one("SELECT * FROM lineitem WHERE id = ? AND tool_id = ?", identifier, tool["id"])
    if item is None:
        return failure(404, f"Not Found: Grade item {identifier} doesn't exist")
    if reading:
        return reply(dumps_php(_plain(face, item)), LINEITEM_TYPE)
    return _change(face, item) if request.method == "PUT" else _delete(face, item)


def _change(face: Face, item: sqlite3.Row) -> Response:
    given = request.get_json(force=True, silent=True)
    if not isinstance(given, dict) or "label" not in given or "scoreMaximum" not in given:
        return failure(400)
    face.store.run(
        "UPDATE lineitem SET label = ?, maximum = ?, resource_id = ?, tag = ? WHERE id = ?",
        given["label"],
        given["scoreMaximum"],
        given.get("resourceId", ""),
        given.get("tag", ""),
        item["id"],
    )
    body = given | {"id": lineitem_url(face, item["id"], item["tool_id"])}
    return reply(json.dumps(body, separators=(",", ":")), LINEITEM_TYPE)


def _delete(face: Face, item: sqlite3.Row) -> Response:
    # Only what the tool made itself can go; an activity's own column belongs to the course.
    if item["activity_id"] is not None:
        return failure(403)
    with face.store.transaction():
        face.store.run("DELETE FROM score WHERE lineitem_id = ?", item["id"])
        face.store.run("DELETE FROM lineitem WHERE id = ?", item["id"])
    return Response(status="204 OK", content_type="text/html; charset=utf-8")
