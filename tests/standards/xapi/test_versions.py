"""Versions and their syntax: xAPI 1.0.3 part 3, 1.3, 2.8 and 3.3; xAPI 2.0, 4.1.2 and 4.1.6.7."""

import json
from uuid import uuid4

from tests.standards.xapi.client import V1, V2, Client, statement

NAME = "X-Experience-API-Version"
RESOURCES = ("statements", "activities", "activities/state", "activities/profile", "agents", "agents/profile")


def test_3_3_the_header_of_every_answer_is_the_latest_patch_of_what_the_client_speaks(client: Client):
    """XAPI-00333, with every status."""
    (found,) = client.stored(statement())
    for answer in (
        client.get(),
        client.get(statementId=found),
        client.get(x="1"),
        client.post("x"),
        client.get(statementId=str(uuid4())),
    ):
        assert answer.headers[NAME] == client.version
    early = client.version[:3]
    assert client.get(headers={NAME: early}).headers[NAME] == client.version
    assert client.get(headers={NAME: f"{early}.9"}).headers[NAME] == client.version


def test_3_3_a_request_that_speaks_no_known_version_is_refused(client: Client):
    """XAPI-00331, 00321, on every resource but About; the refusal has the header as well."""
    client.get()
    headers = client.desk.header(client.who)
    del headers[NAME]
    for resource in RESOURCES:
        for version in ({}, *({NAME: other} for other in ("0.9", "0.95", "1.1.0", "2.1", "3.0.0", "x"))):
            answer = client.desk.app.test_client().get(f"/xapi/{resource}", headers={**headers, **version})
            assert (answer.status_code, answer.headers[NAME]) == (400, client.version)


def test_2_8_about_is_open_to_anyone_and_names_the_versions(client: Client):
    """XAPI-00315 to 00319, 00322."""
    answer = client.desk.app.test_client().get("/xapi/about")
    assert (answer.status_code, answer.json["version"]) == (200, [V1, V2])
    assert NAME in answer.headers


def test_3_2_no_resource_answers_a_parameter_it_does_not_know(client: Client):
    """XAPI-00324 (2.0, 4.1.5), on those that have a test of their own elsewhere too: 400 that names it."""
    needed = {"activities": {"activityId": "urn:x"}, "agents": {"agent": '{"mbox":"mailto:an@example.vn"}'}}
    for resource in ("statements", "about", *needed):
        query = {**needed.get(resource, {}), "colour": "red"}
        answer = client.send("GET", f"/xapi/{resource}", query_string=query)
        assert (answer.status_code, answer.json["field"]) == (400, "colour")


def test_3_3_statements_keep_the_version_they_came_with(client: Client):
    """XAPI-00330, 00332."""
    for version in ("1.0.0", "1.0.9", *(["2.0.0"] if client.version == V2 else [])):
        (found,) = client.stored(statement(version=version))
        assert client.one(found)["version"] == version


def test_1_3_the_alternate_request_syntax_is_of_1_0_3_alone(client: Client):
    """XAPI-00336, 00148; 2.0 has removed it."""
    sent = statement()
    form = {"statementId": sent["id"], "content": json.dumps(sent)}
    put = client.send("POST", "/xapi/statements?method=PUT", data=form)
    get = client.send("POST", "/xapi/statements?method=GET", data={"limit": "1"})
    assert (put.status_code, get.status_code) == ((204, 200) if client.version == V1 else (400, 400))
    for query, data in (
        ("method=PUT&limit=1", form),
        ("method=PUT", {"statementId": sent["id"]}),
        ("method=X", form),
    ):
        assert client.send("POST", f"/xapi/statements?{query}", data=data).status_code == 400
    assert client.send("PUT", "/xapi/statements?method=POST", data=form).status_code == 400


def test_1_3_document_resources_know_the_alternate_syntax_too(client: Client):
    """Part 3, 1.3: form parameters for headers, content for the body, on any resource."""
    place = {"activityId": "urn:x:topic", "agent": '{"mbox":"mailto:an@example.vn"}', "stateId": "s"}
    form = {**place, "content": "mười điểm", "Content-Type": "text/plain"}
    put = client.send("POST", "/xapi/activities/state?method=PUT", data=form)
    if client.version == V2:
        assert put.status_code == 400
        return
    assert put.status_code == 204
    got = client.send("GET", "/xapi/activities/state", query_string=place)
    assert (got.text, got.mimetype) == ("mười điểm", "text/plain")
