import json
from contextlib import suppress
from hashlib import sha384

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xapi.signing import BOUNDARY, body, enclosed, mixed, part
from xapi import multipart
from xapi.shape import Wrong


def test_the_statements_come_first_and_every_content_under_its_sha2():
    text, contents = multipart.read(mixed([{"a": 1}], b"x", b""), BOUNDARY)
    assert json.loads(text) == [{"a": 1}]
    assert sorted(contents.values()) == [b"", b"x"]


def test_a_body_of_more_parts_than_any_request_has_statements_is_refused():
    """Nine bytes of body would else become half a kilobyte of memory, millions of times."""
    empty = f"--{BOUNDARY}\r\n\r\n\r\n".encode()
    with pytest.raises(Wrong, match="at most"):
        multipart.parts(empty * 20_000 + f"--{BOUNDARY}--".encode(), BOUNDARY)


def test_what_stands_before_the_first_boundary_and_after_the_last_is_no_part():
    found = multipart.parts(
        b"Xin ch\xc3\xa0o\r\n" + body(part(b"1")) + b"T\xe1\xba\xa1m bi\xe1\xbb\x87t", BOUNDARY
    )
    assert [one.content for one in found] == [b"1"]


def test_a_boundary_may_be_followed_by_blanks_and_is_no_beginning_of_a_longer_line():
    mark = f"--{BOUNDARY}".encode()
    inside = b"a\r\n" + mark + b"zzz\r\nb"
    found = multipart.parts(mark + b" \t\r\n" + part(inside) + b"\r\n" + mark + b"--", BOUNDARY)
    assert [one.content for one in found] == [inside]


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_any_bytes_come_back_as_they_went(contents: list[bytes]):
    written = b"".join(
        multipart.written(b"[]", ((str(n), "text/plain", c) for n, c in enumerate(contents)), BOUNDARY)
    )
    found = multipart.parts(written, BOUNDARY)
    assert [one.content for one in found] == [b"[]", *contents]
    assert [one.headers["content-length"] for one in found[1:]] == [str(len(c)) for c in contents]


def test_a_media_type_with_a_line_break_makes_no_header_of_its_own():
    written = b"".join(multipart.written(b"", iter([("f", "text/plain\r\nX-Evil: 1;", b"")]), BOUNDARY))
    assert b"Evil" not in written


WRONG = [
    (b"", "boundary"),
    (mixed([])[:-6], "boundary"),
    (b"--" + BOUNDARY.encode() + b"--", "first part"),
    (body(b"no headers"), "headers"),
    (body(part(b"[]", Content_Type="text/plain")), "application/json"),
    (body(part(b"[]", X="x" * 9000)), "headers"),
    (body(part(b"[]"), part(b"[]")), "SHA-2"),
    (body(part(b"[]"), enclosed(b"x", X_Experience_API_Hash="")), "SHA-2"),
    (body(part(b"[]"), enclosed(b"x", X_Experience_API_Hash="0" * 64)), "SHA-2"),
    (body(part(b"[]"), enclosed(b"x", X_Experience_API_Hash="0" * 65)), "SHA-2"),
    (body(part(b"[]"), enclosed(b"x", Content_Transfer_Encoding="base64")), "binary"),
]


@pytest.mark.parametrize(("raw", "wanted"), WRONG)
def test_a_body_that_is_none_says_what_was_wanted(raw: bytes, wanted: str):
    with pytest.raises(Wrong, match=wanted):
        multipart.read(raw, BOUNDARY)


@pytest.mark.parametrize("boundary", ["", "x" * 71, "é"])
def test_a_boundary_is_of_1_to_70_letters(boundary: str):
    with pytest.raises(Wrong, match="boundary"):
        multipart.read(mixed([]), boundary)


def test_every_sha2_is_known_by_its_length():
    raw = body(part(b"[]"), enclosed(b"x", X_Experience_API_Hash=sha384(b"x").hexdigest().upper()))
    assert multipart.read(raw, BOUNDARY)[1] == {sha384(b"x").hexdigest(): b"x"}


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw: bytes):
    with suppress(Wrong):
        multipart.read(raw.replace(b"|", b"--" + BOUNDARY.encode()), BOUNDARY)
