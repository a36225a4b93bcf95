"""The cursor over another store never passes a statement, whatever that store does with its order and its pages."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from xapi.cursor import BY_EVENT, BY_STORED, Cursor, after, again, begin, read, rewound

SECOND = 1_000_000
START = 1_765_000_000 * SECOND


@dataclass
class Store:
    """Statements: (stored, visible from, time of event). Pages are searched anew each time, as by a `more` that is an offset."""

    held: list[tuple[int, int, int]]
    page: int
    by_stored: bool
    seen: set[tuple[int, int, int]] = field(default_factory=set)

    def ask(self, since, skip, now):
        column = 0 if self.by_stored else 2
        shown = sorted(one for one in self.held if one[1] <= now and (since is None or one[column] > since))
        shown.sort(key=lambda one: one[column])
        return shown[skip : skip + self.page], len(shown) > skip + self.page


def follow(store, cursor, now, faults):
    """One round, with a crash (nothing kept) or a stale `more` where `faults` says so."""
    skip, since = 0, None
    for _ in range(200):
        if not cursor.more:
            cursor, since = begin(cursor, now)
            skip = 0
        fault = next(faults, None)
        if fault == "crash":
            return read(cursor.plain()), now  # between two pages: what was taken in, and the cursor, stay
        if fault == "stale" and cursor.more:
            cursor = again(cursor)
            continue
        found, more = store.ask(since, skip, now)
        store.seen.update(found)
        skip += len(found)
        cursor = after(cursor, [one[0] for one in found], "more" if more else "", None)
        if not more:
            break
    return cursor, now


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 300), st.integers(0, 7200)), max_size=60),
    st.integers(1, 7),
    st.booleans(),
    st.lists(st.sampled_from([None, None, "stale"]), max_size=30),
)
def test_every_statement_is_seen_though_it_shows_late_and_pages_go_stale(made, page, by_stored, faults):
    """Stored within 50 minutes, visible up to five minutes later, of events up to two hours old; asked every seven minutes."""
    held = [(START + a * SECOND, START + (a + b) * SECOND, START + (a - c) * SECOND) for a, b, c in made]
    store = Store(held, page, by_stored)
    cursor, troubles = Cursor(by_stored=by_stored), iter(faults)
    for minute in range(0, 26 * 60, 7):
        cursor, _ = follow(store, cursor, START + minute * 60 * SECOND, troubles)
    assert store.seen == set(held)


def test_statements_of_one_instant_on_two_pages_are_all_seen_after_a_break():
    store = Store([(START, START, START + n) for n in range(5)], 2, by_stored=True)
    cursor, since = begin(Cursor(by_stored=True), START + SECOND)
    first, _ = store.ask(since, 0, START + SECOND)
    cursor = again(after(cursor, [one[0] for one in first], "more", None))
    _, since = begin(cursor, START + 2 * SECOND)
    assert store.ask(since, 0, START + 2 * SECOND)[0] == first


def test_a_store_that_sorts_the_other_way_moves_the_cursor_only_at_the_end():
    cursor, _ = begin(Cursor(position=5, by_stored=True), START)
    cursor = after(cursor, [START + 900 * SECOND, START + 890 * SECOND], "more", None)
    assert cursor.position == 5
    cursor = after(cursor, [START, START - SECOND], "", None)
    assert cursor.position == START + 900 * SECOND


def test_the_cursor_stays_behind_what_the_store_is_sure_of():
    cursor, _ = begin(Cursor(by_stored=True), START)
    cursor = after(cursor, [START, START + SECOND], "", START)
    assert cursor.position == START


def test_an_empty_round_moves_nothing_and_a_later_one_looks_back():
    cursor, since = begin(Cursor(by_stored=True), START)
    assert since is None
    cursor = after(cursor, [], "", START)
    assert cursor.position is None
    cursor = after(begin(cursor, START)[0], [START], "", None)
    assert begin(cursor, START + SECOND)[1] == START - BY_STORED[0].back
    assert begin(cursor, START + 700 * SECOND)[1] == START - BY_STORED[1].back


def test_a_store_that_goes_by_the_time_of_the_event_is_read_whole_once_a_day():
    cursor = after(begin(Cursor(), START)[0], [START], "", None)
    assert begin(cursor, START + SECOND)[1] == START - BY_EVENT[0].back
    assert begin(cursor, START + 25 * 3600 * SECOND)[1] is None


def test_a_rewound_cursor_reads_again_from_there():
    cursor = after(begin(Cursor(by_stored=True), START)[0], [START], "", None)
    back = rewound(cursor, START - 10_000 * SECOND)
    since = begin(back, START + SECOND)[1]
    assert since is not None
    assert since < START - 10_000 * SECOND
