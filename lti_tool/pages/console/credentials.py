"""Credentials of the learning record store: added (the secret is shown once), listed, revoked."""

import re
from datetime import datetime, timedelta
from typing import Any

from flask import abort, request

from lti_tool.hosts.fields import statement_endpoint
from lti_tool.lti import platforms
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.people import units
from lti_tool.people.staff import Right
from xapi import access
from xapi.access import Limits

_DAYS = re.compile("[1-9][0-9]{0,3}", re.ASCII)
_MOST_DAYS = 3650


class _WrongFormError(ValueError):
    """What the form says cannot be; the text is the key of the reason."""


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
    try:
        made = _make(visit)
    except _WrongFormError as wrong:
        return _list(visit, 422, error=str(wrong))
    except ValueError:
        return _list(visit, 422, error="credential_limits" if _limits() else "credential")
    return _list(visit, made=made)


def revoke(visit: Visit, key: str) -> Page:
    """It is refused from the next request on."""
    with visit.bench.database.transaction() as connection:
        if not access.revoke(connection, key, visit.now):
            abort(404)
        visit.record(connection, "credential.revoke", f"credential:{key}")
    return done("credentials_show", "credential_revoked")


def _make(visit: Visit) -> tuple[str, str]:
    form = request.form
    intake, label = form.get("use") == "intake", form.get("label", "").strip()
    wanted: dict[str, Any] = {
        "label": label,
        "owner": form.get("owner", "").strip() or None,
        "scopes": ["statements/write"] if intake else form.getlist("scope"),
        "source": form.get("source") or None,
        "host_intake": intake,
        "limits": _limits(),
        "expires": _expires(visit.now),
    }
    if not label or (intake and not wanted["source"]):
        raise _WrongFormError("credential")
    with visit.bench.database.transaction() as connection:
        known = units.known(connection)
        if any(known.get(code) is None for code in wanted["limits"].units):
            raise _WrongFormError("credential_limits")
        made = access.add(connection, now=visit.now, **wanted)
        visit.record(
            connection,
            "credential.add",
            f"credential:{made[0]}",
            scopes=sorted(wanted["scopes"]),
            host_intake=intake,
            limits=wanted["limits"].plain(),
        )
    return made


def _limits() -> Limits:
    """One a line: IRIs hold commas."""
    lines = {
        name: tuple(dict.fromkeys(request.form.get(name, "").split()))
        for name in ("verbs", "activities", "units")
    }
    return Limits(**lines)


def _expires(now: datetime) -> datetime | None:
    days = request.form.get("days", "").strip()
    if not days:
        return None
    if not _DAYS.fullmatch(days) or int(days) > _MOST_DAYS:
        raise _WrongFormError("credential_days")
    return now + timedelta(days=int(days))


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
        now=visit.now,
        done=request.args.get("done"),
        **values,
    )
    response.status_code = status
    return response
