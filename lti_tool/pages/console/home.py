"""The first page: is everything working, and what waits for a person. Each number leads to where it is dealt with."""

from dataclasses import dataclass

from flask import request

from lti_tool.coaching import desk
from lti_tool.lti import platforms
from lti_tool.pages.console import scope
from lti_tool.pages.console.door import Door, Page, Visit, page
from lti_tool.people.staff import Right
from lti_tool.programmes import mappings, versions
from lti_tool.reports import state
from xapi import forwarding


@dataclass(frozen=True, slots=True)
class Tile:
    """One number. `mood`: fine, waits, broken or plain."""

    key: str
    count: int
    endpoint: str
    right: Right
    mood: str


def register(door: Door) -> None:
    """Add the page."""
    door.page("/", Right.HOME, show)


def show(visit: Visit) -> Page:
    """The state of now; of people only those whom this person may see are counted."""
    learners = scope.within(visit.person)
    with visit.bench.database.reading() as connection:
        found = state.look(connection, visit.now, learners=learners)
        known = platforms.list_(connection)
        questions = desk.counts(connection, learners)[desk.State.NEW]
        refused = sum(forwarding.parked_counts(connection).values())
        sources = [platform.issuer for platform in known]
        unmapped = sum(
            len(topics)
            for programme in versions.current(connection)
            for topics in mappings.unmapped(
                programme, mappings.current(connection, programme.key), sources
            ).values()
        )
    tiles = [
        _tile(
            "approvals", sum(not platform.approved for platform in known), "platforms_show", Right.PLATFORMS
        ),
        _tile("identities", found.identities_pending, "identity_show", Right.IDENTITY),
        _tile("documents", found.documents_waiting, "certificates_show", Right.CERTIFICATES),
        _tile("attention", found.attention, "attention_show", Right.CERTIFICATES),
        _tile("questions", questions, "questions_show", Right.QUESTIONS),
        _tile("quarantined", found.quarantined, "quarantine_show", Right.QUARANTINE),
        _tile("deliveries", found.deliveries_parked, "jobs_show", Right.JOBS, "broken"),
        _tile("jobs", found.jobs_parked, "jobs_show", Right.JOBS, "broken"),
        _tile("refused", refused, "forwarding_show", Right.JOBS, "broken"),
        _tile("unmapped", unmapped, "programmes_show", Right.PROGRAMMES, "broken"),
    ]
    heard = [(platform, found.last_statements.get(platform.issuer)) for platform in known]
    mine = [tile for tile in tiles if visit.person.may(tile.right)]
    done, whole = request.args.get("done"), learners is None
    return page("home.html", state=found, tiles=mine, heard=heard, whole=whole, done=done)


def _tile(key: str, count: int, endpoint: str, right: Right, mood: str = "waits") -> Tile:
    return Tile(key, count, endpoint, right, mood if count else "fine")
