"""Open edX's Assignment and Grade Services (declarative mode: one line item per block), as measured."""

import json
import sqlite3
from typing import Any, Final

from flask import Blueprint, Response, request

from lti_tool.simulator import openedx_scores
from lti_tool.simulator.face import Face
from lti_tool.simulator.faults import answer
from lti_tool.simulator.openedx_answers import denied, not_found, reply, unacceptable, unauthenticated
from lti_tool.simulator.paths import CONSUMER
from lti_tool.simulator.tokens import allows, forget
from lti_tool.simulator.vocabulary import LINEITEM, LINEITEM_CONTAINER_TYPE, LINEITEM_READONLY, LINEITEM_TYPE

_BASE: Final = f"{CONSUMER}/lti-ags"


def create_blueprint(face: Face) -> Blueprint:
    """`/api/lti_consumer/v1/lti/1/lti-ags…` of the Open edX face."""
    routes = Blueprint("openedx_ags", __name__, url_prefix=f"/{face.key}")

    def guarded(target: str, view: Any) -> Response:
        return answer(face.faults, ("ags", target), view, expire=lambda: forget(face))

    routes.route(_BASE, methods=["GET", "POST"], endpoint="lineitems")(
        lambda: guarded("lineitems", lambda: _lineitems(face))
    )
    routes.route(f"{_BASE}/<int:item>", methods=["GET", "PUT", "DELETE"], endpoint="lineitem")(
        lambda item: guarded("lineitems", lambda: _lineitem(face, item))
    )
    routes.post(f"{_BASE}/<int:item>/scores", endpoint="scores")(
        lambda item: guarded("scores", lambda: openedx_scores.post(face, item))
    )
    for path in (f"{_BASE}/<int:item>/results", f"{_BASE}/<int:item>/results/<person>"):
        routes.get(path, endpoint=f"results_{path.count('<')}")(
            lambda item, person=None: guarded("results", lambda: openedx_scores.results(face, item, person))
        )
    return routes


def _lineitems(face: Face) -> Response:
    refused = unacceptable(LINEITEM_CONTAINER_TYPE, LINEITEM_TYPE) or unauthenticated(face)
    if refused is not None:
        return refused
    if request.method == "POST":
        tool = allows(face, LINEITEM)
        return _create(face, tool) if tool is not None else denied()
    if allows(face, LINEITEM, LINEITEM_READONLY) is None:
        return denied()
    items = face.store.all("SELECT * FROM lineitem ORDER BY id")
    # Filters are snake_case; others are ignored.
    for name, column in (("resource_link_id", "link_id"), ("resource_id", "resource_id"), ("tag", "tag")):
        if name in request.args:
            items = [item for item in items if item[column] == request.args[name]]
    return reply([plain(face, item) for item in items], LINEITEM_CONTAINER_TYPE)


def plain(face: Face, item: sqlite3.Row) -> dict[str, Any]:
    """A line item as Open edX shows it: all eight members, null where empty."""
    extra = json.loads(item["extra"])
    return {
        "id": f"{face.issuer}{_BASE}/{item['id']}",
        "resourceId": item["resource_id"],
        "scoreMaximum": int(item["maximum"]),
        "label": item["label"],
        "tag": item["tag"],
        "resourceLinkId": item["link_id"],
        "startDateTime": extra.get("startDateTime"),
        "endDateTime": extra.get("endDateTime"),
    }


def _create(face: Face, tool: sqlite3.Row) -> Response:
    """A line item of the tool's own: it never reaches the gradebook unless tied to the block's own usage key."""
    given = request.get_json(force=True, silent=True) or {}
    problem = _problem(given)
    if problem is not None:
        return problem
    identifier = face.store.run(
        "INSERT INTO lineitem (tool_id, activity_id, label, maximum, resource_id, tag, link_id, extra)"
        " VALUES (?, NULL, ?, ?, ?, ?, ?, ?)",
        tool["id"],
        given["label"],
        given["scoreMaximum"],
        given.get("resourceId", ""),
        given.get("tag", ""),
        given.get("resourceLinkId"),
        json.dumps({name: given[name] for name in ("startDateTime", "endDateTime") if name in given}),
    )
    item = face.store.one("SELECT * FROM lineitem WHERE id = ?", identifier)
    return reply(plain(face, item) if item is not None else {}, LINEITEM_TYPE, 201)


def _problem(given: dict[str, Any]) -> Response | None:
    maximum = given.get("scoreMaximum")
    if not isinstance(maximum, int) or isinstance(maximum, bool):
        message = "This field is required." if maximum is None else "A valid integer is required."
        return reply({"scoreMaximum": [message]}, LINEITEM_TYPE, 400)
    if "label" not in given:
        return reply({"label": ["This field is required."]}, LINEITEM_TYPE, 400)
    return None


def _lineitem(face: Face, identifier: int) -> Response:
    refused = unacceptable(LINEITEM_CONTAINER_TYPE, LINEITEM_TYPE) or unauthenticated(face)
    if refused is not None:
        return refused
    # DELETE is nobody's right: no scope is listed for it.
    if request.method == "DELETE":
        return denied()
    scopes = (LINEITEM, LINEITEM_READONLY) if request.method == "GET" else (LINEITEM,)
    if allows(face, *scopes) is None:
        return denied()
    item = face.store.one("SELECT * FROM lineitem WHERE id = ?", identifier)
    if item is None:
        return not_found()
    if request.method == "PUT":
        item = _change(face, item)
    return reply(plain(face, item), LINEITEM_TYPE)


def _change(face: Face, item: sqlite3.Row) -> sqlite3.Row:
    given = request.get_json(force=True, silent=True) or {}
    face.store.run(
        "UPDATE lineitem SET label = ?, maximum = ? WHERE id = ?",
        given.get("label", item["label"]),
        given.get("scoreMaximum", item["maximum"]),
        item["id"],
    )
    return face.store.one("SELECT * FROM lineitem WHERE id = ?", item["id"]) or item
