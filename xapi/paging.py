"""A page of statements cut into its statements, each as it was sent, though some of them may be no JSON at all.

Whoever parses a page as a whole loses all of it for one bad number: another store may have let in what this one cannot read.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import orjson

# What structures JSON outside its strings. A string may hold anything but its own end.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]', re.DOTALL)
_OPEN, _CLOSE = frozenset(b"[{"), frozenset(b"]}")


@dataclass(frozen=True, slots=True)
class Cut:
    """`more`: the IRL of the next page, "" when there is none (part 2, 2.5)."""

    statements: tuple[bytes, ...]
    more: str = ""


def cut(page: bytes) -> Cut:
    """Cut a Statement Result Object. Raises ValueError for what is none, e.g. an answer that broke off."""
    members = dict(_members(page))
    listed = members.get(b'"statements"', b"").strip()
    if not (listed.startswith(b"[") and listed.endswith(b"]")):
        raise ValueError("an object with an array of statements is wanted")
    more = orjson.loads(members.get(b'"more"', b'""'))
    inner = listed[1:-1]
    items = [part.strip() for part in _split(inner)] if inner.strip() else []
    return Cut(tuple(items), more if isinstance(more, str) else "")


def _members(page: bytes) -> list[tuple[bytes, bytes]]:
    text = page.strip()
    if not (text.startswith(b"{") and text.endswith(b"}")):
        raise ValueError("a whole JSON object is wanted")
    found = []
    for part in _split(text[1:-1]):
        name, sign, value = part.partition(b":")
        if sign:
            found.append((name.strip(), value))
    return found


def _split(text: bytes) -> list[bytes]:
    """The parts between the commas that stand in no bracket. No recursion: a statement may be nested however deep."""
    depth, places = 0, [-1]
    for token in _TOKEN.finditer(text):
        sign = text[token.start()]
        if sign in _OPEN:
            depth += 1
        elif sign in _CLOSE:
            depth -= 1
            if depth < 0:
                break
        elif sign == ord(",") and depth == 0:
            places.append(token.start())
    if depth:
        raise ValueError("brackets that close are wanted")
    return [text[start + 1 : end] for start, end in pairwise([*places, len(text)])]
