"""The Statement resource: xAPI 1.0.3 part 3, 2.1 (and part 2, 2.3, 2.5) and xAPI 2.0, 4.1.6.1, one test for each family of requirements."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

from tests.standards.xapi.client import (
    AN,
    BINH,
    COMPLETED,
    GONE,
    NAMELESS,
    TEAM,
    TOPIC,
    V1,
    V2,
    Client,
    reference,
    statement,
    substatement,
    voiding,
)

THROUGH = "X-Experience-API-Consistent-Through"
SINGLE = ("statementId", "voidedStatementId")
WRONG: tuple[dict[str, str], ...] = (
    {"limit": "x"},
    {"limit": "-1"},
    {"format": "Exact"},
    {"ascending": "1"},
    {"since": "yesterday"},
    {"agent": "An"},
    {"agent": "{}"},
    {"verb": "completed"},
    {"activity": "x"},
    {"registration": "x"},
    {"related_agents": "yes"},
    {"statementid": "7f1c3c0e-5b0a-4c1e-9d0f-3b1f8f0d6a52"},
    {"StatementId": "7f1c3c0e-5b0a-4c1e-9d0f-3b1f8f0d6a52"},
    {"Limit": "1"},
    {"continueToken": "x"},
)


def test_2_1_1_put(client: Client):
    """XAPI-00142 to 00145: 204; the id is a parameter and may stand in the statement, the same; what is stored never changes."""
    sent = statement()
    assert client.put(sent).status_code == 204
    assert client.put(sent).status_code == 204
    assert client.put({**sent, "actor": BINH}).status_code == 409
    assert client.one(sent["id"])["actor"] == AN
    nameless = str(uuid4())
    assert client.put(statement(id=GONE), nameless).status_code == 204
    assert client.one(nameless)["id"] == nameless
    assert client.put(statement(), str(uuid4())).status_code == 400
    assert client.send("PUT", json=statement()).status_code == 400
    assert client.send("PUT", json=[sent], query_string={"statementId": sent["id"]}).status_code == 400


def test_2_1_2_post(client: Client):
    """XAPI-00146, 00147 (2.0 too): 200 with the ids in order, one or many; an id twice is refused; all or none."""
    first, second = statement(id=GONE), statement()
    answer = client.post([first, second])
    assert (answer.status_code, answer.json[1]) == (200, second["id"])
    assert client.post(second).json == [second["id"]]
    assert client.post({**second, "verb": {"id": "urn:x:other"}}).status_code == 409
    assert client.post([third := statement(), third]).status_code == 400
    refused = client.post([statement(), statement(actor="An"), statement()])
    assert (refused.status_code, refused.json["index"], refused.json["field"]) == (400, 1, "actor")
    assert len(client.ids()) == 2


def test_2_4_what_the_store_sets(client: Client):
    """XAPI-00024 to 00026, 00097 to 00099, 00096: id, timestamp, stored, authority, version; contextActivities are arrays."""
    early = "2011-07-15T00:00:00.000Z"
    sent = statement(id=GONE, stored=early, authority=BINH, context={"contextActivities": {"parent": TOPIC}})
    (found,) = client.stored(sent)
    shown = client.one(found)
    assert shown["stored"] > early
    assert shown["timestamp"] == shown["stored"]
    assert shown["authority"]["account"]["name"] == client.desk.keys[client.who][0]
    assert shown["version"] == {V1: "1.0.0", V2: "2.0.0"}[client.version]
    assert shown["context"]["contextActivities"]["parent"] == [TOPIC]
    (found,) = client.stored(statement(object=substatement(context={"contextActivities": {"other": TOPIC}})))
    assert client.one(found)["object"]["context"]["contextActivities"]["other"] == [TOPIC]
    assert client.one(client.stored(statement(version="1.0.1"))[0])["version"] == "1.0.1"


def test_4_5_timestamps_keep_the_moment(client: Client):
    """1.0.3 returns what came; 2.0, 4.2.7: "shall convert Timestamps to UTC rather than rejecting"."""
    came = "2025-12-04T16:15:00.123+07:00"
    shown = client.one(client.stored(statement(timestamp=came))[0])["timestamp"]
    assert datetime.fromisoformat(shown) == datetime.fromisoformat(came)
    assert (shown == came) is (client.version == V1)
    assert shown.endswith("Z") is (client.version == V2)


def test_2_3_1_equal_statements_are_one(client: Client):
    """Order of properties and members, spelling of moments and durations past hundredths, definitions: all the same statement."""
    sent = statement(actor=TEAM, timestamp="2025-12-04T09:15:00Z", result={"duration": "PT1.23S"})
    again = {
        **dict(reversed(sent.items())),
        "actor": {**TEAM, "member": [BINH, AN]},
        "timestamp": "2025-12-04T16:15:00.000+07:00",
        "result": {"duration": "PT1.2399S"},
        "object": {"id": TOPIC["id"]},
        "verb": {"id": COMPLETED["id"]},
    }
    assert client.put(sent).status_code == client.put(again).status_code == 204
    assert client.put({**sent, "result": {"duration": "PT1.24S"}}).status_code == 409


def test_2_3_2_voiding(client: Client):
    """XAPI-00017, 00018, 00020, 00162, 00163: a voided statement is told only by voidedStatementId; a voiding one cannot be voided."""
    (target,) = client.stored(statement())
    (first,) = client.stored(voiding(target))
    assert client.get(statementId=target).status_code == 404
    assert client.get(voidedStatementId=target).json["id"] == target
    assert client.ids() == [first]
    (second,) = client.stored(voiding(first))
    assert client.one(first)["id"] == first
    assert client.get(voidedStatementId=first).status_code == 404
    assert set(client.ids()) == {first, second}
    assert client.post(voiding(str(uuid4()))).status_code == 200


def test_2_1_3_one_statement(client: Client):
    """XAPI-00149 to 00152, 00155: by one id, with attachments and format and nothing else; 404 for none."""
    (found,) = client.stored(statement())
    assert client.get(statementId=str(uuid4())).status_code == 404
    assert client.get(statementId=found, voidedStatementId=found).status_code == 400
    others: dict[str, Any] = {
        "agent": AN,
        "verb": COMPLETED["id"],
        "activity": TOPIC["id"],
        "registration": found,
        "related_activities": True,
        "related_agents": True,
        "since": "2025-01-01T00:00:00Z",
        "until": "2025-01-01T00:00:00Z",
        "limit": 1,
        "ascending": True,
    }
    for single in SINGLE:
        for name, value in others.items():
            assert client.get(**{single: found, name: value}).status_code == 400
        assert client.get(**{single: "x"}).status_code == 400
    assert client.get(statementId=found, format="ids", attachments=False).status_code == 200


def test_2_1_3_last_modified_and_consistent_through(client: Client):
    """XAPI-00153: a moment on every answer of the resource. 2.0, 4.1.6.1: Last-Modified is the latest "stored"."""
    (found,) = client.stored(statement())
    for answer in (
        client.get(),
        client.get(statementId=found),
        client.get(statementId=str(uuid4())),
        client.get(x="1"),
        client.get(limit=-1),
        client.post(statement()),
        client.post("x"),
        client.put(statement()),
        client.send("HEAD"),
    ):
        datetime.fromisoformat(answer.headers[THROUGH])
    stored = datetime.fromisoformat(client.one(found)["stored"]).replace(microsecond=0)
    assert parsedate_to_datetime(client.get(statementId=found).headers["Last-Modified"]) == stored
    assert parsedate_to_datetime(client.get().headers["Last-Modified"]) == stored


def test_2_1_3_filters(client: Client):
    """XAPI-00174 to 00181: agent, verb, activity, registration, alone and together, over the statement itself."""
    run = str(uuid4())
    mine, grouped, about, other = client.stored(
        statement(),
        statement(actor=TEAM, verb={"id": "urn:x:passed"}),
        statement(actor=BINH, object=AN, context={"registration": run}),
        statement(actor=BINH, object={"id": "urn:x:else"}, context={"instructor": AN}),
    )
    bare = {"mbox": AN["mbox"]}
    assert set(client.ids(agent=bare)) == {mine, grouped, about}
    assert client.ids(agent=bare, verb="urn:x:passed") == [grouped]
    assert client.ids(agent={"objectType": "Group", "mbox": TEAM["mbox"]}) == [grouped]
    assert set(client.ids(activity=TOPIC["id"])) == {mine, grouped}
    assert client.ids(registration=run.upper()) == client.ids(registration=run) == [about]
    assert client.ids(agent=BINH, activity="urn:x:else") == [other]
    answer = client.get(verb="urn:x:nobody")
    assert (answer.status_code, answer.json) == (200, {"statements": [], "more": ""})


def test_2_1_3_related_activities(client: Client):
    """XAPI-00166: object, context activities and a contained SubStatement."""
    ids = client.stored(
        statement(),
        *(
            statement(object={"id": "urn:x"}, context={"contextActivities": {kind: [TOPIC]}})
            for kind in ("parent", "other")
        ),
        statement(object=substatement()),
        statement(object=substatement(object=AN, context={"contextActivities": {"category": TOPIC}})),
    )
    client.stored(statement(object={"id": "urn:x"}))
    assert client.ids(activity=TOPIC["id"]) == ids[:1]
    assert set(client.ids(activity=TOPIC["id"], related_activities=True)) == set(ids)


def test_2_1_3_related_agents(client: Client):
    """XAPI-00165: actor, object, authority, instructor, team, SubStatement; in 2.0 contextAgents and contextGroups too."""
    chi = {"objectType": "Agent", "mbox": "mailto:chi@example.vn"}
    team = {"objectType": "Group", "member": [chi]}
    some = [
        statement(actor=chi),
        statement(context={"instructor": chi}),
        statement(context={"team": team}),
        statement(object=substatement(actor=chi)),
    ]
    if client.version == V2:
        some.append(statement(context={"contextAgents": [{"objectType": "contextAgent", "agent": chi}]}))
        some.append(statement(context={"contextGroups": [{"objectType": "contextGroup", "group": team}]}))
        some.append(
            statement(
                object=substatement(context={"contextAgents": [{"objectType": "contextAgent", "agent": chi}]})
            )
        )
    ids = client.stored(*some, statement())
    assert client.ids(agent=chi) == ids[:1]
    assert set(client.ids(agent=chi, related_agents=True)) == set(ids[:-1])
    authority = client.one(ids[0])["authority"]
    assert set(client.ids(agent=authority, related_agents=True)) == set(ids)


def test_2_1_3_s3_statements_that_refer_to_a_match(client: Client):
    """Through any number of references; time and sequence are those of the referring statement; a voided target still counts."""
    (target,) = client.stored(statement())
    (first,) = client.stored(statement(actor=BINH, object=reference(target)))
    (second,) = client.stored(
        statement(actor=NAMELESS, object=reference(first), context={"statement": reference(target)})
    )
    client.stored(statement(actor=BINH, object={"id": "urn:x"}, context={"statement": reference(target)}))
    assert client.ids(activity=TOPIC["id"]) == [second, first, target]
    (killer,) = client.stored(voiding(target) | {"actor": BINH})
    assert client.ids(activity=TOPIC["id"]) == [killer, second, first]


def test_2_1_3_since_until_order_and_limit(client: Client):
    """XAPI-00156 to 00160, 00173: since is exclusive, until inclusive, latest first; limit 0 is as many as the store gives."""
    ids = []
    for _ in range(3):
        ids += client.stored(statement())
        client.clock.pass_by(seconds=10)
    middle = client.one(ids[1])["stored"]
    assert client.ids(since=middle) == ids[2:]
    assert client.ids(until=middle) == [ids[1], ids[0]]
    assert client.ids(ascending=True) == ids
    assert client.ids() == client.ids(limit=0) == client.ids(limit=1) == ids[::-1]
    assert len(client.get(limit=2).json["statements"]) == 2


def test_2_5_more_works_as_it_is_given(client: Client):
    """XAPI-00108 to 00114: an IRL of this store that continues the same query, alone; "" at the end."""
    ids = client.stored(*(statement() for _ in range(5)), statement(verb={"id": "urn:x:other"}))
    first = client.get(limit=2, verb=COMPLETED["id"], ascending=True, format="ids")
    more = first.json["more"]
    assert more.startswith("/xapi/statements?")
    later = client.stored(statement())
    second = client.send("GET", more).json
    third = client.send("GET", second["more"]).json
    shown = [one["id"] for page in (first.json, second, third) for one in page["statements"]]
    assert shown == [*ids[:5], *later]
    assert third["more"] == ""
    assert second["statements"][0]["verb"] == {"id": COMPLETED["id"]}


def test_2_1_3_formats(client: Client):
    """XAPI-00168 to 00172: exact as it came, ids without anything that is no identifier, canonical in one language."""
    (found,) = client.stored(
        statement(actor=TEAM, context={"instructor": NAMELESS, "contextActivities": {"parent": [TOPIC]}})
    )
    exact = client.one(found)
    assert (exact["actor"], exact["verb"], exact["object"]) == (TEAM, COMPLETED, TOPIC)
    ids = client.one(found, format="ids")
    assert ids["actor"] == {"objectType": "Group", "mbox": TEAM["mbox"]}
    assert ids["verb"] == {"id": COMPLETED["id"]}
    assert ids["object"] == ids["context"]["contextActivities"]["parent"][0] == {"id": TOPIC["id"]}
    assert ids["context"]["instructor"] == NAMELESS
    for language, names in (("vi", {"vi"}), ("en-GB, vi;q=0.1", {"en-US"}), ("fr", {"vi", "en-US"})):
        answer = client.get(headers={"Accept-Language": language}, statementId=found, format="canonical")
        (shown,) = answer.json["object"]["definition"]["name"]
        assert shown in names
        assert len(answer.json["verb"]["display"]) == 1
        assert answer.json["actor"] == TEAM


def test_2_1_3_canonical_is_what_the_store_knows_of_the_activity(client: Client):
    """Part 2, 2.4.4.1; part 3, 2.1.3: "the canonical definition of the Activity Objects ... as determined by the LRS"."""
    more = {
        "id": TOPIC["id"],
        "definition": {"name": {"fr": "Sujet 1"}, "moreInfo": "https://hoc.example.vn/them"},
    }
    (bare, _) = client.stored(statement(object={"id": TOPIC["id"]}), statement(object=more))
    client.stored(statement())
    answer = client.get(headers={"Accept-Language": "fr"}, statementId=bare, format="canonical").json
    definition = answer["object"]["definition"]
    assert (definition["name"], definition["type"]) == ({"fr": "Sujet 1"}, TOPIC["definition"]["type"])
    assert definition["moreInfo"] == "https://hoc.example.vn/them"
    assert client.one(bare)["object"] == {"id": TOPIC["id"]}


def test_3_2_parameters_that_are_unknown_or_wrong(client: Client):
    """XAPI-00324, 00325 (2.0, 4.1.5): 400 that names the parameter, also where it only differs in case."""
    for query in WRONG:
        answer = client.get(**query)
        assert (answer.status_code, answer.json["field"]) == (400, next(iter(query)))


def test_3_2_a_refused_batch_leaves_nothing_behind(client: Client):
    """XAPI-00326."""
    assert client.post([statement(), statement(verb=GONE)]).status_code == 400
    (there,) = client.stored(statement())
    assert client.post([statement(), statement(id=there, actor=BINH)]).status_code == 409
    assert client.ids() == [there]


def test_3_2_bodies_that_are_no_statements(client: Client):
    """XAPI-00328, 2.2: malformed JSON and other media types."""
    for body, kind in (
        ("{", "application/json"),
        ("7", "application/json"),
        ("{}", "text/plain"),
        ("a=b", "application/x-www-form-urlencoded"),
    ):
        assert client.send("POST", data=body, content_type=kind).status_code == 400


def test_1_1_head_is_get_without_a_body(client: Client):
    """XAPI-00125, 00126."""
    (found,) = client.stored(statement())
    for query in ({}, {"statementId": found}, {"x": "1"}, {"statementId": str(uuid4())}):
        get, head = (client.send(method, query_string=query) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content_type, head.data) == (get.status_code, get.content_type, b"")


def test_1_4_utf_8_and_4_0_who_may(client: Client):
    """Communication 1.4: letters as they came. 4.0: 401 without credentials, 403 where they do not suffice."""
    (found,) = client.stored(statement(result={"response": "Đặng Thị Ấn 😀"}))
    assert client.one(found)["result"]["response"] == "Đặng Thị Ấn 😀"
    headers = {"X-Experience-API-Version": client.version}
    assert client.desk.app.test_client().get("/xapi/statements", headers=headers).status_code == 401
    client.who = "only-writes"
    assert client.get().status_code == 403
