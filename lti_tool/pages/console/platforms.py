"""Platforms: registrations by form, by invitation, approval and removal, and the values to paste into the host."""

from flask import abort, request
from sqlalchemy import Connection

from lti_tool.hosts import KINDS
from lti_tool.hosts.fields import SHOWN_BY_HOST, statement_endpoint, to_paste
from lti_tool.lti import invitations, platforms
from lti_tool.lti.platforms import Draft, Platform, PlatformError
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.people.staff import Right

FIELDS = ("issuer", "client_id", "deployment_id", "auth_login_url", "token_url", "jwks_url")


def register(door: Door) -> None:
    """Add the section."""
    door.page("/platforms", Right.PLATFORMS, show)
    door.act("/platforms", Right.PLATFORMS, add)
    door.act("/platforms/invite", Right.PLATFORMS, invite)
    door.page("/platforms/<int:platform_id>", Right.PLATFORMS, one)
    door.act("/platforms/<int:platform_id>/approve", Right.PLATFORMS, approve)
    door.act("/platforms/<int:platform_id>/remove", Right.PLATFORMS, remove)


def show(visit: Visit) -> Page:
    """All registrations, the form and the invitation."""
    return _list(visit)


def add(visit: Visit) -> Page:
    """A registration typed by an administrator has rights at once."""
    form = request.form
    try:
        with visit.bench.database.transaction() as connection:
            made = platforms.add(connection, _draft(), visit.now)
            visit.record(connection, "platform.add", f"platform:{made.id}", kind=made.kind)
    except PlatformError as error:
        return _list(visit, status=422, wrong=error, given=form)
    return done("platforms_one", "platform_added", platform_id=made.id)


def invite(visit: Visit) -> Page:
    """A one-time link with which a platform registers itself; it is shown once."""
    with visit.bench.database.transaction() as connection:
        link = invitations.address(visit.bench.base_url, invitations.invite(connection, visit.now))
        visit.record(connection, "platform.invite", "platform:new")
    return _list(visit, invitation=link)


def one(visit: Visit, platform_id: int) -> Page:
    """One registration and what to paste into the host."""
    with visit.bench.database.reading() as connection:
        found = _found(connection, platform_id)
    base_url = visit.bench.base_url
    return page(
        "platform.html",
        platform=found,
        paste=to_paste(found.kind, base_url),
        endpoint=statement_endpoint(base_url),
        labels=SHOWN_BY_HOST[found.kind],
        done=request.args.get("done"),
    )


def approve(visit: Visit, platform_id: int) -> Page:
    """Give a registration its rights, or take them back."""
    approved = request.form.get("approved") == "yes"
    with visit.bench.database.transaction() as connection:
        found = _found(connection, platform_id)
        platforms.approve(connection, found.id, approved=approved)
        visit.record(connection, "platform.approve", f"platform:{found.id}", approved=approved)
    return done(
        "platforms_one", "platform_approved" if approved else "platform_stopped", platform_id=platform_id
    )


def remove(visit: Visit, platform_id: int) -> Page:
    """Forget a registration; asks to type its name, because launches end at once."""
    with visit.bench.database.transaction() as connection:
        found = _found(connection, platform_id)
        right = request.form.get("name", "").strip() == found.name
        if right:
            platforms.remove(connection, found.id)
            visit.record(connection, "platform.remove", f"platform:{found.id}")
    if not right:
        return done("platforms_one", "platform_kept", platform_id=platform_id)
    return done("platforms_show", "platform_removed")


def _list(visit: Visit, status: int = 200, **values: object) -> Page:
    with visit.bench.database.reading() as connection:
        found = platforms.list_(connection)
    response = page(
        "platforms.html",
        platforms=found,
        kinds=KINDS,
        fields=FIELDS,
        labels=SHOWN_BY_HOST,
        pastes={kind: to_paste(kind, visit.bench.base_url) for kind in KINDS},
        endpoint=statement_endpoint(visit.bench.base_url),
        done=request.args.get("done"),
        **values,
    )
    response.status_code = status
    return response


def _found(connection: Connection, platform_id: int) -> Platform:
    return platforms.by_id(connection, platform_id) or abort(404)


def _draft() -> Draft:
    form = request.form
    values = {name: form.get(name, "").strip() for name in FIELDS if name != "deployment_id"}
    return Draft(
        name=form.get("name", ""),
        kind=form.get("kind", ""),
        deployments=tuple(form.get("deployment_id", "").split()),
        frame_origins=tuple(form.get("frame_origins", "").split()),
        **values,
    )
