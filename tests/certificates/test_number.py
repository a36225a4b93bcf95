import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from certificates import number

seeds = st.lists(st.integers(0, 31), min_size=15, max_size=15)


def made_from(digits: list[int]) -> str:
    left = iter(digits)
    return number.make(lambda _: next(left))


def test_a_number_carries_at_least_64_random_bits():
    drawn: list[int] = []
    number.make(lambda below: drawn.append(below) or 0)
    assert 32 ** len(drawn) >= 2**64
    assert set(drawn) == {32}


def test_two_numbers_differ():
    assert len({number.make() for _ in range(1000)}) == 1000


@given(seeds)
def test_a_number_is_grouped_unambiguous_and_valid(digits):
    made = made_from(digits)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", made)
    assert number.valid(made)


@given(seeds, st.integers(0, 15), st.sampled_from(number.ALPHABET))
def test_one_wrong_symbol_is_found(digits, place, wrong):
    plain = made_from(digits).replace("-", "")
    assume(plain[place] != wrong)
    assert number.parse(plain[:place] + wrong + plain[place + 1 :]) is None


@given(seeds, st.integers(0, 15), st.integers(0, 15))
def test_two_swapped_symbols_are_found(digits, one, other):
    symbols = list(made_from(digits).replace("-", ""))
    assume(symbols[one] != symbols[other])
    symbols[one], symbols[other] = symbols[other], symbols[one]
    assert number.parse("".join(symbols)) is None


@given(seeds)
def test_a_number_is_understood_however_it_is_typed(digits):
    made = made_from(digits)
    typed = made.lower().replace("-", " \u2013 ").replace("0", "o").replace("1", "l")
    assert number.parse(f"  {typed}\n") == made
    assert number.parse(made.replace("-", "").replace("1", "I")) == made


@pytest.mark.parametrize("typed", ["", "-", "AAAA", "ABCD-EFGH-JKMN-PQRSX", "ABCD-EFGH-JKMN-PQR!", "🙂" * 16])
def test_what_is_no_number_is_none(typed):
    assert number.parse(typed) is None


def test_full_width_digits_of_a_phone_keyboard_are_understood():
    made = made_from([7] * 15)
    assert number.parse("".join(chr(ord(symbol) + 0xFEE0) for symbol in made if symbol != "-")) == made
