"""A validated launch: who is known, what is due, who sits where."""

import pytest
from sqlalchemy import select

from lti_tool.ledger import due
from lti_tool.ledger.delivery_tables import link, seat
from tests.handlers.house import MOODLE
from xapi.identity import account_key


def test_a_launch_makes_a_learner_with_a_seat_and_is_due_for_review(house):
    learner = house.launch("4", link="9")
    with house.database.reading() as connection:
        assert due.are_waiting(connection, [account_key(MOODLE, "4")])
        assert connection.execute(select(seat.c.sub, seat.c.learner_id)).all() == [("4", learner)]
        assert connection.execute(select(link.c.lineitem)).scalar() == f"{MOODLE}/lineitem/9"


def test_a_teachers_launch_takes_no_seat(house):
    house.launch("2", link="9", teacher=True)
    with house.database.reading() as connection:
        assert connection.execute(select(seat)).all() == []


def test_a_launch_that_is_rolled_back_leaves_nothing(house):
    with pytest.raises(ZeroDivisionError):
        house.launch("4", link="9", then=ZeroDivisionError())
    with house.database.reading() as connection:
        assert due.is_empty(connection)
        assert connection.execute(select(seat)).all() == []
