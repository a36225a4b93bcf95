"""Columns as PostgreSQL's arrays."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.only import on_postgresql
from xapi import arrays, sql

_CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_WORDS = st.text(_CHARACTERS, max_size=200)
_KEYS = st.text("0123456789abcdefế", min_size=4, max_size=4)
_TEXTS = st.one_of(
    st.lists(st.none() | _WORDS),
    st.lists(_KEYS),
    st.builds(lambda word, times: [word] * times, st.none() | _WORDS, st.integers(1, 9)),
)


@on_postgresql
@given(_TEXTS, st.lists(st.integers(-(2**63), 2**63 - 1)), st.lists(st.none() | st.booleans()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_into_an_array_comes_out_of_it(database, texts, numbers, truths):
    types = ("text", "bigint", "boolean", "text")
    query = "SELECT " + ", ".join(f"to_jsonb(${n}::{name}[])::text" for n, name in enumerate(types, 1))
    there = [text for text in texts if text is not None]
    with database.reading() as connection:
        encoded = arrays.encoded([text.encode() for text in there])
        values = (arrays.texts(texts), arrays.numbers(numbers), arrays.truths(truths), encoded)
        (came,) = sql.rows(connection, query, values)
    assert [json.loads(each) for each in came] == [texts, numbers, truths, there]
