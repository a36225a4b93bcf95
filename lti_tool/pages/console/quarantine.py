"""Statements that were set aside: with the reason and as they came; tried again or dropped by a person."""

from flask import abort, request

from lti_tool.ledger import due
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.pages.row_ids import row_id
from lti_tool.people.staff import Right
from xapi import quarantine, retrying

_PAGE = 50


def register(door: Door) -> None:
    """Add the section."""
    door.page("/quarantine", Right.QUARANTINE, show)
    door.page("/quarantine/<int:quarantine_id>", Right.QUARANTINE, one)
    door.act("/quarantine/<int:quarantine_id>/retry", Right.QUARANTINE, retry)
    door.act("/quarantine/<int:quarantine_id>/drop", Right.QUARANTINE, drop)


def show(visit: Visit) -> Page:
    """A page of them, oldest first."""
    after = request.args.get("after", 0, type=row_id)
    with visit.bench.database.reading() as connection:
        found = quarantine.list_(connection, after=after, limit=_PAGE)
        counts = quarantine.count(connection)
    more = found[-1].id if len(found) == _PAGE else None
    return page("quarantine.html", found=found, counts=counts, more=more, done=request.args.get("done"))


def one(visit: Visit, quarantine_id: int) -> Page:
    """Reason and raw body. It may name a person, so looking is recorded."""
    with visit.bench.database.transaction() as connection:
        found = quarantine.find(connection, quarantine_id) or abort(404)
        visit.record(connection, "quarantine.show", f"quarantine:{quarantine_id}")
    return page(
        "quarantined.html", found=found, raw=found.raw.decode(errors="replace"), done=request.args.get("done")
    )


def retry(visit: Visit, quarantine_id: int) -> Page:
    """Check it again and take in what is good now."""
    bench = visit.bench
    with bench.database.transaction() as connection:
        tried = retrying.retry(
            connection,
            quarantine_id,
            policy_for=bench.policy_for,
            clock=bench.clock,
            on_saved=due.on_saved,
            erased=bench.erased,
        )
        if tried is None:
            abort(404)
        visit.record(connection, "quarantine.retry", f"quarantine:{quarantine_id}", good=not tried.reason)
    if tried.reason:
        return done("quarantine_one", "still_bad", quarantine_id=quarantine_id)
    return done("quarantine_show", "taken_in")


def drop(visit: Visit, quarantine_id: int) -> Page:
    """Give it up for good; the log keeps that it was, and why."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        return done("quarantine_one", "reason_missing", quarantine_id=quarantine_id)
    with visit.bench.database.transaction() as connection:
        found = quarantine.find(connection, quarantine_id)
        if found is None or not quarantine.drop(connection, quarantine_id):
            abort(404)
        due.mark(connection, [found.actor_key] if found.actor_key else [])  # nothing waits any more
        visit.record(connection, "quarantine.drop", f"quarantine:{quarantine_id}", reason=reason)
    return done("quarantine_show", "dropped")
