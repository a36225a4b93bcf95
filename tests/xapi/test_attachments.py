"""Attachments over HTTP: in with their statement, once each, and out again."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from lti_tool.base.database import Database
from tests.xapi.signing import BOUNDARY, attachment, body, enclosed, jws, mixed, part, with_signature
from tests.xapi.support import Desk, Heard
from xapi import intake, multipart, quarantine, tables

Json = dict[str, Any]
Make = Callable[..., Json]
KIND = f"multipart/mixed; boundary={BOUNDARY}"


def send(desk: Desk, statements: Any, *contents: bytes, who: str = "writer", **query: str) -> TestResponse:
    method = "PUT" if query else "POST"
    data = mixed(statements, *contents)
    return desk.send(method, who, data=data, content_type=KIND, query_string=query)


def received(answer: TestResponse) -> tuple[Json, dict[str, multipart.Part]]:
    """The JSON of an answer of several parts, and its contents by hash."""
    assert answer.mimetype == "multipart/mixed"
    first, *others = multipart.parts(answer.data, answer.mimetype_params["boundary"])
    return json.loads(first.content), {one.headers["x-experience-api-hash"]: one for one in others}


def stored(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.attachment)).scalar_one())


def test_a_content_comes_back_with_its_statement_when_it_is_asked_for(desk: Desk, statement: Make):
    content = bytes(range(256)) + "Bài làm\r\n--".encode()
    sent = statement(attachments=[attachment(content, contentType="image/png")])
    assert send(desk, sent, content, statementId=sent["id"]).status_code == 204
    shown, contents = received(desk.get("admin", statementId=sent["id"], attachments="true"))
    assert shown["attachments"] == sent["attachments"]
    (found,) = contents.values()
    assert (found.content, found.headers["content-type"]) == (content, "image/png")
    assert found.headers["content-transfer-encoding"] == "binary"
    plain = desk.get("admin", statementId=sent["id"], attachments="false")
    assert (plain.mimetype, plain.json) == ("application/json", shown)


def test_a_page_carries_each_content_once_and_its_more_goes_on_with_them(
    desk: Desk, statement: Make, database: Database
):
    batch = [statement(attachments=[attachment(text)]) for text in (b"1", b"2", b"1")]
    assert send(desk, batch, b"1", b"2").status_code == 200
    page, contents = received(desk.get("admin", attachments="true", ascending="true", limit="2"))
    assert (len(page["statements"]), len(contents)) == (2, 2)
    page, contents = received(desk.send("GET", "admin", page["more"]))
    assert (len(page["statements"]), [one.content for one in contents.values()]) == (1, [b"1"])
    assert stored(database) == 2


def test_an_attachment_of_a_substatement_counts_too(desk: Desk, statement: Make):
    inner = {**statement(id=None), "objectType": "SubStatement", "attachments": [attachment(b"x")]}
    assert desk.post("writer", statement(object=inner)).json["field"] == "object.attachments[0].fileUrl"
    assert send(desk, statement(object=inner), b"x").status_code == 200
    _, contents = received(desk.get("admin", attachments="true"))
    assert [one.content for one in contents.values()] == [b"x"]


def test_only_the_address_needs_no_content_and_gives_none(desk: Desk, statement: Make):
    sent = statement(attachments=[attachment(b"x", fileUrl="https://example.vn/x")])
    assert send(desk, sent).status_code == 200
    assert received(desk.get("admin", attachments="true"))[1] == {}
    assert send(desk, []).json == []


def test_who_only_knows_a_sha2_does_not_get_what_somebody_else_sent(desk: Desk, statement: Make):
    assert send(desk, statement(attachments=[attachment(b"x")]), b"x").status_code == 200
    spy = statement(attachments=[attachment(b"x", fileUrl="https://example.vn/x")])
    assert desk.post("other", spy).status_code == 200
    assert received(desk.get("other", attachments="true"))[1] == {}


def test_a_missing_content_and_one_too_many_are_refused_and_nothing_is_stored(
    desk: Desk, statement: Make, database: Database
):
    sent = statement(attachments=[attachment(b"x")])
    answer = send(desk, [statement(), sent])
    assert (answer.status_code, answer.json["index"], answer.json["field"]) == (
        400,
        1,
        "attachments[0].fileUrl",
    )
    assert send(desk, sent, b"x", b"y").status_code == 400
    assert (desk.all_(), stored(database)) == ([], 0)


def test_a_content_is_in_the_transaction_of_its_statement(
    desk: Desk, statement: Make, heard: Heard, database: Database
):
    sent = statement(attachments=[attachment(b"x")])
    heard.fail_with = OperationalError("INSERT", {}, Exception("disk full"))
    assert send(desk, sent, b"x").status_code == 503
    assert stored(database) == 0
    heard.fail_with = None
    assert send(desk, sent, b"x").status_code == 200
    assert send(desk, sent, b"x").status_code == 200
    assert stored(database) == 1


@pytest.mark.parametrize(
    ("raw", "kind", "field"),
    [
        (mixed([]), "multipart/mixed", "Content-Type"),
        (mixed([]), "multipart/form-data; boundary=" + BOUNDARY, "Content-Type"),
        (body(part(b"[]"), enclosed(b"x", X_Experience_API_Hash="0")), KIND, "part[1].X-Experience-API-Hash"),
        (body(part(b"[")), KIND, None),
    ],
)
def test_a_body_of_parts_that_is_none_is_a_400(desk: Desk, raw: bytes, kind: str, field: str | None):
    answer = desk.send("POST", "writer", data=raw, content_type=kind)
    assert (answer.status_code, answer.json.get("field")) == (400, field)


def test_a_signed_statement_is_stored_and_its_signature_comes_back(desk: Desk, statement: Make):
    made = statement()
    signature = jws(json.dumps(made).encode(), shown="an")
    assert send(desk, with_signature(made, signature), signature).status_code == 200
    _, contents = received(desk.get("admin", statementId=made["id"], attachments="true"))
    assert contents[sha256(signature).hexdigest()].content == signature


def test_a_signature_of_something_else_is_refused_with_its_place(desk: Desk, statement: Make):
    signature = jws(json.dumps(statement()).encode())
    answer = send(desk, [statement(), with_signature(statement(), signature)], signature)
    assert (answer.status_code, answer.json["index"], answer.json["field"]) == (400, 1, "attachments[0]")


def test_a_platforms_attachments_are_kept_and_what_is_wrong_beside_them_waits_with_all_that_came(
    desk: Desk, statement: Make, database: Database
):
    good = statement(attachments=[attachment(b"x")])
    bad = statement(actor={"mbox": "an"}, attachments=[attachment(b"y")])
    raw = mixed([good, bad], b"x", b"y")
    answer = desk.send("POST", "moodle", data=raw, content_type=KIND)
    assert (answer.status_code, answer.json) == (200, [good["id"]])
    _, contents = received(desk.get("admin", attachments="true"))
    assert [one.content for one in contents.values()] == [b"x"]
    with database.reading() as connection:
        (held,) = quarantine.list_(connection)
    assert (held.raw, held.field) == (raw, "actor.mbox")
    assert intake.read(held.raw).contents.keys() == {sha256(one).hexdigest() for one in (b"x", b"y")}


def test_what_only_looks_like_parts_is_kept_as_it_came(desk: Desk, database: Database):
    raw = mixed([])[:-4]
    assert desk.send("POST", "moodle", data=raw, content_type=KIND).json == []
    with database.reading() as connection:
        assert [held.raw for held in quarantine.list_(connection)] == [raw]
