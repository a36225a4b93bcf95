"""Certificates: those whose document waits for a name, any by number, the name set, the document, taking one back."""

import io

from flask import abort, redirect, request, send_file, url_for
from sqlalchemy import Connection

from certificates import number as numbers
from certificates import register as certificate_register
from certificates.certificate import Certificate
from certificates.register import RegisterError
from lti_tool.base import jobs
from lti_tool.pages.console import scope
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.people.staff import Right


def register(door: Door) -> None:
    """Add the section."""
    door.page("/certificates", Right.CERTIFICATES, show)
    door.page("/certificates/<number>", Right.CERTIFICATES, one)
    door.page("/certificates/<number>/pdf", Right.CERTIFICATES, document)
    door.act("/certificates/<number>/name", Right.CERTIFICATES, name)
    door.act("/certificates/<number>/revoke", Right.CERTIFICATES, revoke)


def show(visit: Visit) -> Page:
    """What waits, and the way to a number."""
    number = numbers.parse(request.args.get("number", ""))
    if number is not None:
        return redirect(url_for("console.certificates_one", number=number), 303)
    with visit.bench.database.reading() as connection:
        sees = scope.viewer(connection, visit.person)
        waiting = [found for found in certificate_register.waiting(connection) if sees(found.holder)]
        due = [found for found in certificate_register.due(connection, 50) if sees(found.holder)]
    missing = bool(request.args.get("number"))
    return page("certificates.html", waiting=waiting, due=due, missing=missing, done=request.args.get("done"))


def one(visit: Visit, number: str) -> Page:
    """One certificate as the register has it."""
    with visit.bench.database.reading() as connection:
        found = _found(connection, visit, number)
    return page("certificate.html", certificate=found, done=request.args.get("done"))


def document(visit: Visit, number: str) -> Page:
    """The stored bytes; never made anew. The log keeps who took a copy."""
    with visit.bench.database.transaction() as connection:
        found = _found(connection, visit, number)
        content = certificate_register.document_of(connection, found.number) or abort(404)
        visit.record(connection, "certificate.download", f"certificate:{found.number}")
    return send_file(
        io.BytesIO(content), "application/pdf", as_attachment=True, download_name=f"{found.number}.pdf"
    )


def name(visit: Visit, number: str) -> Page:
    """Say the name of a document that waits; the document is made next."""
    try:
        with visit.bench.database.transaction() as connection:
            found = _found(connection, visit, number)
            after = certificate_register.set_name(connection, found.number, request.form.get("name", ""))
            jobs.enqueue(connection, "issue", found.number, run_at=visit.now, release=True)
            visit.record(connection, "certificate.name", f"certificate:{found.number}")
    except RegisterError:
        return done("certificates_one", "certificate_issued", number=number)
    return done("certificates_one", "name_refused" if after.waiting else "name_set", number=number)


def revoke(visit: Visit, number: str) -> Page:
    """Take a certificate back, with the reason (which is not public)."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        return done("certificates_one", "reason_missing", number=number)
    with visit.bench.database.transaction() as connection:
        found = _found(connection, visit, number)
        certificate_register.revoke(connection, found.number, reason, visit.now)
        visit.record(connection, "certificate.revoke", f"certificate:{found.number}", reason=reason)
    return done("certificates_one", "certificate_revoked", number=number)


def _found(connection: Connection, visit: Visit, number: str) -> Certificate:
    found = certificate_register.find(connection, number)
    if found is None or not scope.sees(connection, visit.person, found.holder):
        abort(404)
    return found
