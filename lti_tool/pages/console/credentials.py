"""Credentials of the learning record store: added (the secret is shown once), listed, revoked."""

from flask import abort, request

from lti_tool.hosts.fields import statement_endpoint
from lti_tool.lti import platforms
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.people.staff import Right
from xapi import access


def register(door: Door) -> None:
    """Add the section."""
    door.page("/credentials", Right.CREDENTIALS, show)
    door.act("/credentials", Right.CREDENTIALS, add)
    door.act("/credentials/<key>/revoke", Right.CREDENTIALS, revoke)


def show(visit: Visit) -> Page:
    """All credentials and the form."""
    return _list(visit)


def add(visit: Visit) -> Page:
    """Make one; this answer is the only place where its secret ever stands."""
    form = request.form
    intake, label = form.get("use") == "intake", form.get("label", "").strip()
    source = form.get("source") or None
    scopes = ["statements/write"] if intake else form.getlist("scope")
    if not label or (intake and not source):
        return _list(visit, 422, error="credential")
    try:
        with visit.bench.database.transaction() as connection:
            made = access.add(
                connection, label=label, scopes=scopes, source=source, host_intake=intake, now=visit.now
            )
            visit.record(
                connection,
                "credential.add",
                f"credential:{made[0]}",
                scopes=sorted(scopes),
                host_intake=intake,
            )
    except ValueError:
        return _list(visit, 422, error="credential")
    return _list(visit, made=made)


def revoke(visit: Visit, key: str) -> Page:
    """It is refused from the next request on."""
    with visit.bench.database.transaction() as connection:
        if not access.revoke(connection, key, visit.now):
            abort(404)
        visit.record(connection, "credential.revoke", f"credential:{key}")
    return done("credentials_show", "credential_revoked")


def _list(visit: Visit, status: int = 200, **values: object) -> Page:
    with visit.bench.database.reading() as connection:
        found = access.list_(connection)
        names = {platform.issuer: platform.name for platform in reversed(platforms.list_(connection))}
    response = page(
        "credentials.html",
        credentials=found,
        names=names,
        scopes=access.SCOPES,
        endpoint=statement_endpoint(visit.bench.base_url),
        done=request.args.get("done"),
        **values,
    )
    response.status_code = status
    return response
