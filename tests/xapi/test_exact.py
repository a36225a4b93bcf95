import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi import exact


@pytest.mark.parametrize(
    "text",
    [
        "0.12345678901234567890",
        "123456789012345678901234567890",
        "1.5e-300",
        "-1E+2",
        "[1e5,2]",
        '{"a":0.1234567890123456789}',
    ],
)
def test_no_digit_of_a_number_is_lost(text: str):
    assert exact.dumps(exact.loads(text.encode())).decode() == text


@pytest.mark.parametrize("blank", ["", " ", "\t", "\r", "\n", " \r\n\t"])
@pytest.mark.parametrize("number", ["-1e5", "1E-5", "1234567890.123456", "-0.1234567890123456"])
def test_no_digit_is_lost_after_any_blank(blank: str, number: str):
    assert exact.dumps(exact.loads(f"[{blank}{number}]".encode())).decode() == f"[{number}]"


@pytest.mark.parametrize("text", ["", "{", "nul", "NaN", "1e999", '"\\ud800"', "\xff", "[" * 255 + "]" * 255])
def test_what_cannot_be_kept_is_no_json(text: str):
    with pytest.raises(ValueError, match=r".+"):
        exact.loads(text.encode("latin-1"))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_json_comes_out_as_it_went_in(value: object):
    raw = json.dumps(value).encode()
    try:
        found = exact.loads(raw)
    except ValueError:
        return  # a lone surrogate
    assert json.loads(exact.dumps(found)) == value


def test_the_order_of_keys_changes_nothing_in_the_canonical_form():
    assert exact.canonical({"b": 1, "a": {"d": 1, "c": 2}}) == exact.canonical(
        {"a": {"c": 2, "d": 1}, "b": 1}
    )


_NUMBERS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,18}[1-9])?([eE][+-]?[1-9][0-9]?)?", fullmatch=True
).filter(lambda text: text != "-0")
_SPACES = st.text(" \t\r\n", max_size=2)


@given(st.lists(st.tuples(_SPACES, _NUMBERS, _SPACES)), st.text("{[:,0123e-+ \\", max_size=30))
def test_no_digit_is_lost_whatever_stands_around_a_number(numbers: list[tuple[str, str, str]], beside: str):
    items = [json.dumps(beside), *("".join(one) for one in numbers)]
    kept = exact.dumps(exact.loads(f"[{','.join(items)}]".encode())).decode()
    assert kept == f"[{','.join([items[0], *(number for _, number, _ in numbers)])}]"


@pytest.mark.parametrize("delicate", ["0.6666666666666666", "1e2", "1" + "0" * 30])
def test_what_a_number_is_does_not_depend_on_its_neighbours(delicate: str):
    """Else a statement sent again in another batch would be another statement: refused, or of a platform stored twice."""
    alone = exact.loads(b"[1.0, -2.50, 3]")
    beside = exact.loads(f"[1.0, -2.50, 3, {delicate}]".encode())[:3]
    assert [(type(one), exact.dumps(one)) for one in beside] == [
        (type(one), exact.dumps(one)) for one in alone
    ]
