import random

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.pages.collation import name_key

IN_ORDER = [
    "Lê An",
    "Trần An",
    "Lê Ân",
    "Lê Bình",
    "Lê Dũng",
    "Lê Đức",
    "Lê Hoa",
    "Lê Hòa",
    "Lê Oanh",
    "Lê Ông",
    "Lê Ước",
]


def test_names_are_sorted_by_given_name_and_vietnamese_letters():
    shuffled = IN_ORDER[:]
    random.Random(1).shuffle(shuffled)
    assert sorted(shuffled, key=name_key) == IN_ORDER


@given(st.text(max_size=30))
def test_any_text_has_a_place(text):
    assert name_key(text) == name_key(text.casefold())
