"""The learner's own certificate: the PDF, and the name as it will be printed while the document waits for one."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from certificates import names
from certificates.certificate import Certificate, DocumentState, Status
from lti_tool.base.errors import Problem
from lti_tool.pages.learner.entry import Visit, certificate_of, page, programme_of, visit
from lti_tool.pages.learner.services import Services

SHORTEST_NAME = 2


def add(blueprint: Blueprint, services: Services) -> None:
    """Register `document`, `name` and `set_name`."""

    @blueprint.get("/certificate.pdf")
    def document(launch_id: str) -> Response:
        seen = visit(services, launch_id)
        with services.database.reading() as connection:
            held = certificate_of(services, connection, seen)
        content = services.document_of(held.number) if held and held.status is Status.VALID else None
        if held is None or content is None:
            raise Problem(404, "LRN-03", "errors.no_document", detail="the certificate has no document yet")
        answer = Response(content, mimetype="application/pdf")
        answer.headers.set("Content-Disposition", "attachment", filename=f"{held.number}.pdf")
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    @blueprint.get("/name")
    def name(launch_id: str) -> AnyResponse | str:
        seen = visit(services, launch_id)
        held = _waiting(services, seen)
        return _form(services, seen, name=held.facts.holder_name or "", problem=None) if held else _home(seen)

    @blueprint.post("/name")
    def set_name(launch_id: str) -> AnyResponse | str | tuple[str, int]:
        """First shows the name as it will be printed; only the confirmed form writes it: signed bytes never change."""
        seen = visit(services, launch_id)
        held = _waiting(services, seen)
        if held is None:
            return _home(seen)
        wanted = names.normalise(request.form.get("name", "")[:200]) or ""
        problem = _problem(wanted)
        if problem:
            return _form(services, seen, name=wanted, problem=problem), 422
        if request.form.get("confirmed") != "yes":
            return _form(services, seen, name=wanted, problem=None, confirming=True)
        with services.database.transaction() as connection:
            services.name_certificate(connection, seen.learner_id, held, wanted, seen.now)
        return _home(seen)


def _problem(name: str) -> names.Problem | None:
    if len(name) < SHORTEST_NAME or not any(letter.isalpha() for letter in name):
        return names.Problem("name_missing")
    return names.problem(name)


def _waiting(services: Services, seen: Visit) -> Certificate | None:
    """The certificate, while its document waits for a name: a document already due is being signed with the name it has."""
    with services.database.reading() as connection:
        held = certificate_of(services, connection, seen)
    waits = held and held.status is Status.VALID and held.document is DocumentState.WAITING
    return held if waits else None


def _home(seen: Visit) -> AnyResponse:
    return redirect(url_for("learner.home", launch_id=seen.session.id), 303)


def _form(services: Services, seen: Visit, **values: Any) -> str:
    with services.database.reading() as connection:
        programme = programme_of(services, connection, seen)
    return page(services, seen, "learner/name.html", programme=programme, **{"confirming": False, **values})
