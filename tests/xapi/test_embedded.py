import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from lti_tool.base.database import Database
from tests.only import on_postgresql
from tests.xapi.support import MOODLE, Clock, Desk, Heard
from xapi import consistency, find, identity, intake, removing, sql
from xapi.embedded import EmbeddedLrs, agent, evidence
from xapi.errors import Refused
from xapi.holding import of_ids
from xapi.intake import IntakePolicy
from xapi.lrs import Sender
from xapi.query import Query

Json = dict[str, Any]
Make = Callable[..., Json]
POLICY = IntakePolicy(MOODLE, MOODLE)
HOST = Sender(
    "b" * 32, {"objectType": "Agent", "account": {"homePage": "urn:donghanh:credential", "name": "b"}}, MOODLE
)


def test_the_callback_runs_in_the_same_transaction_and_names_ids_and_actors(
    lrs: EmbeddedLrs, heard: Heard, sender: Sender, statement: Make
):
    saved = lrs.save([statement(), statement(actor={"mbox": "mailto:b@b.vn"})], sender)
    assert heard.batches == [saved]
    assert saved.actor_keys == {identity.account_key(MOODLE, "2041"), identity.mbox_key("b@b.vn")}
    assert saved.last_seq == 2


def test_a_failing_callback_takes_the_statements_with_it(
    lrs: EmbeddedLrs, heard: Heard, sender: Sender, statement: Make
):
    heard.fail_with = RuntimeError("full")
    sent = statement()
    with pytest.raises(RuntimeError):
        lrs.save([sent], sender)
    assert lrs.get(sent["id"]) is None


def test_a_refused_batch_leaves_nothing(lrs: EmbeddedLrs, sender: Sender, statement: Make):
    first = statement()
    lrs.save([first], sender)
    with pytest.raises(Refused):
        lrs.save([statement(), {**first, "verb": {"id": "urn:other"}}], sender)
    assert len(lrs.query(Query()).payloads) == 1


def test_our_own_statements_join_an_open_transaction(
    lrs: EmbeddedLrs, database: Database, sender: Sender, statement: Make
):
    sent = statement()
    with pytest.raises(RuntimeError, match="afterwards"), database.transaction() as connection:
        lrs.save_in(connection, [sent], sender)
        raise RuntimeError("afterwards")
    assert lrs.get(sent["id"]) is None


def test_an_agent_is_known_by_its_key(lrs: EmbeddedLrs, database: Database, sender: Sender, statement: Make):
    lrs.save([statement(actor={"mbox": "mailto:An@b.vn", "name": "An"})], sender)
    with database.reading() as connection:
        assert agent(connection, identity.mbox_key("an@b.vn")) == {"mbox": "mailto:an@b.vn"}
        assert agent(connection, "0" * 32) is None


def test_an_agent_that_went_with_all_that_was_said_of_it_comes_back_with_the_next(
    lrs: EmbeddedLrs, database: Database, sender: Sender, statement: Make
):
    """By retention, which may be another process's: no memory of who is there may outlive it."""
    who = {"mbox": "mailto:an@b.vn"}
    said = [lrs.save([statement(actor=who)], sender).ids[0] for _ in range(3)]
    lrs.save([statement()], sender)
    with database.transaction() as connection:
        removing.remove(connection, list(of_ids(connection, said).values()))
        assert agent(connection, identity.mbox_key("an@b.vn")) is None
    lrs.save([statement(actor=who)], sender)
    with database.reading() as connection:
        assert agent(connection, identity.mbox_key("an@b.vn")) == who


def test_a_deadlock_is_tried_again_because_a_host_does_not_come_back(
    database: Database, xapi_clock: Clock, statement: Make
):
    class DeadlockError(Exception):
        sqlstate = "40P01"

    left = [1, 1]

    def quarrels(_connection: Any, _saved: Any) -> None:
        if left:
            left.pop()
            raise OperationalError("UPDATE", {}, DeadlockError())

    lrs = EmbeddedLrs(database.transaction, database.reading, xapi_clock, quarrels)
    assert lrs.receive(intake.Reading(good=((0, statement()),)), HOST, POLICY).ids
    left.extend([1] * 9)
    with pytest.raises(OperationalError):
        lrs.receive(intake.Reading(good=((0, statement()),)), HOST, POLICY)


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """`work` of 0 … count-1 in threads that begin together."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_two_processes_that_get_the_same_batch_at_once_store_it_once(
    database_url: str, database: Database, xapi_clock: Clock, statement: Make
):
    shared = str(uuid4())
    batch = [statement(id=None, object={"id": f"urn:{n}"}) for n in range(20)]
    batch += [batch[0], batch[0], statement(id=shared), statement(id=shared, object={"id": "urn:other"})]
    # A Database each: separate connection pools and locks, as two processes have them.
    stores = [Database(database_url) for _ in range(4)]
    lists = [EmbeddedLrs(one.transaction, one.reading, xapi_clock, lambda *_: None) for one in stores]
    for _ in range(3):
        answers = at_once(
            4,
            lambda n: lists[n].receive(intake.Reading(good=tuple(enumerate(batch))), HOST, POLICY).ids,
        )
        assert len(set(answers)) == 1
    with database.reading() as connection:
        assert len(evidence(connection, [(MOODLE, identity.account_key(MOODLE, "2041"))])) == 24
    for one in stores:
        one.close()


def test_writers_with_the_same_statements_in_different_order_do_not_block_each_other_for_ever(
    database_url: str, database: Database, xapi_clock: Clock, sender: Sender, statement: Make
):
    batch = [statement(actor={"mbox": f"mailto:p{n}@b.vn"}) for n in range(30)]
    stores = [Database(database_url) for _ in range(4)]
    lists = [EmbeddedLrs(one.transaction, one.reading, xapi_clock, lambda *_: None) for one in stores]
    for _ in range(3):
        at_once(4, lambda n: lists[n].save(batch[n:] + batch[:n] if n % 2 else batch[::-1], sender))
    with database.reading() as connection:
        assert len(find.page(connection, Query()).payloads) == 30
    for one in stores:
        one.close()


def test_a_statement_and_its_voiding_that_come_at_once_meet(
    database_url: str, database: Database, xapi_clock: Clock, statement: Make
):
    stores = [Database(database_url) for _ in range(2)]
    lists = [EmbeddedLrs(one.transaction, one.reading, xapi_clock, lambda *_: None) for one in stores]
    for _ in range(10):
        sent = statement()
        voiding = statement(
            verb={"id": "http://adlnet.gov/expapi/verbs/voided"},
            object={"objectType": "StatementRef", "id": sent["id"]},
        )
        pair = [sent, voiding]
        at_once(2, lambda n, pair=pair: lists[n].receive(intake.Reading(good=((0, pair[n]),)), HOST, POLICY))
        assert lists[0].get(sent["id"]) is None
        assert lists[0].get(sent["id"], voided=True) is not None
    for one in stores:
        one.close()


def test_consistent_through_does_not_pass_a_statement_that_is_still_being_written(
    database: Database, lrs: EmbeddedLrs, xapi_clock: Clock, statement: Make, sender: Sender
):
    """Whoever follows by `since` would never see it: it shows after they asked, with a moment before."""
    lrs.save([statement()], sender)
    with database.transaction() as connection:
        xapi_clock.pass_by(milliseconds=1001)
        begun = xapi_clock()
        lrs.save_in(connection, [statement()], sender)
        xapi_clock.pass_by(seconds=1)
        assert lrs.consistent_through() < begun
    assert lrs.consistent_through() == xapi_clock()


@on_postgresql
def test_who_asks_for_open_writers_inside_a_transaction_keeps_no_writer_waiting(database: Database):
    """Outside of one, a lock that no writer leaves free is taken for the moment of the question."""
    question = f"SELECT pg_try_advisory_xact_lock_shared({sql.VOIDING}, 0)"
    with database.transaction() as asker, database.reading() as writer:
        assert sql.oldest_writer(asker) == (None, 0)
        assert sql.rows(writer, question) == [(True,)]
    with database.reading() as asker, database.reading() as writer:
        assert sql.oldest_writer(asker) == (None, 0)
        assert sql.rows(writer, question) == [(True,)]


def test_consistent_through_waits_for_the_oldest_open_writer_of_this_store_only(
    database: Database, xapi_clock: Clock
):
    now = xapi_clock()
    with database.reading() as reader:
        assert consistency.consistent_through(reader, now) == now
    if database.is_sqlite:
        return
    with database.engine.begin() as stranger, database.transaction() as writer:
        stranger.exec_driver_sql("SELECT pg_advisory_xact_lock_shared(7, 7)")
        sql.numbers(writer, 1, second=int(now.timestamp()) - 60, alone=False)
        with database.reading() as reader:
            assert (now - consistency.consistent_through(reader, now)).total_seconds() == 60


class Model:
    """A learning record store that is a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def save(self, batch: list[tuple[str, str]]) -> int:
        if len({key for key, _ in batch}) < len(batch):
            return 400
        if any(self.kept.get(key, content) != content for key, content in batch):
            return 409
        self.kept.update(batch)
        return 200


names = st.sampled_from(["a", "b", "c", "d"])
histories = st.lists(st.lists(st.tuples(names, st.sampled_from(["x", "y"])), max_size=4), max_size=8)


@given(histories)
def test_any_history_of_batches_answers_as_a_dictionary_would(
    desk: Desk, history: list[list[tuple[str, str]]]
):
    run, model = uuid4().hex[:27], Model()
    person = {"mbox": f"mailto:{run}@b.vn"}

    def real(key: str) -> str:
        return f"{run[:8]}-{run[8:12]}-4{run[13:16]}-8{run[17:20]}-{run[20:27]}0000{key}"

    for batch in history:
        sent = [
            {"id": real(key), "actor": person, "verb": {"id": "urn:v"}, "object": {"id": f"urn:{content}"}}
            for key, content in batch
        ]
        assert desk.post("writer", sent).status_code == model.save(batch)
    found = desk.all_(agent=json.dumps(person), ascending="true")
    assert [(one["id"], one["object"]["id"]) for one in found] == [
        (real(key), f"urn:{content}") for key, content in model.kept.items()
    ]
