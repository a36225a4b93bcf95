"""What waits for review."""

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.ledger import due
from xapi.lrs import Saved


def test_a_key_marked_often_waits_once(database):
    with database.transaction() as connection:
        due.mark(connection, ["b", "a", "b"])
        due.on_saved(connection, Saved(actor_keys=frozenset({"a"})))
        assert due.waiting(connection) == 2
        assert due.claim(connection, 10) == [due.Due("a", 2), due.Due("b", 1)]


def test_marking_nothing_marks_nothing(database):
    with database.transaction() as connection:
        due.mark(connection, [])
        assert due.is_empty(connection)
        due.reviewed(connection, [])


def test_more_keys_than_a_statement_takes_are_marked_all(database):
    with database.transaction() as connection:
        due.mark(connection, [f"k{n:04}" for n in range(1000)])
        assert due.waiting(connection) == 1000


@given(
    keys=st.sets(st.text("abc", min_size=1, max_size=3)),
    start=st.text("abc", max_size=2),
    limit=st.integers(1, 8),
)
def test_a_claim_starts_anywhere_and_leaves_nothing_out(database, keys, start, limit):
    with database.transaction() as connection:
        due.reviewed(connection, due.claim(connection, 1000))
        due.mark(connection, keys)
        first = [one.actor_key for one in due.claim(connection, limit, start)]
        assert len(first) == len(set(first)) == min(limit, len(keys))
        assert first == sorted(first, key=lambda key: (key < start, key))
