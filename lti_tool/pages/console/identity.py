"""Actors nobody can be told for: a person says whose they are, with a reason, and can take it back.

An actor is an e-mail or an account. Whoever sees some units only is shown those that a learner of these units claims.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, request
from sqlalchemy import Connection

from lti_tool.ledger import due
from lti_tool.pages.console import scope
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.people import claimants, identity, learners, pseudonyms
from lti_tool.people.identity import Pending
from lti_tool.people.staff import EVERYWHERE, Right


@dataclass(frozen=True, slots=True)
class Waiting:
    """One waiting actor as the page shows it."""

    id: int
    source: str
    reason: str
    since: datetime
    agent: str


def register(door: Door) -> None:
    """Add the section."""
    door.page("/identity", Right.IDENTITY, show)
    door.page("/identity/<int:pending_id>", Right.IDENTITY, one)
    door.act("/identity/<int:pending_id>", Right.IDENTITY, join)
    door.act("/identity/<int:pending_id>/search", Right.IDENTITY, search)
    door.act("/identity/join/<int:join_id>/undo", Right.IDENTITY, undo)


def show(visit: Visit) -> Page:
    """What waits for a person; with ?early=1 also who merely has not arrived."""
    early = request.args.get("early") == "1"
    with visit.bench.database.reading() as connection:
        found = _seen(connection, visit, identity.pending(connection, early=early))
        waiting = [_waiting(connection, one) for one in found]
    return page("identity.html", waiting=waiting, early=early, done=request.args.get("done"))


def one(visit: Visit, pending_id: int) -> Page:
    """One actor, and the form to look for its learner."""
    with visit.bench.database.reading() as connection:
        waiting = _waiting(connection, _found(connection, visit, pending_id))
    return page("pending.html", waiting=waiting, found=[], wanted="")


def search(visit: Visit, pending_id: int) -> Page:
    """One actor, and the learners found. By POST: what is asked for is mostly a name, and no address may hold one."""
    wanted = request.form.get("q", "")
    with visit.bench.database.reading() as connection:
        waiting = _waiting(connection, _found(connection, visit, pending_id))
        sees = scope.viewer(connection, visit.person)
        ids = [found for found in learners.search(connection, wanted) if sees(found)]
        found = [
            (learner, learners.name_of(connection, learner), learners.unit_of(connection, learner))
            for learner in ids
        ]
    return page("pending.html", waiting=waiting, found=found, wanted=wanted)


def join(visit: Visit, pending_id: int) -> Page:
    """Give the actor to a learner; the evidence is reviewed in the same breath."""
    learner_id, reason = request.form.get("learner", ""), request.form.get("reason", "").strip()
    if not reason:
        return done("identity_show", "reason_missing")
    with visit.bench.database.transaction() as connection:
        found = identity.find_pending(connection, pending_id)
        if not scope.sees(connection, visit.person, learner_id) or (
            found and not _seen(connection, visit, [found])
        ):
            abort(404)
        made = identity.join(
            connection, pending_id, learner_id, who=visit.who, reason=reason, now=visit.now, mark=due.mark
        )
    return done("identity_show", "joined" if made else "join_gone")


def undo(visit: Visit, join_id: int) -> Page:
    """Take a join back; no rule makes it again."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        return done("identity_show", "reason_missing")
    with visit.bench.database.transaction() as connection:
        joined = identity.find_join(connection, join_id)
        if joined is None or not scope.sees(connection, visit.person, joined.learner_id):
            abort(404)
        taken = identity.undo(connection, join_id, who=visit.who, reason=reason, now=visit.now, mark=due.mark)
    return done("identity_show", "join_undone" if taken else "join_gone")


def _found(connection: Connection, visit: Visit, pending_id: int) -> Pending:
    found = identity.find_pending(connection, pending_id)
    return found if found and _seen(connection, visit, [found]) else abort(404)


def _seen(connection: Connection, visit: Visit, waiting: list[Pending]) -> list[Pending]:
    """Those of these that this person may be shown."""
    if visit.person.units == EVERYWHERE:
        return waiting
    sees = scope.viewer(connection, visit.person)
    claimed = claimants.of(connection, [one.id for one in waiting])
    return [one for one in waiting if any(map(sees, claimed[one.id]))]


def _waiting(connection: Connection, found: Pending) -> Waiting:
    agent = pseudonyms.agent(connection, found.actor_key) or {}
    return Waiting(found.id, found.source, found.reason, found.since, _said(agent) or found.actor_key)


def _said(agent: dict[str, Any]) -> str:
    account = agent.get("account")
    if isinstance(account, dict):
        return f"{account.get('name')} @ {account.get('homePage')}"
    return str(agent.get("mbox") or agent.get("mbox_sha1sum") or agent.get("openid") or "")
