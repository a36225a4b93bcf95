"""Somebody else's store behind the same Protocol, over real HTTP."""

import json
from collections.abc import Iterator

import pytest

from tests.xapi.outside import Store, storing
from xapi.errors import Refused
from xapi.external import LrsUnanswered
from xapi.lrs import Lrs, Sender
from xapi.query import parse

SENDER = Sender("a" * 32, {"account": {"homePage": "urn:x", "name": "a"}})


@pytest.fixture
def store() -> Iterator[Store]:
    with storing() as found:
        yield found


def test_what_is_saved_is_found_again_and_our_authority_stays_at_home(store, statement):
    lrs: Lrs = store.external()
    one = statement(authority={"mbox": "mailto:us@example.vn"})
    assert lrs.save([one], SENDER).ids == (one["id"],)
    assert "authority" not in store.posts[0][0]
    found = lrs.get(one["id"])
    assert found is not None
    assert '"stored"' in found.payload
    assert lrs.get("00000000-0000-4000-8000-000000000000") is None


def test_a_refusal_is_a_refusal_with_the_stores_own_words(store, statement):
    store.refuses = lambda _: (400, "this verb is not liked here")
    with pytest.raises(Refused, match="not liked here") as caught:
        store.external().save([statement()], SENDER)
    assert caught.value.status == 400


def test_every_digit_of_a_statement_stays_as_the_store_gave_it(store):
    store.put(b'{"id":"x","n":1.50000000000000000001,"authority":{"mbox":"mailto:a@b.vn"}}')
    page = store.external().query(parse([]))
    assert "1.50000000000000000001" in page.payloads[0]


def test_a_store_that_falls_over_a_query_is_named_with_what_it_was_asked_by(store):
    """Ralph does on ClickHouse's engine, over `since`."""
    store.away, store.status = True, 500
    with pytest.raises(LrsUnanswered, match=r"answered 500, to a query by ascending, since$") as caught:
        store.external().remote.page({"since": "2025-12-09T13:30:00Z", "ascending": "true"})
    assert caught.value.status == 500


def test_pages_follow_each_other(store, statement):
    store.page = 2
    store.put(*(statement(stored="2025-12-09T13:30:00Z") for _ in range(5)))
    assert len(list(store.external().remote.statements({}))) == 5
    first = store.external().query(parse([("limit", "2")]))
    assert first.more


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503, 302])
def test_a_store_that_is_away_or_locked_is_no_refusal(store, statement, status):
    store.away, store.status = True, status
    store.headers = {"Retry-After": "7"}
    with pytest.raises(LrsUnanswered, match=str(status)) as caught:
        store.external().save([statement()], SENDER)
    assert caught.value.wait == 7


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_what_a_store_will_not_be_asked_for_is_not_there(store, status):
    store.away, store.status = True, status
    assert store.external().remote.one("00000000-0000-4000-8000-000000000000", voided=True) is None


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503, 302])
def test_a_store_that_is_away_or_locked_does_not_say_that_a_statement_is_not_there(store, status):
    store.away, store.status = True, status
    with pytest.raises(LrsUnanswered, match=str(status)):
        store.external().remote.one("00000000-0000-4000-8000-000000000000", voided=True)


def test_nothing_is_told_of_the_secret_when_nobody_listens(store, statement):
    lrs = store.external()
    lrs.remote.endpoint = "http://127.0.0.1:1/xapi"
    with pytest.raises(LrsUnanswered, match="cannot be reached") as caught:
        lrs.save([statement()], SENDER)
    assert "bí mật" not in str(caught.value)


def test_our_key_does_not_follow_a_page_to_another_host(store):
    remote = store.external().remote
    with pytest.raises(LrsUnanswered, match="another host"):
        remote.page({}, "https://elsewhere.example/xapi/statements?more=1")


def test_an_answer_without_ids_to_a_repetition_is_no_failure(store, statement):
    """Ralph 5.1 answers 204 when it has every statement already."""
    store.answer = lambda *_: (204, b"")
    one = statement()
    assert store.external().save([one], SENDER).ids == (one["id"],)


def test_a_page_where_one_statement_was_asked_for_is_understood(store, statement):
    """Ralph 5.1 answers every GET with a page, an empty one for a statement it does not have."""
    one = statement(stored="2025-12-09T13:30:00Z")
    store.answer = lambda *_: (200, json.dumps({"statements": [one]}).encode())
    remote = store.external().remote
    assert json.loads(remote.one(one["id"])) == one
    assert remote.one("00000000-0000-4000-8000-000000000000") is None
