"""The worker, of the same collaborators as the web application."""

from lti_tool.app.tool import Tool
from lti_tool.base import sessions
from lti_tool.handlers import deliver, issue, review, sweep
from lti_tool.handlers.review import Reviewer
from lti_tool.handlers.worker import Worker
from lti_tool.ledger.rulebook import Rulebooks
from lti_tool.lti import nonces
from lti_tool.lti.ags import Ags
from lti_tool.people import staff_sessions
from xapi import tokens


def create_worker(tool: Tool) -> Worker:
    """Reviews, issues and delivers; every job kind has its handler here."""
    rulebooks = Rulebooks()
    reviewer = Reviewer(tool.texts, rulebooks)
    ags = Ags(session=tool.outbound.session, keys=tool.tool_keys.signing, clock=tool.clock)
    return Worker(
        database=tool.database,
        reviewer=reviewer,
        handlers={
            issue.KIND: issue.Issue(tool.database, tool.signer, tool.settings.base_url, tool.clock),
            deliver.KIND: deliver.Deliver(tool.database, ags, tool.clock),
            review.KIND: review.ReviewAgain(tool.database, reviewer, tool.clock),
            sweep.KIND: sweep.Sweep(tool.database, rulebooks, tool.clock),
        },
        clock=tool.clock,
        # SQLite has one writer: what reviews hold up, statements wait for.
        batch=40 if tool.database.is_sqlite else 100,
        clean=(sessions.clean, nonces.clean, staff_sessions.clean, tokens.clean),
    )
