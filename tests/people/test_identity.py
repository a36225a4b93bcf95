"""Whose an actor is: exact joins, the e-mail rule and its undoing, the queue for persons."""

from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.people import identity, learners, sorting
from lti_tool.people.mailboxes import decide
from xapi.identity import account_key, key, mbox_key, sha1_keys

MOODLE, OPENEDX = "https://moodle.example.vn", "https://lms.example.vn"


def hashed(text):
    return {"mbox_sha1sum": sha1(text.encode()).hexdigest()}


@pytest.fixture
def who(database, launch_of, marks, now):
    """Launches and statements of actors, each settled at once as the worker would."""

    class Who:
        heard: dict

        def launch(self, issuer, sub, **said):
            marks.keys.clear()
            with database.transaction() as connection:
                found = learners.arrive(connection, launch_of(issuer, sub, **said), now, mark=marks)
                sorting.sort_out(
                    connection,
                    set(marks.keys),
                    lambda keys: {key: self.heard[key] for key in keys if key in self.heard},
                    now,
                )
            return found

        def hear(self, source, agent):
            actor = key(agent)
            self.heard.setdefault(actor, []).append((source, agent))
            with database.transaction() as connection:
                return sorting.resolve(connection, source, actor, agent, now)

        def owner(self, source, agent):
            with database.reading() as connection:
                return identity.owners(connection, [key(agent)]).get((source, key(agent)))

        def waiting(self):
            with database.reading() as connection:
                return [
                    (found.source, found.actor_key, found.reason) for found in identity.pending(connection)
                ]

    found = Who()
    found.heard = {}
    return found


def account(issuer, name):
    return {"account": {"homePage": issuer, "name": name}}


def test_issuer_and_sub_are_the_account_of_a_moodle_actor(who):
    learner = who.launch(MOODLE, "4")
    assert who.hear(MOODLE, account(MOODLE, "4")) == learner
    assert who.hear(MOODLE, account(MOODLE, "5")) is None


def test_an_actor_heard_before_its_learner_is_known_afterwards_and_waits_no_longer(database, who):
    assert who.hear(MOODLE, account(MOODLE, "4")) is None
    learner = who.launch(MOODLE, "4")
    assert who.owner(MOODLE, account(MOODLE, "4")) == learner
    with database.reading() as connection:
        assert identity.pending(connection, early=True) == []


def test_a_first_launch_marks_every_identifier_it_brings(database, launch_of, marks, now):
    with database.transaction() as connection:
        said = launch_of(OPENEDX, "uuid-lti", xapi_actor="uuid-xapi", email="An@Xa.Example.vn")
        learners.arrive(connection, said, now, mark=marks)
    assert marks.keys == {
        account_key(OPENEDX, "uuid-lti"),
        account_key(OPENEDX, "uuid-xapi"),
        mbox_key("an@xa.example.vn"),
        *sha1_keys("An@Xa.Example.vn"),
    }


def test_a_repeated_launch_marks_only_the_login_itself(database, launch_of, marks, now):
    said = launch_of(OPENEDX, "u", email="an@example.vn")
    with database.transaction() as connection:
        learners.arrive(connection, said, now, mark=marks)
        marks.keys.clear()
        learners.arrive(connection, said, now, mark=marks)
    assert marks.keys == {account_key(OPENEDX, "u")}


def test_the_four_actor_forms_of_one_person_become_one_learner(who):
    learner = who.launch(OPENEDX, "uuid-lti", xapi_actor="uuid-xapi", email="An@xa.example.vn")
    forms = [
        account(OPENEDX, "uuid-xapi"),
        {"mbox": "mailto:an@Xa.Example.vn"},
        hashed("An@xa.example.vn"),
        hashed("mailto:An@xa.example.vn"),
    ]
    assert {who.hear(OPENEDX, form) for form in forms} == {learner}
    assert who.waiting() == []


def test_the_four_forms_join_as_well_when_they_came_first(who):
    forms = [
        {"mbox": "mailto:An@xa.example.vn"},
        hashed("an@xa.example.vn"),
        hashed("mailto:an@xa.example.vn"),
    ]
    assert [who.hear(OPENEDX, form) for form in forms] == [None, None, None]
    learner = who.launch(OPENEDX, "uuid-lti", email="An@xa.example.vn")
    assert {who.owner(OPENEDX, form) for form in forms} == {learner}


def test_an_actor_of_one_platform_never_joins_through_another(who):
    who.launch(OPENEDX, "u", email="an@example.vn")
    assert who.hear(MOODLE, {"mbox": "mailto:an@example.vn"}) is None
    assert who.hear(MOODLE, account(OPENEDX, "u")) is None


def test_a_second_learner_with_the_email_undoes_the_join_and_both_wait_for_a_person(database, who):
    mbox = {"mbox": "mailto:chung@example.vn"}
    first = who.launch(MOODLE, "1", email="chung@example.vn")
    assert who.hear(MOODLE, mbox) == first
    second = who.launch(MOODLE, "2", email="Chung@example.vn")
    assert who.owner(MOODLE, mbox) is None
    assert who.waiting() == [(MOODLE, key(mbox), "two_learners")]
    with database.reading() as connection:
        (join,) = identity.joins(connection, first)
        assert (join.undone_by, join.undone_reason) == ("rule", "two_learners")
        assert identity.uncertain(connection, [first, second]) == {first, second}


def test_a_second_actor_with_the_email_undoes_the_join(who):
    learner = who.launch(OPENEDX, "u", email="An@example.vn")
    typed, lower = hashed("An@example.vn"), hashed("an@example.vn")
    assert who.hear(OPENEDX, typed) == learner
    assert who.hear(OPENEDX, lower) is None
    assert who.owner(OPENEDX, typed) is None
    assert {reason for _, _, reason in who.waiting()} == {"two_actors"}


@pytest.mark.parametrize("form", [{"mbox": "mailto:Unknown@Example.com"}, hashed("unknown@example.com")])
def test_the_unknown_person_of_open_edx_is_nobody(database, who, form):
    who.launch(OPENEDX, "u", email="unknown@example.com")
    assert who.hear(OPENEDX, form) is None
    with database.reading() as connection:
        assert identity.pending(connection, early=True) == []


def test_two_logins_claiming_one_xapi_actor_both_wait(database, who):
    actor = account(OPENEDX, "same")
    first = who.launch(OPENEDX, "u1", xapi_actor="same")
    assert who.hear(OPENEDX, actor) == first
    second = who.launch(OPENEDX, "u2", xapi_actor="same")
    assert who.owner(OPENEDX, actor) is None
    assert who.waiting() == [(OPENEDX, key(actor), "two_learners")]
    with database.reading() as connection:
        assert identity.uncertain(connection, [first, second]) == {first, second}


def test_a_custom_parameter_never_takes_the_account_of_another_login(who):
    owner = who.launch(MOODLE, "4")
    who.launch(MOODLE, "5", xapi_actor="4")
    assert who.hear(MOODLE, account(MOODLE, "4")) == owner


def test_a_person_joins_a_waiting_actor_and_takes_it_back(database, who, marks, now):
    mbox = {"mbox": "mailto:chung@example.vn"}
    first = who.launch(MOODLE, "1", email="chung@example.vn")
    who.launch(MOODLE, "2", email="chung@example.vn")
    who.hear(MOODLE, mbox)
    with database.transaction() as connection:
        (waits,) = identity.pending(connection)
        said = {"who": "staff:1", "reason": "showed both accounts", "now": now, "mark": marks}
        made = identity.join(connection, waits.id, first, **said)
    assert who.owner(MOODLE, mbox) == first
    assert {key(mbox), account_key(MOODLE, "1")} <= marks.keys
    assert who.hear(MOODLE, mbox) == first, "a rule does not undo what a person decided"
    with database.transaction() as connection:
        assert identity.undo(connection, made, **said | {"reason": "a mistake"})
        assert not identity.undo(connection, made, **said)
    assert who.owner(MOODLE, mbox) is None
    assert [reason for _, _, reason in who.waiting()] == ["refused"]


def test_what_a_person_undid_no_rule_joins_again(database, who, marks, now):
    mbox = {"mbox": "mailto:an@example.vn"}
    learner = who.launch(MOODLE, "1", email="an@example.vn")
    who.hear(MOODLE, mbox)
    with database.transaction() as connection:
        (join,) = identity.joins(connection, learner)
        identity.undo(connection, join.id, who="staff:1", reason="an office's address", now=now, mark=marks)
    assert who.hear(MOODLE, mbox) is None
    assert [reason for _, _, reason in who.waiting()] == ["refused"]


def test_joining_what_waits_no_longer_or_to_nobody_does_nothing(database, who, marks, now):
    who.hear(MOODLE, account(MOODLE, "9"))
    said = {"who": "staff:1", "reason": "x", "now": now, "mark": marks}
    with database.transaction() as connection:
        (waits,) = identity.pending(connection, early=True)
        assert not waits.needs_a_person
        assert identity.join(connection, waits.id, "nobody", **said) is None
        assert identity.join(connection, 999, "nobody", **said) is None


def test_identifiers_list_what_is_the_learners_and_nothing_contested(database, who):
    learner = who.launch(OPENEDX, "u1", xapi_actor="x1", email="an@example.vn")
    who.hear(OPENEDX, {"mbox": "mailto:an@example.vn"})
    mine = {(OPENEDX, account_key(OPENEDX, name)) for name in ("u1", "x1")}
    with database.reading() as connection:
        assert set(identity.identifiers(connection, learner)) == mine | {(OPENEDX, mbox_key("an@example.vn"))}
    who.launch(OPENEDX, "u2", xapi_actor="x1", email="an@example.vn")
    with database.reading() as connection:
        assert identity.identifiers(connection, learner) == [(OPENEDX, account_key(OPENEDX, "u1"))]


@given(st.lists(st.sampled_from("ab")), st.lists(st.sampled_from("xy")))
def test_an_email_joins_only_when_unique_on_both_sides(claimants, spellings):
    decision = decide(claimants, spellings)
    assert (decision.learner_id is not None) == (len(set(claimants)) == 1 and len(set(spellings)) <= 1)
