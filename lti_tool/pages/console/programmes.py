"""Programmes in force, their mappings, and topics nothing maps to. Files are loaded by command; here one sees what holds."""

from flask import abort

from lti_tool.lti import platforms
from lti_tool.pages.console.door import Door, Page, Visit, page
from lti_tool.people.staff import Right
from lti_tool.programmes import mappings, versions


def register(door: Door) -> None:
    """Add the section."""
    door.page("/programmes", Right.PROGRAMMES, show)
    door.page("/programmes/<key>", Right.PROGRAMMES, one)


def show(visit: Visit) -> Page:
    """All programmes in force."""
    with visit.bench.database.reading() as connection:
        found = versions.all_in_force(connection)
    return page("programmes.html", versions=found)


def one(visit: Visit, key: str) -> Page:
    """One programme: rule, history, mappings, and what is not mapped."""
    with visit.bench.database.reading() as connection:
        found = versions.in_force(connection, key) or abort(404)
        issuers = {platform.issuer: platform.name for platform in platforms.list_(connection)}
        unmapped = mappings.unmapped(found.programme, mappings.current(connection, key), issuers)
        return page(
            "programme.html",
            version=found,
            programme=found.programme,
            history=versions.history(connection, key),
            mappings=mappings.listed(connection, key),
            names=issuers,
            unmapped=unmapped,
        )
