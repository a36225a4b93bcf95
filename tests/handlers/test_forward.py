"""Statements go on to other stores: all of them, once, and what a receiver refuses waits where a person sees it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from lti_tool.base.jobs import Again, Done, Job
from lti_tool.base.outbound import Outbound
from lti_tool.base.sealing import Seal
from lti_tool.base.settings import LrsAccess
from lti_tool.handlers import forward
from tests.xapi.outside import KEY, SECRET, Store, storing
from tests.xapi.signing import attachment, jws, with_signature
from xapi import forwarding, holding, removing
from xapi.embedded import EmbeddedLrs
from xapi.forwarding import Choice
from xapi.identity import key
from xapi.lrs import Sender
from xapi.signatures import Signatures
from xapi.versions import Version

PRACTICE = {"account": {"homePage": "https://donghanh.example.vn", "name": "donghanh-practice"}}
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
SEAL = Seal(b"the installation's secret")


class Sending:
    def __init__(self, database, store, now):
        self.database, self.store, self.now = database, store, now
        self.lrs = EmbeddedLrs(database.transaction, database.reading, lambda: self.now, lambda *_: None)
        self.handler = self.make()

    def make(self, **more):
        return forward.Send(self.database, Outbound(loopback=True).session, SEAL, lambda: self.now, **more)

    def add(self, choice=None, name="aspects", position=0, secret=SECRET):
        with self.database.transaction() as connection:
            return forwarding.add(
                connection,
                name=name,
                endpoint=self.store.url,
                key=KEY,
                secret=SEAL.close(secret),
                choice=choice or Choice(),
                position=position,
            )

    def write(self, count=1, authority=PRACTICE, contents=(), **changes):
        made = [statement(**changes) for _ in range(count)]
        came = {sha256(one).hexdigest(): one for one in contents}
        self.lrs.save(made, Sender("donghanh-practice", authority), came)
        return [one["id"] for one in made]

    def write_with(self, *contents):
        """A statement with these attachments."""
        (one,) = self.write(attachments=[attachment(content) for content in contents], contents=contents)
        return one

    def run(self, forward_id, handler=None):
        return (handler or self.handler)(Job(1, forward.KIND, str(forward_id), {}, 1, 1))

    def read(self, forward_id):
        with self.database.reading() as connection:
            return forwarding.find(connection, forward_id)

    def parked(self):
        with self.database.reading() as connection:
            return forwarding.parked(connection)

    def got(self):
        return [json.loads(one)["id"] for one in self.store.held]


def statement(**changes):
    return {
        "id": str(uuid4()),
        "actor": {"name": "Nguyễn Thị Lan", "account": {"homePage": "https://lms.example.vn", "name": "7"}},
        "verb": {"id": COMPLETED},
        "object": {"id": "https://lms.example.vn/mod/page/view.php?id=1"},
        "timestamp": "2025-12-04T09:15:00.000Z",
        **changes,
    }


@pytest.fixture
def store() -> Iterator[Store]:
    with storing() as found:
        yield found


@pytest.fixture
def sending(database, store, now):
    return Sending(database, store, now)


def test_everything_arrives_in_batches_in_order_and_without_our_authority(sending, store):
    ids = sending.write(250)
    one = sending.add()
    assert sending.run(one) == Again(sending.now + timedelta(seconds=5), "caught-up")
    assert sending.got() == ids
    assert [len(batch) for batch in store.posts] == [100, 100, 50]
    assert {"authority", "stored"}.isdisjoint(store.posts[0][0])
    held = sending.read(one)
    assert (held.delivered, held.failures, held.moved) == (250, 0, sending.now)
    sending.run(one)
    assert len(store.posts) == 3


def test_only_the_chosen_go(sending):
    other = {"mbox": "mailto:other@example.vn"}
    sending.write(2, verb={"id": "http://adlnet.gov/expapi/verbs/failed"})
    (wanted,) = sending.write(1, authority=other, object={"id": "https://lms.example.vn/mod/quiz/7"})
    sending.write(1, object={"id": "https://lms.example.vn/mod/quiz/7"})
    sending.write(1, authority=other)
    with sending.database.reading() as connection:
        key = sending_authority(connection, wanted)
    choice = Choice(verbs=(COMPLETED,), activities=("https://lms.example.vn/mod/quiz/*",), authorities=(key,))
    sending.run(sending.add(choice))
    assert sending.got() == [wanted]


def test_what_is_left_out_never_goes(sending):
    sending.write(2)
    (wanted,) = sending.write(1, authority={"mbox": "mailto:other@example.vn"})
    sending.run(sending.add(Choice(left_out=(key(PRACTICE),))))
    assert sending.got() == [wanted]


def test_names_can_be_left_out_and_accounts_stay(sending, store):
    sending.write(1, context={"instructor": {"name": "Thầy Minh", "mbox": "mailto:m@example.vn"}})
    sending.run(sending.add(Choice(without_names=True)))
    (sent,) = store.posts[0]
    assert sent["actor"] == {"account": {"homePage": "https://lms.example.vn", "name": "7"}}
    assert sent["context"]["instructor"] == {"mbox": "mailto:m@example.vn"}


def test_contents_go_with_their_statements_and_others_go_as_before(sending, store):
    before = sending.write(2)
    one = sending.write_with(b"a")
    two = sending.write_with(b"a", bytes(range(256)))
    after = sending.write(1)
    sending.run(sending.add())
    assert sending.got() == [*before, one, two, *after]
    assert [len(batch) for batch in store.posts] == [2, 2, 1]
    assert [sorted(came.values()) for came in store.enclosed] == [[], [bytes(range(256)), b"a"], []]


def test_a_request_carries_so_many_bytes_of_contents_and_a_larger_one_goes_alone(sending, store, monkeypatch):
    monkeypatch.setattr("xapi.sending.MOST_CONTENTS", 10)
    sent = [b"1234", b"56789", b"0", b"longer than any", b"1", b"12345678", b"1", b"1"]
    ids = [sending.write_with(one) for one in sent]
    sending.run(sending.add())
    assert sending.got() == ids
    assert [len(batch) for batch in store.posts] == [3, 1, 4]


@pytest.mark.parametrize("status", [400, 415, 500])
def test_a_receiver_that_knows_no_parts_has_those_statements_parked_and_gets_the_others(
    sending, store, status
):
    store.no_parts = status
    ids = sending.write(1)
    other = [sending.write_with(b"x"), sending.write_with(b"y")]
    ids += sending.write(1)
    one = sending.add()
    sending.run(one)
    assert sending.got() == ids
    assert [row.statement_id for row in sending.parked()] == other
    assert all(str(status) in row.reason for row in sending.parked())
    store.no_parts = 0
    again(sending, one)
    assert sending.got() == ids + other
    assert [list(came.values()) for came in store.enclosed[-2:]] == [[b"x"], [b"y"]]


def test_a_passing_fault_over_contents_is_waited_out_in_order(sending, store):
    store.stumbles = 3
    ids = [*sending.write(1), sending.write_with(b"x"), *sending.write(1)]
    one = sending.add()
    assert rounds(sending, one, 4) == ["unanswered"] * 3 + ["caught-up"]
    assert (sending.got(), sending.parked()) == (ids, [])
    assert [list(came.values()) for came in store.enclosed if came][-1:] == [[b"x"]]


def test_contents_a_receiver_falls_over_again_and_again_are_parked_after_the_usual_attempts(sending, store):
    store.stumbles = 1000
    poison, (other,) = sending.write_with(b"x"), sending.write(1)
    one = sending.add()
    assert rounds(sending, one, 8) == ["unanswered"] * 7 + ["caught-up"]
    assert sending.got() == [other]
    assert [(row.statement_id, row.again) for row in sending.parked()] == [(poison, False)]
    assert "500, to statements with attachments" in sending.parked()[0].reason
    ask_again(sending, one)
    assert rounds(sending, one, 1) == ["unanswered"]
    store.stumbles = 0
    assert rounds(sending, one, 1) == ["caught-up"]
    assert (sending.got(), sending.read(one).failures) == ([other, poison], 0)


def test_a_receiver_that_answers_nothing_but_500_is_away_whatever_it_is_sent(sending, store):
    poison = sending.write_with(b"x")
    one = sending.add()
    store.away, store.status = True, 500
    assert rounds(sending, one, 12) == ["unanswered"] * 12
    assert sending.parked() == []
    store.away = False
    assert rounds(sending, one, 1) == ["caught-up"]
    assert sending.got() == [poison]


def rounds(sending, one, count):
    """The reasons with which it goes on, each round at the time that the last one named."""
    reasons = []
    for _ in range(count):
        answer = sending.run(one)
        sending.now = answer.at
        reasons.append(answer.reason)
    return reasons


def test_a_signature_goes_with_its_statement_and_bears_it_out_there(sending, store):
    plain = statement()
    signature = jws(json.dumps(plain).encode())
    sending.write(**with_signature(plain, signature), contents=[signature])
    sending.run(sending.add())
    (sent,), came = store.posts[0], store.enclosed[0]
    Signatures(came, Version.V1, lambda *_: False).verify(sent)
    assert sha256(signature).hexdigest() in came


def test_a_statement_without_names_is_no_longer_signed(sending, store):
    """A signature holds the statement as it was, names and all."""
    plain = statement(attachments=[attachment(b"x")])
    signature = jws(json.dumps(plain).encode())
    sending.write(**with_signature(plain, signature), contents=[b"x", signature])
    sending.run(sending.add(Choice(without_names=True)))
    (sent,), came = store.posts[0], store.enclosed[0]
    assert sent["attachments"] == plain["attachments"]
    assert list(came.values()) == [b"x"]


def test_each_pseudonymous_receiver_gets_a_name_of_its_own_for_each_person(sending, store):
    sending.write(2)
    sending.write(1, actor={"name": "Trần Văn Nam", "mbox": "mailto:nam@example.vn"})
    names = []
    for name in ("warehouse", "ministry"):
        sending.run(sending.add(Choice(pseudonymous=True), name=name))
        names.append([one["actor"]["account"]["name"] for one in store.posts[-1]])
        store.held.clear()
    for lan, lan_again, nam in names:
        assert lan == lan_again != nam
    assert set(names[0]).isdisjoint(names[1])
    assert not any(name in json.dumps(store.posts) for name in ("Lan", "Nam", "nam@"))


def test_a_receiver_away_for_hours_gets_everything_once_when_it_is_back(sending, store):
    one = sending.add()
    store.away = True
    waits = []
    for _ in range(12):
        sending.write(1)
        answer = sending.run(one)
        waits.append(answer.at - sending.now)
        sending.now = answer.at
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=10)
    assert "503" in sending.read(one).reason
    store.away = False
    sending.run(one)
    assert len(sending.got()) == len(set(sending.got())) == 12
    assert sending.read(one).reason is None


def test_a_receiver_that_names_a_time_is_left_alone_until_then(sending, store):
    sending.write(1)
    store.away, store.headers = True, {"Retry-After": "1800"}
    assert sending.run(sending.add()).at == sending.now + timedelta(minutes=30)


def test_what_nobody_takes_is_parked_alone_with_the_reason_and_sent_again_when_asked(sending, store):
    ids = sending.write(30)
    poison = {ids[3], ids[17]}
    store.refuses = lambda one: (400, f"no {one['verb']['id']}") if one["id"] in poison else None
    one = sending.add()
    sending.run(one)
    assert set(sending.got()) == set(ids) - poison
    parked = sending.parked()
    assert {row.statement_id for row in parked} == poison
    assert all("400" in row.reason for row in parked)
    again(sending, one)
    assert [row.tries for row in sending.parked()] == [2, 2]
    store.refuses = lambda _: None
    again(sending, one)
    assert sending.parked() == []
    assert sorted(sending.got()) == sorted(ids)
    assert sending.read(one).delivered == 30


def test_what_is_no_longer_kept_is_not_said_to_be_delivered(sending, store):
    store.refuses = lambda _: (400, "no")
    ids = sending.write(2)
    one = sending.add()
    sending.run(one)
    with sending.database.transaction() as connection:
        removing.remove(connection, list(holding.of_ids(connection, ids[:1]).values()))
    store.refuses = lambda _: None
    again(sending, one)
    assert (sending.parked(), sending.got()) == ([], ids[1:])
    assert sending.read(one).delivered == 1


def test_killed_between_sending_and_noting_it_sends_again_and_the_receiver_has_it_once(sending, store):
    """The receiver answers 409 to what it has: reading back tells that it is the same."""
    ids = sending.write(5)
    one = sending.add()
    held = sending.read(one)
    sending.run(one)
    with sending.database.transaction() as connection:
        connection.execute(forwarding.forward.update().values(position=held.position))
    sending.run(one)
    assert sending.got() == ids
    assert sending.parked() == []


def test_a_409_over_another_statement_under_the_same_id_is_parked(sending, store):
    (one_id,) = sending.write(1)
    store.put(
        {**statement(), "id": one_id, "stored": "2025-12-09T13:30:00Z", "verb": {"id": "http://x.vn/other"}}
    )
    sending.run(sending.add())
    assert ["409" in row.reason for row in sending.parked()] == [True]


def test_paused_nothing_goes_and_resumed_it_goes_on(sending):
    one = sending.add()
    with sending.database.transaction() as connection:
        forwarding.pause(connection, one, paused=True)
    ids = sending.write(3)
    assert sending.run(one) == Done()
    with sending.database.transaction() as connection:
        forwarding.pause(connection, one, paused=False)
    sending.run(one)
    assert sending.got() == ids


def test_removed_it_is_done(sending):
    one = sending.add()
    with sending.database.transaction() as connection:
        forwarding.remove(connection, one)
    assert sending.run(one) == Done()


def test_of_two_senders_one_gives_way(sending):
    sending.write(1)
    one = sending.add()
    held = sending.read(one)
    sending.run(one)
    with pytest.raises(forwarding.Overtaken), sending.database.transaction() as connection:
        forwarding.moved(connection, held, 1, [], [], sending.now)


def test_a_secret_sealed_under_another_key_says_so_and_waits(sending):
    sending.write(1)
    one = sending.add()
    other = forward.Send(
        sending.database, Outbound(loopback=True).session, Seal(b"another"), lambda: sending.now
    )
    assert sending.run(one, other).reason == "unanswered"
    assert "DONGHANH_SECRET_KEY" in sending.read(one).reason


def test_the_database_holds_no_secret_in_the_clear(sending):
    one = sending.add(secret="plain to see")
    assert "plain to see" not in sending.read(one).secret
    assert SEAL.open(sending.read(one).secret) == "plain to see"


def test_our_own_statements_go_to_the_external_store_of_the_settings(sending, store):
    mine = sending.write(2)
    sending.write(1, authority={"mbox": "mailto:other@example.vn"})
    handler = sending.make(own=LrsAccess(store.url, KEY, SECRET), own_authorities=[PRACTICE])
    for _ in range(2):
        with sending.database.transaction() as connection:
            handler.begin(connection, sending.now)
    with sending.database.reading() as connection:
        (one,) = forwarding.list_(connection)
    sending.run(one.id, handler)
    assert sending.got() == mine


def test_another_external_store_is_sent_everything_from_the_first_statement_on(sending, store):
    mine = sending.write(2)
    old = LrsAccess("https://old.example.vn/xapi", KEY, SECRET)
    with sending.database.transaction() as connection:
        sending.make(own=old, own_authorities=[PRACTICE]).begin(connection, sending.now)
        (one,) = forwarding.list_(connection)
        forwarding.moved(connection, one, 2, [], [], sending.now)  # the old one has them
    handler = sending.make(own=LrsAccess(store.url, KEY, SECRET), own_authorities=[PRACTICE])
    with sending.database.transaction() as connection:
        handler.begin(connection, sending.now)
        (one,) = forwarding.list_(connection)
    sending.run(one.id, handler)
    assert sending.got() == mine


def again(sending, forward_id):
    ask_again(sending, forward_id)
    sending.run(forward_id)


def ask_again(sending, forward_id):
    with sending.database.transaction() as connection:
        assert forwarding.ask_again(connection, forward_id)


def sending_authority(connection, statement_id):
    row = forwarding.statement.c
    return connection.execute(forwarding.select(row.authority).where(row.id == statement_id)).scalar_one()
