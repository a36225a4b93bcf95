"""Another store is followed: nothing lost, nothing doubled, and the same review afterwards as for our own."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_tool.base.jobs import Again, Job
from lti_tool.handlers.collect import KEY, KIND, Collect
from lti_tool.ledger import due
from tests.handlers.house import MOODLE, OPENEDX, START, account, statement
from tests.xapi.outside import Store, storing
from xapi import authorities, following, quarantine, retrying
from xapi.embedded import EmbeddedLrs
from xapi.erased import Erased, remember
from xapi.evidence import evidence
from xapi.identity import key
from xapi.intake import IntakePolicy
from xapi.lrs import Sender
from xapi.probing import Abilities
from xapi.tables import payload
from xapi.tables import statement as table

LMS = {"objectType": "Agent", "account": {"homePage": "https://lrs.example.vn", "name": "the LMS's client"}}
LEARNER = {
    "objectType": "Agent",
    "account": {"homePage": "https://lrs.example.vn", "name": "a learner's client"},
}
LAN = account("7")
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


class Follower:
    """Our side: a worker that follows the store, and an administrator who ties authorities."""

    def __init__(self, database, store, now):
        self.database, self.store, self.now = database, store, now
        self.crash_at = None
        self.abilities = Abilities(since_is_stored=True)
        self.policies = {MOODLE: IntakePolicy(MOODLE, MOODLE, registration_of_run=True, sends_ids=False)}
        self.handler = Collect(
            database,
            store.external(),
            lambda _, source: self.policies.get(source, IntakePolicy(source, source)),
            lambda: self.now,
            self.on_saved,
            lambda _: self.abilities,
        )

    def on_saved(self, connection, saved):
        due.on_saved(connection, saved)
        if self.crash_at is not None:
            self.crash_at -= 1
            if self.crash_at < 0:
                raise KeyboardInterrupt

    def run(self, **later):
        self.now += timedelta(**(later or {"seconds": 6}))
        return self.handler(Job(1, KIND, KEY, {}, 1, 1))

    def tie(self, value, source, *, keeper=False):
        with self.database.transaction() as connection:
            known = authorities.find(connection, authorities.key_of(value))
            assert authorities.tie(connection, known.key, source, keeper=keeper)
            following.rewind(connection, self.handler.lrs.remote.endpoint, known.first_stored)

    def evidence(self, actor=LAN, source=MOODLE):
        with self.database.reading() as connection:
            return evidence(connection, [(source, key(actor))])

    def ids(self):
        with self.database.reading() as connection:
            return sorted(connection.execute(select(table.c.id)).scalars())

    def waiting(self):
        with self.database.reading() as connection:
            return quarantine.list_(connection)


@pytest.fixture
def store() -> Iterator[Store]:
    with storing() as found:
        yield found


@pytest.fixture
def follower(database, store, now: datetime) -> Follower:
    """The LMS's authority is known and tied."""
    found = Follower(database, store, now)
    store.put(made(0, authority=LMS))
    found.run()
    found.tie(LMS, MOODLE)
    store.held.clear()
    return found


def made(minute, topic="t1", *, authority=LMS, actor=LAN, stored=None, **changes):
    """A statement as an external store gives it out, stored a second after its event unless said."""
    at = START + timedelta(minutes=minute)
    return {
        **statement(actor, topic, at),
        "id": str(uuid4()),
        "stored": (stored or at + timedelta(seconds=1)).isoformat(),
        "authority": authority,
        "version": "1.0.3",
        **changes,
    }


def test_what_a_tied_authority_said_is_evidence_and_marked_for_review(follower, store, database):
    one = made(1)
    store.put(one)
    assert follower.run() == Again(follower.now + timedelta(seconds=5), "caught-up")
    (found,) = follower.evidence()
    assert found.id == one["id"]
    assert found.stored.isoformat() == one["stored"]
    with database.reading() as connection:
        assert due.are_waiting(connection, [key(LAN)])


def test_what_nobody_tied_is_no_evidence_and_not_even_kept(follower, store):
    store.put(made(1, authority=LEARNER), made(2, authority=None))
    follower.run()
    assert follower.ids() == []


def test_an_authority_tied_later_brings_what_it_said_before(follower, store):
    other = account("9", OPENEDX)
    store.put(*(made(minute, authority=LEARNER, actor=other) for minute in range(5)), made(60 * 24))
    follower.run()
    assert len(follower.ids()) == 1
    follower.tie(LEARNER, OPENEDX)
    follower.run()
    assert len(follower.evidence(other, OPENEDX)) == 5
    assert len(follower.ids()) == 6


def test_an_hours_absence_loses_and_doubles_nothing(follower, store):
    store.put(made(0))
    follower.run()
    store.away = True
    waits = [follower.run(minutes=2) for _ in range(30)]
    assert all(one.reason == "unanswered" for one in waits)
    assert max(one.at for one in waits) - follower.now <= timedelta(minutes=1)
    sent = [made(minute, f"t{minute % 3 + 1}") for minute in range(1, 60)]
    store.put(*sent)
    store.away, store.page = False, 7
    while follower.run().reason != "caught-up":
        pass
    assert len(follower.evidence()) == 60
    assert {one["id"] for one in sent} < set(follower.ids())


def test_pages_read_again_and_again_store_nothing_again(follower, store):
    store.page = 3
    store.put(*(made(0, stored=START) for _ in range(4)), *(made(0, f"t{n}") for n in range(1, 4)))
    store.held += store.held[:3]  # the store gives some out twice
    orders = []
    for _ in range(4):
        follower.run(minutes=11)
        orders.append([(one.id, one.order) for one in follower.evidence()])
    assert len(follower.ids()) == 7
    assert orders[0] == orders[-1]


def test_killed_between_or_within_pages_it_goes_on_where_it_was(follower, store):
    store.page = 2
    store.put(*(made(minute, f"t{minute % 3 + 1}") for minute in range(11)))
    for crash_at in (0, 1, 0, 2):
        follower.crash_at = crash_at
        with pytest.raises(KeyboardInterrupt):
            follower.run()
    follower.crash_at = None
    follower.run()
    assert len(follower.evidence()) == 11


def test_a_page_that_went_stale_is_read_from_the_rounds_beginning(follower, store):
    store.page = 2
    store.put(*(made(minute, f"t{minute % 3 + 1}") for minute in range(6)))
    assert follower.handler.page()
    store.forgets_more = True
    assert follower.run().reason == "unanswered"
    store.forgets_more = False
    follower.run()
    assert len(follower.evidence()) == 6


def test_of_two_followers_one_gives_way(follower, store):
    store.put(made(1))
    held = follower.handler._held()
    follower.run()
    with pytest.raises(following.Overtaken), follower.database.transaction() as connection:
        following.move(connection, held, held.cursor, follower.now)


def test_what_shows_late_with_an_earlier_moment_is_still_taken(follower, store):
    """Its transaction was open while a later one was read."""
    store.put(made(10))
    follower.run()
    store.held.insert(0, json.dumps(made(5)).encode())
    follower.run(minutes=11)
    assert len(follower.evidence()) == 2


def test_a_store_that_goes_by_the_time_of_the_event_loses_nothing_that_came_late(follower, store):
    follower.abilities = Abilities(since_is_stored=False)
    store.by_time_of_event = True
    with follower.database.transaction() as connection:
        held = following.load(connection, follower.handler.lrs.remote.endpoint)
        following.probed(connection, held, {}, type(held.cursor)())
    store.put(made(60 * 24))
    follower.run()
    store.held.insert(0, json.dumps(made(0, stored=START + timedelta(days=1, hours=1))).encode())
    follower.run()
    assert len(follower.evidence()) == 1
    follower.run(hours=25)
    assert len(follower.evidence()) == 2


def test_what_cannot_be_read_is_set_aside_with_its_reason_and_stops_nothing(follower, store):
    bad = made(2)
    bad["verb"] = {"id": "no IRI"}
    store.put(made(1), b'{"id": "x", "stored": "2025-12-02T00:00:00Z", "n": NaN}', bad, made(3, "t2"))
    follower.run()
    follower.run(minutes=11)
    assert len(follower.evidence()) == 2
    unreadable, wrong = follower.waiting()
    assert "JSON is wanted" in unreadable.reason
    assert (wrong.source, wrong.field) == (MOODLE, "verb.id")


def test_a_resend_that_got_an_id_of_its_own_is_kept_once_as_evidence(follower, store):
    """Moodle names no ids: the store gives each copy one. The registration names the run that sent it."""
    first, twin, again = (run_of(made(1)), run_of(made(1)), run_of(made(1)))
    again["stored"] = (START + timedelta(hours=1)).isoformat()
    store.put(first, twin, again)
    follower.run()
    follower.run(minutes=11)
    found = follower.evidence()
    assert {one.id for one in found} == {first["id"], twin["id"]}
    assert len(follower.ids()) == 3
    moved = next(one for one in found if one.id != min(found, key=lambda one: one.order).id)
    assert moved.order > 2


def resent():
    """A statement and its resend an hour later, as a store knows them: two ids, one content."""
    first = made(1)
    return first, first | {"id": str(uuid4()), "stored": (START + timedelta(hours=1)).isoformat()}


@pytest.mark.parametrize("taken", [0, 1])
def test_a_resend_moves_nothing_of_a_client_that_took_an_id_of_the_stores(follower, store, taken):
    """What is there under another sender's id is kept here under an id of its own."""
    pair = resent()
    other = EmbeddedLrs(
        follower.database.transaction, follower.database.reading, lambda: follower.now, due.on_saved
    )
    foreign = statement(account("8"), "t3", START) | {"id": pair[taken]["id"]}
    other.save([foreign], Sender("c" * 32, {"mbox": "mailto:client@example.vn"}))
    store.put(*pair)
    follower.run()
    with follower.database.reading() as connection:
        rows = {row.id: row for row in connection.execute(select(table))}
    assert rows[foreign["id"]].last_seq == rows[foreign["id"]].seq
    (found,) = follower.evidence()
    assert found.order == max(row.seq for row in rows.values())


def test_a_resend_is_known_though_another_platforms_statement_stands_between(follower, store):
    first, again = resent()
    store.put(made(2, "t2", authority=LEARNER))
    follower.run()
    follower.tie(LEARNER, OPENEDX)
    store.put(first, made(3, "t3", authority=LEARNER), again)
    follower.run(minutes=11)
    assert [one.id for one in follower.evidence()] == [first["id"]]


def test_voiding_takes_evidence_back_by_its_own_authoritys_word_only(follower, store):
    mine, theirs, hidden = made(1), made(2, "t2"), made(3, "t3")
    store.put(mine, theirs)
    follower.run()
    hidden_by = voiding(hidden, 6, LEARNER)
    store.voided = {hidden["id"]: json.dumps(hidden).encode()}
    store.put(voiding(mine, 4, LMS), voiding(theirs, 5, LEARNER), hidden_by)
    follower.run()
    assert {one.id for one in follower.evidence()} == {theirs["id"], hidden["id"]}
    with follower.database.reading() as connection:
        rows = {row.id: row for row in connection.execute(select(table))}
    assert rows[hidden["id"]].voided_by == hidden_by["id"]
    assert rows[mine["id"]].retracted_by is not None


def test_a_keepers_voiding_takes_back_what_others_said(follower, store):
    keeper = {"objectType": "Agent", "mbox": "mailto:keeper@example.vn"}
    one = made(1)
    store.put(one, made(2, authority=keeper))
    follower.run()
    follower.tie(keeper, None, keeper=True)
    store.put(voiding(one, 3, keeper))
    follower.run()
    assert follower.evidence() == []


def test_a_voiding_of_what_is_no_statements_id_stops_nothing(follower, store):
    """Some stores keep what the standard forbids, and answer 400 when they are asked for the statement of that id."""
    odd = voiding({"id": "https://example.vn/no-uuid"}, 1, LEARNER)
    store.put(odd, voiding({"id": "\x00"}, 1, LEARNER), made(2))
    assert follower.run().reason == "caught-up"
    assert len(follower.evidence()) == 1


def test_a_store_that_refuses_to_be_asked_for_what_is_voided_has_not_got_it(follower, store):
    whole = store.answer
    store.answer = lambda method, target, *more: (
        (400, b"no such parameter") if "voidedStatementId" in target else whole(method, target, *more)
    )
    store.put(voiding(made(1), 2, LEARNER), made(3))
    assert follower.run().reason == "caught-up"
    assert len(follower.evidence()) == 1


def test_one_application_takes_back_nothing_that_another_said(follower, store):
    """OAuth: the authority is a Group without an identifier of its own; two of them are two."""
    ours, theirs = application("lms"), application("a learner's client")
    one = made(1, authority=ours)
    store.put(one)
    follower.run()
    follower.tie(ours, MOODLE)
    follower.run()
    store.put(voiding(one, 2, theirs))
    follower.run()
    assert [found.id for found in follower.evidence()] == [one["id"]]
    store.put(voiding(one, 3, ours))
    follower.run()
    assert follower.evidence() == []  # its own word


def test_a_moment_of_storing_far_ahead_skips_nothing_that_comes_later(follower, store):
    store.put(made(1, stored=follower.now + timedelta(days=3650)))
    follower.run()
    store.held.clear()
    store.put(made(2, "t2", stored=follower.now + timedelta(hours=1)))
    follower.run(hours=3)
    assert len(follower.evidence()) == 2


def application(name):
    consumer = {"objectType": "Agent", "account": {"homePage": "https://lrs.example.vn/oauth", "name": name}}
    return {
        "objectType": "Group",
        "member": [consumer, {"objectType": "Agent", "mbox": "mailto:a@example.vn"}],
    }


def test_a_page_too_large_is_asked_for_in_smaller_pieces(follower, store):
    store.away = True
    follower.run()
    follower.run()
    assert "limit=125" in store.asked[-1][1]


def test_what_was_set_aside_is_taken_in_as_the_stores_own_when_it_is_good(follower, store):
    """A later release may understand what this one does not."""
    stranger = made(1, actor=account("7", "https://elsewhere.example"))
    at = START + timedelta(minutes=1)
    bad = at.isoformat().replace("T01", "T91")
    store.put(json.dumps({**stranger, "timestamp": bad}).encode())
    follower.run()
    (waits,) = follower.waiting()
    with follower.database.transaction() as connection:
        connection.execute(
            quarantine.quarantine.update().values(raw=waits.raw.replace(b"T91", b"T01"), reason="x")
        )
        tried = retrying.retry(
            connection,
            waits.id,
            policy_for=lambda credential: IntakePolicy(credential.source, credential.source),
            clock=lambda: follower.now,
            on_saved=due.on_saved,
        )
    assert tried.reason == ""
    assert follower.ids() == [stranger["id"]]
    assert follower.evidence(stranger["actor"]) == []  # flagged: an account of another platform
    follower.run(minutes=11)
    assert follower.ids() == [stranger["id"]]


def run_of(one):
    return {**one, "context": {"registration": str(uuid4())}}


def test_who_was_erased_is_not_brought_back_by_reading_again(follower, store):
    """The other store still names them: what is read again is known by what it became here."""
    store.put(made(1), made(2, "t2"))
    erased = Erased(b"k" * 32, lambda: follower.now)
    object.__setattr__(follower.handler, "erased", erased)
    with follower.database.transaction() as connection:
        remember(connection, b"k" * 32, [key(LAN)], "somebody", follower.now)
    follower.run()
    orders = []
    for _ in range(2):
        follower.run(minutes=11)
        with follower.database.reading() as connection:
            rows = list(
                connection.execute(
                    select(payload.c.payload, table.c.last_seq).join(table, table.c.seq == payload.c.seq)
                )
            )
        orders.append(sorted(row.last_seq for row in rows))
        assert len(rows) == 2
        assert not any('"name":"7"' in row.payload for row in rows)
    assert orders[0] == orders[1]


def voiding(target, minute, authority):
    found = made(minute, authority=authority, actor={"mbox": "mailto:keeper@example.vn"})
    found["verb"] = {"id": VOIDED}
    found["object"] = {"objectType": "StatementRef", "id": target["id"]}
    return found
