"""Whose statements a unit's are."""

import pytest

from lti_tool.people import identity, learners, roster, tables, unit_actors
from tests.people.test_roster import HEAD, ISSUERS, MOODLE, OPENEDX, UNITS
from xapi.identity import account_key, mbox_key


@pytest.fixture
def actors(database):
    def of(*units):
        with database.reading() as connection:
            return set(connection.execute(unit_actors.actors(units)).scalars())

    return of


def test_a_unit_has_the_sure_actors_of_its_people_on_every_platform(database, launch_of, marks, now, actors):
    with database.transaction() as connection:
        for issuer, sub, said in (
            (MOODLE, "4", {"email": "lan@example.vn"}),
            (OPENEDX, "ab", {}),
            (MOODLE, "5", {}),
        ):
            learners.arrive(connection, launch_of(issuer, sub, **said), now, mark=marks)
        text = HEAD + "A1,Lan,Trần,01,c1,4,ab\nA2,An,Lê,24,c2,5,\n"
        roster.import_(
            connection, text.encode(), issuers=ISSUERS, units=UNITS, who="staff:1", now=now, mark=marks
        )
    hers = {account_key(MOODLE, "4"), account_key(OPENEDX, "ab")}
    his = {account_key(MOODLE, "5")}
    assert (actors("01"), actors("c1"), actors("c2"), actors("01", "24")) == (hers, hers, his, hers | his)
    assert mbox_key("lan@example.vn") not in actors("01")
    assert actors("99") == actors() == set()


def test_an_actor_that_a_person_joined_belongs_to_the_unit_until_it_is_undone(
    database, launch_of, marks, now, actors
):
    key = mbox_key("nguoi@example.vn")
    joined = {"source": MOODLE, "how": "person", "reason": "x", "who": "staff:1", "at": now}
    with database.transaction() as connection:
        learner = learners.arrive(connection, launch_of(MOODLE, "4"), now, mark=marks)
        text = HEAD + "A1,Lan,Trần,01,c1,4,\n"
        roster.import_(
            connection, text.encode(), issuers=ISSUERS, units=UNITS, who="staff:1", now=now, mark=marks
        )
        connection.execute(tables.join.insert(), [joined | {"learner_id": learner, "actor_key": key}])
    assert key in actors("c1")
    with database.transaction() as connection:
        (found,) = identity.joins(connection, learner)
        identity.undo(connection, found.id, who="staff:1", reason="x", now=now, mark=marks)
    assert key not in actors("c1")


def test_an_actor_that_two_people_claim_is_neither_units(database, launch_of, marks, now, actors):
    with database.transaction() as connection:
        for sub in ("4", "5"):
            learners.arrive(connection, launch_of(MOODLE, sub, xapi_actor="x1"), now, mark=marks)
        text = HEAD + "A1,Lan,Trần,01,c1,4,\nA2,An,Lê,24,c2,5,\n"
        roster.import_(
            connection, text.encode(), issuers=ISSUERS, units=UNITS, who="staff:1", now=now, mark=marks
        )
    assert actors("c1") == {account_key(MOODLE, "4")}
    assert actors("c2") == {account_key(MOODLE, "5")}
