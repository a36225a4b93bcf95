"""The worker, of the same collaborators as the web application."""

from lti_tool.app.policies import intake_policy
from lti_tool.app.tool import Tool, external_lrs, replacements
from lti_tool.base import sessions
from lti_tool.base.sealing import Seal
from lti_tool.handlers import collect, deliver, forward, issue, partitions, review, review_again, sweep
from lti_tool.handlers.portion import Portion
from lti_tool.handlers.review import Reviewer
from lti_tool.handlers.worker import Handler, Worker
from lti_tool.ledger import due
from lti_tool.ledger.rulebook import Rulebooks
from lti_tool.lti import nonces
from lti_tool.lti.ags import Ags
from lti_tool.pages.standings import practice_authority
from lti_tool.people import staff_sessions
from xapi import probing, tokens


def create_worker(tool: Tool) -> Worker:
    """Reviews, issues and delivers; every job kind has its handler here."""
    rulebooks = Rulebooks()
    reviewer = Reviewer(tool.texts, rulebooks)
    ags = Ags(session=tool.outbound.session, keys=tool.tool_keys.signing, clock=tool.clock)
    collector, sender = _collector(tool), _sender(tool)
    handlers: dict[str, Handler] = {
        collect.KIND: collector,
        forward.KIND: sender,
        issue.KIND: issue.Issue(tool.database, tool.signer, tool.settings.base_url, tool.clock),
        deliver.KIND: deliver.Deliver(tool.database, ags, tool.clock),
        review.KIND: review_again.ReviewAgain(tool.database, reviewer, tool.clock),
        sweep.KIND: sweep.Sweep(tool.database, rulebooks, tool.clock),
    }
    return Worker(
        database=tool.database,
        reviewer=reviewer,
        handlers=handlers,
        clock=tool.clock,
        # SQLite has one writer: what reviews hold up, every statement waits for; on PostgreSQL only those of the same people.
        portion=Portion(most=100, seconds=0.01)
        if tool.database.is_sqlite
        else Portion(most=200, seconds=0.3, rest=3.0),
        clean=(
            sessions.clean,
            nonces.clean,
            staff_sessions.clean,
            tokens.clean,
            partitions.make_next,
            partitions.forget,
        ),
        begin=(collector.begin, sender.begin),
    )


def _collector(tool: Tool) -> collect.Collect:
    return collect.Collect(
        database=tool.database,
        followed=external_lrs(tool.settings, tool.outbound),
        policy_of=intake_policy,
        clock=tool.clock,
        on_saved=due.on_saved,
        probe=lambda lrs: probing.probe(lrs, tool.settings.base_url),
        erased=replacements(tool.settings, tool.clock),
    )


def _sender(tool: Tool) -> forward.Send:
    return forward.Send(
        database=tool.database,
        session=tool.outbound.session,
        seal=Seal(tool.secret),
        clock=tool.clock,
        own=tool.settings.lrs,
        own_authorities=[practice_authority(tool.settings.base_url)],
    )
