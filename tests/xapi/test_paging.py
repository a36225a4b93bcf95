"""A page of statements falls into its statements as they were sent."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.paging import Cut, cut

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(JSON), st.text(), st.booleans(), st.sampled_from([None, 2]))
def test_every_item_of_any_page_comes_out_as_it_went_in(items, more, more_first, indent):
    page = {"more": more, "statements": items} if more_first else {"statements": items, "more": more}
    found = cut(json.dumps(page, indent=indent).encode())
    assert [json.loads(one) for one in found.statements] == items
    assert found.more == more


def test_digits_spaces_and_what_is_no_json_are_kept():
    page = b'{"statements": [ {"a": 1.50} , NaN, {"b": "\xff"}, {"c": "\\ud800"}]}'
    assert cut(page) == Cut((b'{"a": 1.50}', b"NaN", b'{"b": "\xff"}', b'{"c": "\\ud800"}'))


def test_a_statement_nested_without_end_is_still_cut_from_its_neighbours():
    deep = b"[" * 50_000 + b"]" * 50_000
    assert cut(b'{"statements": [{}, %s, 1], "more": ""}' % deep).statements == (b"{}", deep, b"1")


@pytest.mark.parametrize(
    "page",
    [b"", b"null", b"[]", b'{"statements": [{', b"{}", b'{"statements": 1}', b"<html>", b'{"more":""}'],
)
def test_what_is_no_whole_page_is_refused(page):
    with pytest.raises(ValueError, match="wanted"):
        cut(page)
