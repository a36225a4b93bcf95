"""What a validated launch changes: who is known, what is due for review, who sits where. One transaction with its used nonce."""

from datetime import datetime

from sqlalchemy import Connection

from lti_tool.ledger import due, seats
from lti_tool.lti.launch import ValidLaunch
from lti_tool.people import learners


def on_launched(connection: Connection, launch: ValidLaunch, now: datetime) -> str:
    """The learner's id. Statements that came before this launch are due for review with it."""
    learner_id = learners.arrive(connection, launch, now, mark=due.mark)
    place = seats.place_of(launch)
    # A teacher has no grade: Moodle answers 400 to a score for one.
    if place is not None and launch.view == "learner":
        seats.take(connection, place, launch.sub, learner_id, now)
    return learner_id
