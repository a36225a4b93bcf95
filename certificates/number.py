"""The certificate's number: 75 random bits and a check symbol, easy to read aloud and to type.

Shape: sixteen symbols in four groups, ``7K3M-…-…-…``. The alphabet leaves out I, L, O and U, so that no symbol looks like
another. The last symbol makes the sum of symbol × 2**position vanish in GF(32); it finds every single wrong symbol and every
swap of two symbols.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_SYMBOLS = 15
GROUP = 4

_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = re.compile(r"[\s\-_.\u2010-\u2015\u2212]+")
_FIELD_POLYNOMIAL = 0b100101
"""x^5 + x^2 + 1: primitive, so the powers of 2 give thirty-one different weights."""


def make(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """Return a new number; *randbelow* must be a cryptographic source (75 bits are drawn from it)."""
    digits = [randbelow(len(ALPHABET)) for _ in range(RANDOM_SYMBOLS)]
    return _grouped([_check(digits), *digits])


def parse(typed: str) -> str | None:
    """Return the number as printed, whatever case, spaces, dashes or look-alike letters it was typed with; else None."""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed)).upper().translate(_LOOKALIKES)
    if len(plain) != RANDOM_SYMBOLS + 1 or any(symbol not in ALPHABET for symbol in plain):
        return None
    digits = [ALPHABET.index(symbol) for symbol in reversed(plain)]
    return _grouped(digits) if digits[0] == _check(digits[1:]) else None


def valid(text: str) -> bool:
    """Whether *text* is a number exactly as printed."""
    return parse(text) == text


def _check(digits: Sequence[int]) -> int:
    total = 0
    for digit in reversed(digits):
        total = _double(total ^ digit)
    return total


def _double(value: int) -> int:
    value <<= 1
    return value ^ _FIELD_POLYNOMIAL if value & 0b100000 else value


def _grouped(digits: Sequence[int]) -> str:
    """Write *digits*, whose first is the check digit, with the check digit last."""
    text = "".join(ALPHABET[digit] for digit in reversed(digits))
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))
