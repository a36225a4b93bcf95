"""What the worker cannot do by itself: parked jobs and scores that could not be delivered, each with its reason."""

from flask import abort, g, request

from lti_tool.base import jobs
from lti_tool.ledger import deliveries
from lti_tool.pages.console.door import Door, Page, Visit, done, page
from lti_tool.people.staff import Right


def register(door: Door) -> None:
    """Add the section."""
    door.page("/jobs", Right.JOBS, show)
    door.act("/jobs/<int:job_id>/retry", Right.JOBS, retry)
    door.act("/deliveries/<int:delivery_id>/retry", Right.JOBS, send_again)


def show(visit: Visit) -> Page:
    """Everything parked, and how much is merely waiting."""
    with visit.bench.database.reading() as connection:
        parked = jobs.parked(connection)
        waiting = [one for one in jobs.listed(connection, limit=100) if one.state != "parked"]
        stuck = deliveries.listed(connection)
    told = request.args.get("done")
    words = {"why": in_words, "kind": kind_in_words}
    return page("jobs.html", parked=parked, waiting=waiting, stuck=stuck, done=told, **words)


def in_words(code: str | None) -> str:
    """Why a score waits, in words and with its code ("unread-http-500" by "unread"); what has no words stands for itself."""
    if code and g.console_texts.has(f"console.job.why.{code}"):
        return str(g.console_texts.t(g.language, f"console.job.why.{code}"))
    known = code
    while known:
        if g.console_texts.has(f"delivery.reason.{known}"):
            return f"{g.console_texts.t(g.language, f'delivery.reason.{known}')} ({code})"
        known = known.rpartition("-")[0]
    return code or "–"


def kind_in_words(kind: str) -> str:
    """What a kind of job does; its own name where the catalogue has none."""
    key = f"console.job.kind.{kind}"
    return str(g.console_texts.t(g.language, key)) if g.console_texts.has(key) else kind


def retry(visit: Visit, job_id: int) -> Page:
    """From the first attempt, at once."""
    with visit.bench.database.transaction() as connection:
        if not jobs.retry(connection, job_id, visit.now):
            abort(404)
        visit.record(connection, "job.retry", f"job:{job_id}")
    return done("jobs_show", "sent_again")


def send_again(visit: Visit, delivery_id: int) -> Page:
    """The same score with the same timestamp: sent twice it still takes effect once."""
    with visit.bench.database.transaction() as connection:
        if not deliveries.resend(connection, delivery_id, visit.now):
            abort(404)
        visit.record(connection, "delivery.retry", f"delivery:{delivery_id}")
    return done("jobs_show", "sent_again")
