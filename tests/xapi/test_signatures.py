import base64
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from lti_tool.base.x509 import signed_by
from tests.xapi.signing import attachment, certificate, jws, with_signature
from xapi import exact
from xapi.resource import requests
from xapi.resource.requests import Sent
from xapi.shape import Wrong
from xapi.signatures import Signatures
from xapi.versions import Version

Json = dict[str, Any]


def verify(sent: Json, *contents: bytes) -> None:
    Signatures({sha256(one).hexdigest(): one for one in contents}, Version.V1, signed_by).verify(sent)


def signed(statement: Json, **how: Any) -> tuple[Json, bytes]:
    signature = jws(json.dumps(statement).encode(), **how)
    return with_signature(statement, signature), signature


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
@pytest.mark.parametrize("shown", [None, "an"])
def test_each_algorithm_of_the_standard_with_or_without_its_certificate(
    statement: Callable[..., Json], algorithm: str, shown: str | None
):
    verify(*signed(statement(), algorithm=algorithm, shown=shown))


def test_a_signature_that_a_statement_names_many_times_is_verified_once(statement: Callable[..., Json]):
    """One large signature, named a hundred thousand times, would else keep the server busy for hours."""
    sent, signature = signed(statement(), shown="an")
    asked = []

    def count(*given: Any) -> bool:
        asked.append(given)
        return True

    many = {**sent, "attachments": sent["attachments"] * 5}
    Signatures({sha256(signature).hexdigest(): signature}, Version.V1, count).verify(many)
    assert len(asked) == 1


def test_a_signature_that_many_statements_of_a_request_name_is_looked_at_once(
    statement: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
):
    """Small statements that are the same but for their ids, and one payload with a definition of thirty megabytes."""
    large = {"id": "https://example.vn/a", "definition": {"description": {"vi": "dài " * 10_000}}}
    small = {name: value for name, value in statement().items() if name != "id"} | {
        "object": {"id": large["id"]}
    }
    signature = jws(json.dumps({**small, "object": large}).encode(), shown="an")
    contents, asked, read = {sha256(signature).hexdigest(): signature}, [], []
    loads = exact.loads
    monkeypatch.setattr(exact, "loads", lambda raw: read.append(len(raw)) or loads(raw))
    many = [with_signature(small, signature)] * 5
    requests.statements(Sent(many, contents), Version.V1, lambda *given: asked.append(given) or True)
    assert len(asked) == 1
    assert sum(read) < 2 * len(signature)


def test_another_algorithm_is_refused(statement: Callable[..., Json]):
    for algorithm in ("HS256", "none", "ES256", 7):
        with pytest.raises(Wrong, match="RS256"):
            verify(*signed(statement(), algorithm=algorithm))


def test_a_certificate_whose_key_did_not_sign_is_refused(statement: Callable[..., Json]):
    with pytest.raises(Wrong, match="certificate"):
        verify(*signed(statement(), shown="bình"))


@pytest.mark.parametrize("chain", [[], "x", [7], ["%%"], {"0": "x"}, [base64.b64encode(b"no DER").decode()]])
def test_an_x5c_that_is_no_chain_is_refused(statement: Callable[..., Json], chain: Any):
    with pytest.raises(Wrong, match="x5c"):
        verify(*signed(statement(), x5c=chain))


def test_a_signature_of_another_statement_is_refused(statement: Callable[..., Json]):
    sent, signature = signed(statement())
    for change in ({"verb": {"id": "urn:other"}}, {"id": "12345678-1234-4234-8234-1234567890ab"}):
        with pytest.raises(Wrong, match="another statement"):
            verify({**sent, **change}, signature)


def test_what_the_store_or_the_sender_may_spell_otherwise_is_the_same_statement(
    statement: Callable[..., Json],
):
    """The standard: durations are compared to 0.01 second, and the order of properties means nothing."""
    made = statement(result={"duration": "PT1.239S"})
    signature = jws(
        json.dumps({**made, "result": {"duration": "PT1.23S"}}, sort_keys=True, indent=1).encode()
    )
    verify({**with_signature(made, signature), "timestamp": "2025-12-04T16:15:00+07:00"}, signature)


def test_the_other_attachments_belong_to_what_is_signed(statement: Callable[..., Json]):
    made = statement(attachments=[attachment(b"x")])
    sent, signature = signed(made)
    verify(sent, b"x", signature)
    with pytest.raises(Wrong, match="another statement"):
        verify({**sent, "attachments": sent["attachments"][1:]}, b"x", signature)


@pytest.mark.parametrize(
    ("signature", "wanted"),
    [
        (b"a.b", "three pieces"),
        (b"\xff.\xff.\xff", "base64url"),
        (b"a.a.a", "base64url"),
        (b"e30=.e30.e30", "base64url"),
        (b"e30.e30.e30", "RS256"),
        (b"W10.e30.e30", "JSON object"),
        (jws(b"{'"), "JSON"),
        (jws(b"{}"), "before it was signed"),
        (jws(b"7"), "JSON object"),
    ],
)
def test_what_is_no_jws_of_a_statement_is_refused(
    statement: Callable[..., Json], signature: bytes, wanted: str
):
    with pytest.raises(Wrong, match=wanted) as caught:
        verify(with_signature(statement(), signature), signature)
    assert caught.value.path.startswith("attachments[0]")


def test_a_signature_has_its_media_type_and_its_content(statement: Callable[..., Json]):
    made = statement()
    signature = jws(json.dumps(made).encode())
    with pytest.raises(Wrong, match="octet-stream"):
        verify(with_signature(made, signature, contentType="text/plain"), signature)
    with pytest.raises(Wrong, match="comes with"):
        verify(with_signature(made, signature, fileUrl="https://example.vn/s"))


def test_a_certificate_of_another_kind_signs_nothing():
    assert not signed_by(certificate("an"), "sha256", b"x", b"y")
    assert not signed_by(b"", "sha256", b"x", b"y")
    of_no_version = certificate("an").replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)
    assert not signed_by(of_no_version, "sha256", b"x", b"y")
