"""Statements sent on to other stores: how far each is, and what its receiver refused, to be sent once more."""

from flask import abort, request

from lti_tool.handlers import forward
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.pages.row_ids import row_id
from lti_tool.people.staff import Right
from xapi import forwarding
from xapi.settled import settled

_PAGE = 50


def register(door: Door) -> None:
    """Add the section."""
    door.page("/forwarding", Right.JOBS, show)
    door.page("/forwarding/<int:forward_id>", Right.JOBS, one)
    door.act("/forwarding/<int:forward_id>/pause", Right.JOBS, pause)
    door.act("/forwarding/<int:forward_id>/resume", Right.JOBS, resume)
    door.act("/forwarding/<int:forward_id>/retry", Right.JOBS, retry)


def show(visit: Visit) -> Page:
    """All of them."""
    last = settled(visit.bench.database.reading, looks=0) or 0
    with visit.bench.database.reading() as connection:
        found = forwarding.list_(connection)
        counts = forwarding.parked_counts(connection)
    behind = {one.id: max(0, last - one.position) for one in found}
    return page("forwarding.html", found=found, counts=counts, behind=behind, done=request.args.get("done"))


def one(visit: Visit, forward_id: int) -> Page:
    """What its receiver refused, oldest first."""
    after = request.args.get("after", 0, type=row_id)
    with visit.bench.database.reading() as connection:
        held = forwarding.find(connection, forward_id) or abort(404)
        parked = forwarding.parked(connection, forward_id=forward_id, after=after, limit=_PAGE)
    more = parked[-1].id if len(parked) == _PAGE else None
    return page("forward.html", held=held, parked=parked, more=more, done=request.args.get("done"))


def pause(visit: Visit, forward_id: int) -> Page:
    """Nothing goes out from the next batch on; nothing is forgotten."""
    return _switch(visit, forward_id, paused=True)


def resume(visit: Visit, forward_id: int) -> Page:
    """It goes on where it stopped."""
    return _switch(visit, forward_id, paused=False)


def _switch(visit: Visit, forward_id: int, *, paused: bool) -> Page:
    with visit.bench.database.transaction() as connection:
        held = forwarding.find(connection, forward_id) or abort(404)
        forwarding.pause(connection, held.id, paused=paused)
        if not paused:
            forward.ask(connection, held.id, visit.now)
        visit.record(connection, "forward.pause" if paused else "forward.resume", f"forward:{forward_id}")
    return done("forwarding_show", "forward_paused" if paused else "forward_resumed")


def retry(visit: Visit, forward_id: int) -> Page:
    """One refused statement (form field `id`) or, without the field, all of them once more."""
    chosen = request.form.get("id", type=row_id)
    if chosen is None and "id" in request.form:
        abort(404)
    with visit.bench.database.transaction() as connection:
        held = forwarding.find(connection, forward_id) or abort(404)
        count = forwarding.ask_again(connection, held.id, None if chosen is None else [chosen])
        forward.ask(connection, held.id, visit.now)
        visit.record(connection, "forward.retry", f"forward:{forward_id}", count=count)
    return done("forwarding_one", "sent_again", forward_id=forward_id)
