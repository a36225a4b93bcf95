"""What only a person may decide: an award whose proof no longer stands, two awards of one person, topics done implausibly fast."""

from flask import abort, g, request

from lti_tool.ledger import attention
from lti_tool.pages.console import scope
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.pages.console.learners import titles_of
from lti_tool.people.staff import Right
from lti_tool.programmes import versions


def register(door: Door) -> None:
    """Add the section."""
    door.page("/attention", Right.CERTIFICATES, show)
    door.act("/attention/<int:attention_id>", Right.CERTIFICATES, settle)


def show(visit: Visit) -> Page:
    """Open matters, oldest first."""
    with visit.bench.database.reading() as connection:
        sees = scope.viewer(connection, visit.person)
        found = [one for one in attention.open_(connection) if sees(one.learner_id)]
        titles = {one.key: titles_of(one, g.language) for one in versions.current(connection)}
    return page("attention.html", found=found, titles=titles, done=request.args.get("done"))


def settle(visit: Visit, attention_id: int) -> Page:
    """Record what was decided."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        return done("attention_show", "reason_missing")
    with visit.bench.database.transaction() as connection:
        learner_id = attention.learner_of(connection, attention_id)
        if learner_id is None or not scope.sees(connection, visit.person, learner_id):
            abort(404)
        settled = attention.settle(connection, attention_id, who=visit.who, reason=reason, now=visit.now)
    return done("attention_show", "attention_settled" if settled else "join_gone")
