"""Topics done implausibly fast: they count, and a person is asked once about the statements that say so."""

from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event

from lti_tool.ledger import attention, due
from lti_tool.ledger.attention import IMPLAUSIBLE
from lti_tool.programmes import versions
from rules.plausibility import VIEWED
from tests.handlers.house import OPENEDX, START, VOIDED, account, statement
from tests.small_programme import PROGRAMME

LAN = account("4")


def load(house, text):
    with house.database.transaction() as connection:
        versions.load(connection, text, "small.yaml", house.now, mark_all=due.mark_all)


def study(house, topic, seconds, *, begun=START, actor=LAN):
    """View a topic, complete it so much later; gives both ids."""
    done = begun + timedelta(seconds=seconds)
    return house.send(statement(actor, topic, begun, VIEWED), statement(actor, topic, done))


def waiting(house):
    with house.database.reading() as connection:
        return attention.open_(connection)


def told(house):
    return [
        [(topic["topic"], topic["seconds"], topic["minutes"]) for topic in matter.details["topics"]]
        for matter in waiting(house)
    ]


def settle(house, matter):
    with house.database.transaction() as connection:
        return attention.settle(connection, matter.id, who="staff:1", reason="known before", now=house.now)


def void(house, target):
    about = {"objectType": "StatementRef", "id": target}
    said = {"actor": account("1"), "verb": {"id": VOIDED}, "object": about, "timestamp": START.isoformat()}
    house.send(said)


def test_twenty_minutes_in_twenty_seconds_count_and_a_person_is_asked_once(house):
    learner = house.launch("4", name="An")
    viewed, done = study(house, "t1", 20)
    study(house, "t2", 1100)
    house.review()
    assert house.state(learner) == "met"
    assert len(house.certificates(learner)) == 1
    (matter,) = waiting(house)
    assert (matter.kind, matter.learner_id, matter.programme_key) == (IMPLAUSIBLE, learner, "small")
    topic = {"topic": "t1", "seconds": 20, "minutes": 20, "proof": [done], "begun": viewed}
    assert matter.details == {"topics": [topic]}
    house.complete(LAN, "t3")
    house.review()
    assert waiting(house) == [matter]


def test_what_is_kept_of_a_hasty_learner_is_what_is_kept_of_a_slow_one(house):
    first, second = house.launch("4"), house.launch("5")
    study(house, "t1", 20)
    study(house, "t1", 1200, begun=START - timedelta(seconds=1180), actor=account("5"))
    house.review()
    with house.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT learner_id, state, counts, detail, advice FROM ledger_outcome"
        ).all()
    kept = {row[0]: tuple(row[1:]) for row in rows}
    assert kept[first] == kept[second]
    assert [matter.learner_id for matter in waiting(house)] == [first]


def test_what_a_person_settled_does_not_come_back_for_the_same_statements(house):
    house.launch("4")
    study(house, "t1", 20)
    house.review()
    assert settle(house, waiting(house)[0])
    study(house, "t2", 30)
    house.review()
    assert told(house) == [[("t2", 30, 20)]]
    load(house, PROGRAMME.replace("A small programme", "A programme"))
    house.review()
    assert told(house) == [[("t2", 30, 20)]]


def test_a_matter_that_changed_is_a_new_one_so_that_nobody_settles_what_they_did_not_see(house):
    house.launch("4")
    study(house, "t1", 20)
    house.review()
    (seen,) = waiting(house)
    house.now += timedelta(hours=1)
    study(house, "t2", 30)
    house.review()
    assert told(house) == [[("t1", 20, 20), ("t2", 30, 20)]]
    assert waiting(house)[0].since == seen.since
    assert not settle(house, seen)
    assert settle(house, waiting(house)[0])


def test_it_is_over_when_the_evidence_is_voided(house):
    learner = house.launch("4")
    _, done = study(house, "t1", 20)
    house.review()
    void(house, done)
    house.review()
    assert (waiting(house), house.outcome(learner).states["t1"].done) == ([], False)


def test_it_is_over_when_an_earlier_beginning_is_heard_and_comes_back_when_that_is_voided(house):
    house.launch("4")
    study(house, "t1", 20)
    house.review()
    (earlier,) = house.send(statement(LAN, "t1", START - timedelta(hours=1), VIEWED))
    house.review()
    assert waiting(house) == []
    void(house, earlier)
    house.review()
    assert told(house) == [[("t1", 20, 20)]]


def test_the_programme_may_ask_nobody(house):
    house.launch("4")
    study(house, "t1", 20)
    house.review()
    load(house, PROGRAMME + "implausible_under: 0\n")
    house.review()
    assert waiting(house) == []


def test_what_was_settled_under_one_login_stays_settled_when_two_become_one(house):
    house.launch("u", OPENEDX)
    house.launch("4")
    study(house, "t1", 20)
    house.review()
    settle(house, waiting(house)[0])
    study(house, "t2", 30)
    house.review()
    house.list_people("code,family_name,given_name,sub:M,sub:O\nA1,Nguyễn,An,4,u\n")
    house.review()
    assert told(house) == [[("t2", 30, 20)]]
    void(house, study(house, "t2", 40)[1])  # whatever is asked from now on is asked of the one
    house.review()
    assert told(house) == [[("t2", 30, 20)]]


def test_the_worker_takes_the_same_look_whoever_is_looked_at_with(house):
    for sub in "456":
        house.launch(sub)
        study(house, "t1", 20 if sub == "5" else 1200, actor=account(sub))
    house.review(limit=100)
    (matter,) = waiting(house)
    with house.database.transaction() as connection:
        again = house.reviewer.review_learner(connection, matter.learner_id, house.now)["small"]
    assert [one.topic for one in again.hasty] == ["t1"]
    assert waiting(house) == [matter]


def test_a_portion_is_looked_at_once_and_for_beginnings_only_where_there_is_doubt(house):
    for sub in "45":
        house.launch(sub)
        study(house, "t3", 1, actor=account(sub))  # a topic without minutes
    with asked(house) as said:
        house.review(limit=100)
    assert (len(said("ledger_attention")), len(said("xapi_statement.object_id"))) == (1, 0)
    for sub in "45":
        study(house, "t1", 20, actor=account(sub))
        study(house, "t2", 20, actor=account(sub))
    with asked(house) as said:
        house.review(limit=100)
    assert len(said("xapi_statement.object_id")) == 1


@contextmanager
def asked(house):
    """What the database is asked for meanwhile, by a name in it."""
    said = []

    def hear(_connection, _cursor, text, *_rest):
        said.append(text)

    event.listen(house.database.engine, "before_cursor_execute", hear)
    yield lambda name: [text for text in said if name in text]
    event.remove(house.database.engine, "before_cursor_execute", hear)
