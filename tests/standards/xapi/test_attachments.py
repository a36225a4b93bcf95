"""Attachments and signatures over HTTP: xAPI 1.0.3 part 3, 1.5 and part 2, 2.4.11, 2.6; xAPI 2.0, 4.1.3 and 4.2.6."""

import json
from hashlib import sha256
from itertools import product
from typing import Any

from werkzeug.test import TestResponse

from tests.standards.xapi.client import Client, statement
from tests.xapi import signing
from tests.xapi.signing import BOUNDARY, attachment, body, enclosed, mixed, part
from xapi import multipart

KIND = f"multipart/mixed; boundary={BOUNDARY}"


def send(client: Client, raw: bytes, kind: str = KIND) -> int:
    return client.send("POST", data=raw, content_type=kind).status_code


def contents(answer: TestResponse) -> dict[str, bytes]:
    _, *others = multipart.parts(answer.data, answer.mimetype_params["boundary"])
    return {one.headers["x-experience-api-hash"]: one.content for one in others}


def test_1_5_1_json_with_addresses(client: Client):
    """XAPI-00127, 00129: application/json wants a fileUrl of every attachment."""
    there = attachment(b"x", fileUrl="https://example.vn/x")
    assert client.post(statement(attachments=[there])).status_code == 200
    assert client.post(statement(attachments=[there, attachment(b"y")])).status_code == 400
    raw = mixed(statement(attachments=[attachment(b"x")]), b"x")
    for kind in ("multipart/form-data", "multipart/related", "text/plain"):
        assert send(client, raw, f"{kind}; boundary={BOUNDARY}") == 400


def test_1_5_2_contents_come_in_parts(client: Client):
    """XAPI-00128, 00130 to 00135: boundary, first part JSON with all statements, hash that fits, binary; no part too many or too few."""
    sent = statement(attachments=[attachment(b"x")])
    text = part(json.dumps(sent).encode())
    assert send(client, body(text, enclosed(b"x"))) == 200
    assert send(client, mixed(statement())) == 200
    other = "0" * 64
    for wrong in (
        body(text),
        body(text, enclosed(b"x"), enclosed(b"y")),
        body(text, text, enclosed(b"x")),
        body(part(json.dumps(sent).encode(), Content_Type="text/plain"), enclosed(b"x")),
        body(text, enclosed(b"x", X_Experience_API_Hash="")),
        body(text, enclosed(b"x", X_Experience_API_Hash=other)),
        body(text, enclosed(b"x", Content_Transfer_Encoding="base64")),
        text,
        body(text, enclosed(b"x")).removeprefix(f"--{BOUNDARY}".encode()),
    ):
        assert send(client, wrong) == 400
    assert send(client, body(text, enclosed(b"x")), "multipart/mixed") == 400


def test_2_1_3_attachments_true_and_false(client: Client):
    """XAPI-00161, 00167: with true several parts and every content, with false JSON alone."""
    sent = statement(attachments=[attachment(b"x"), attachment(b"y", contentType="image/png")])
    assert send(client, mixed([sent, statement(attachments=[attachment(b"x")])], b"x", b"y")) == 200
    expected = {sha256(one).hexdigest(): one for one in (b"x", b"y")}
    for query in ({}, {"statementId": sent["id"]}):
        answer = client.get(attachments=True, **query)
        assert (answer.mimetype, contents(answer)) == ("multipart/mixed", expected)
        assert client.get(attachments=False, **query).mimetype == "application/json"
        assert client.get(**query).mimetype == "application/json"


def signed(sent: dict[str, Any], payload: bytes | None = None, **how: Any) -> bytes:
    changes = how.pop("about", {})
    signature = signing.jws(json.dumps(sent).encode() if payload is None else payload, **how)
    return mixed(signing.with_signature(sent, signature, **changes), signature)


def test_2_6_a_signed_statement_is_taken(client: Client):
    """XAPI-00117; with x5c the certificate's key has made the signature."""
    for algorithm, shown in product(("RS256", "RS384", "RS512"), (None, "an")):
        sent = statement()
        assert send(client, signed(sent, algorithm=algorithm, shown=shown)) == 200
        assert len(contents(client.get(statementId=sent["id"], attachments=True))) == 1


def test_2_6_a_malformed_signature_is_refused(client: Client):
    """XAPI-00115 to 00117: media type, JSON payload, the same statement, RS256/384/512, the certificate's key."""
    assert send(client, signed(statement(), about={"contentType": "text/plain"})) == 400
    assert send(client, signed(statement(), payload=b"{'id'")) == 400
    assert send(client, signed(statement(), payload=json.dumps(statement()).encode())) == 400
    assert send(client, signed(statement(), algorithm="HS256")) == 400
    assert send(client, signed(statement(), shown="another")) == 400
    sent = statement()
    signature = signing.jws(json.dumps(sent).encode())
    alone = signing.with_signature(sent, signature, fileUrl="https://example.vn/s")
    assert client.post(alone).status_code == 400
    assert client.ids() == []


def test_4_2_7_durations_are_compared_to_hundredths(client: Client):
    """2.0: "any precision beyond 0.01 second precision shall not be included in the comparison" (1.0.3, part 2, 4.6)."""
    sent = statement(result={"duration": "P1DT12H36M0.1237S"})
    short = {**sent, "result": {"duration": "P1DT12H36M0.12S"}}
    assert send(client, signed(sent, payload=json.dumps(short).encode())) == 200
    assert client.one(sent["id"])["result"]["duration"] == "P1DT12H36M0.1237S"
