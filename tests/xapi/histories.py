"""Random histories of requests to a learning record store, from small pools, so that requests meet each other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
NEVER = '"0000000000000000000000000000000000000000"'  # a tag of no document


@dataclass(frozen=True)
class Call:
    """One request. `wait`: seconds that pass before it; a header "current" stands for the tag of the document there is."""

    method: str
    path: str
    who: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    version: str = "1.0.3"
    wait: int = 0


IDS = [f"{number}0000000-0000-4000-8000-00000000000a" for number in range(1, 6)]
RUNS = [f"{number}0000000-0000-4000-8000-00000000000b" for number in range(1, 3)]
MBOX: Json = {"mbox": "mailto:an@example.vn"}
ACCOUNT: Json = {"account": {"homePage": "https://hoc.example.vn", "name": "2041"}}
OPENID: Json = {"openid": "https://example.vn/an"}
TEAM: Json = {"objectType": "Group", "mbox": "mailto:to@example.vn", "member": [MBOX]}
CROWD: Json = {"objectType": "Group", "member": [ACCOUNT, MBOX]}
AGENTS = [MBOX, {**MBOX, "name": "An", "objectType": "Agent"}, ACCOUNT, OPENID]
GROUPS = [
    TEAM,
    {"objectType": "Group", "mbox": TEAM["mbox"]},
    CROWD,
    {**CROWD, "member": CROWD["member"][::-1]},
]
VERBS: list[Json] = [
    {"id": "urn:v:did"},
    {"id": "urn:v:did", "display": {"vi": "đã làm"}},
    {"id": "urn:v:saw"},
]
ACTIVITIES: list[Json] = [
    {"id": "urn:a:1"},
    {"id": "urn:a:1", "definition": {"name": {"vi": "Một"}}},
    {"objectType": "Activity", "id": "urn:a:1", "definition": {"name": {"en": "One"}, "type": "urn:t:1"}},
    {"id": "urn:a:1", "definition": {"name": {"vi": "Mốt"}, "type": "urn:t:2"}},
    {"id": "urn:a:2"},
    {"id": "urn:a:3", "definition": {"extensions": {"urn:x": 1}}},
]
TIMES = ["2025-12-01T08:00:00Z", "2025-12-01T15:00:00+07:00", "2025-12-02T08:00:00.5Z"]
START = "2025-12-09T13:30:{:02}Z"  # of the clock in support.py


def chance(part: st.SearchStrategy[Any], weight: int = 2) -> st.SearchStrategy[Any]:
    """None mostly: a property that is left out."""
    return st.one_of(*[st.none()] * weight, part)


def made(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Json]:
    parts = st.fixed_dictionaries({**required, **{name: chance(part) for name, part in optional.items()}})
    return parts.map(lambda found: {name: value for name, value in found.items() if value is not None})


activity = st.sampled_from(ACTIVITIES)
someone = st.sampled_from([*AGENTS, *GROUPS])
reference = st.sampled_from(IDS).map(lambda name: {"objectType": "StatementRef", "id": name})
related = st.one_of(activity, st.lists(activity, min_size=1, max_size=2))
agent_object = st.sampled_from(
    [{"objectType": "Agent", **ACCOUNT}, {"objectType": "Agent", **MBOX}, TEAM, CROWD]
)
voiding = made({"actor": someone, "verb": st.just({"id": VOIDED}), "object": reference}, {})
# The same few contents come again and again, so that some arrive under an id that has them already.
CONTENTS: list[Json] = [
    {"actor": MBOX, "verb": VERBS[0], "object": ACTIVITIES[0]},
    {
        "actor": {**MBOX, "objectType": "Agent"},
        "verb": VERBS[1],
        "object": ACTIVITIES[1],
        "timestamp": TIMES[0],
    },
    {"actor": MBOX, "verb": VERBS[0], "object": ACTIVITIES[2], "timestamp": TIMES[2]},
    *[
        {"actor": CROWD, "verb": VERBS[2], "object": ACTIVITIES[4], "context": {"registration": run}}
        for run in RUNS
    ],
    {"actor": CROWD, "verb": VERBS[2], "object": ACTIVITIES[4]},
    {"actor": GROUPS[3], "verb": VERBS[2], "object": ACTIVITIES[4], "timestamp": TIMES[1]},
]


def contexts(version: str) -> st.SearchStrategy[Json]:
    parts: dict[str, Any] = {
        "registration": st.sampled_from(RUNS),
        "instructor": st.sampled_from(AGENTS),
        "team": st.sampled_from(GROUPS),
        "statement": reference,
        "contextActivities": made({}, {"parent": related, "grouping": related, "other": related}),
    }
    if version == "2.0.0":
        agents = st.sampled_from(AGENTS).map(lambda one: [{"objectType": "contextAgent", "agent": one}])
        groups = st.sampled_from(GROUPS).map(lambda one: [{"objectType": "contextGroup", "group": one}])
        parts |= {"contextAgents": agents, "contextGroups": groups}
    return made({}, parts)


def statements(version: str) -> st.SearchStrategy[Json]:
    optional = {"context": contexts(version), "timestamp": st.sampled_from(TIMES)}
    required = {"actor": someone, "verb": st.sampled_from(VERBS)}
    plain = st.one_of(activity, agent_object, reference)
    inner = made({"objectType": st.just("SubStatement"), **required, "object": plain}, optional)
    results = st.sampled_from([{"success": True}, {"success": False}])
    ordinary = made(
        {**required, "object": st.one_of(plain, activity, inner)}, {**optional, "result": results}
    )
    return st.one_of(ordinary, voiding, st.sampled_from(CONTENTS), st.sampled_from(CONTENTS))


writer = st.sampled_from(["admin", "admin", "writer", "other"])
reader = st.sampled_from(["admin", "reader", "writer", "other"])
wait = st.integers(0, 2)


def puts(version: str) -> st.SearchStrategy[Call]:
    def call(who: str, body: Json, name: str, wait: int) -> Call:
        return Call("PUT", "/statements", who, {"statementId": name}, body, version=version, wait=wait)

    return st.builds(call, writer, statements(version), st.sampled_from(IDS), wait)


def posts(version: str) -> st.SearchStrategy[Call]:
    names = chance(st.sampled_from(IDS), 1)
    one = st.builds(lambda body, name: {**body, "id": name} if name else body, statements(version), names)
    return st.builds(
        lambda who, body, wait: Call("POST", "/statements", who, body=body, version=version, wait=wait),
        writer,
        st.one_of(one, st.lists(one, min_size=1, max_size=4)),
        wait,
    )


def clashes() -> st.SearchStrategy[Call]:
    """Under one id, one of few contents: the same, nearly the same, or another definition of the same activity."""
    return st.builds(
        lambda body: Call("PUT", "/statements", "admin", {"statementId": IDS[0]}, body),
        st.sampled_from(CONTENTS),
    )


def defining() -> st.SearchStrategy[Call]:
    return st.builds(
        lambda activity: Call("POST", "/statements", "admin", body={**CONTENTS[0], "object": activity}),
        st.sampled_from(ACTIVITIES[1:4]),
    )


moment = st.integers(0, 20).map(START.format)
flag = st.sampled_from(["true", "false"])
filters = made(
    {},
    {
        "agent": st.sampled_from([*AGENTS, TEAM]).map(json.dumps),
        "verb": st.sampled_from(["urn:v:did", "urn:v:saw", VOIDED]),
        "activity": st.sampled_from(["urn:a:1", "urn:a:2", "urn:a:3"]),
        "registration": st.sampled_from(RUNS),
        "related_agents": flag,
        "related_activities": flag,
        "since": moment,
        "until": moment,
        "ascending": flag,
        "limit": st.sampled_from(["1", "2", "0"]),
    },
)
single = st.builds(
    lambda name, value: {name: value},
    st.sampled_from(["statementId", "voidedStatementId"]),
    st.sampled_from(IDS),
)


def gets() -> st.SearchStrategy[Call]:
    return st.builds(
        lambda who, query: Call("GET", "/statements", who, query), reader, st.one_of(filters, filters, single)
    )


def definitions() -> st.SearchStrategy[Call]:
    return st.builds(
        lambda query: Call("GET", "/activities", "reader", {"activityId": query}),
        st.sampled_from(["urn:a:1", "urn:a:2", "urn:a:3"]),
    )


BODIES = [
    (b'{"a":1}', "application/json"),
    (b'{"a":{"b":2},"c":null}', "application/json"),
    (b'{"c":[3]}', "application/json"),
    (b"[1]", "application/json"),
    (b'{"a":2}', "text/plain"),
    (b"\xff\x00", "application/octet-stream"),
]
PLACES: Sequence[tuple[str, tuple[str, ...], str]] = (
    ("/activities/state", ("activityId", "agent"), "stateId"),
    ("/activities/profile", ("activityId",), "profileId"),
    ("/agents/profile", ("agent",), "profileId"),
)
VALUES = {
    "activityId": st.sampled_from(["urn:a:1", "urn:a:1", "urn:a:2"]),
    "agent": st.sampled_from([*AGENTS[:2], *AGENTS[:2], TEAM]).map(json.dumps),
}
tag = st.sampled_from(["*", "current", NEVER])
conditions = st.one_of(
    st.just({}),
    st.just({}),
    st.builds(lambda name, value: {name: value}, st.sampled_from(["If-Match", "If-None-Match"]), tag),
)


@st.composite
def documents(draw: st.DrawFn) -> Call:
    path, parts, name = draw(st.sampled_from(PLACES))
    method = draw(st.sampled_from(["GET", "PUT", "PUT", "POST", "DELETE"]))
    several = method == "GET" or (method == "DELETE" and name == "stateId")
    query = {part: draw(VALUES[part]) for part in parts}
    if not several or draw(st.booleans()):
        query[name] = draw(st.sampled_from(["x", "x", "y"]))
    if name == "stateId" and draw(st.booleans()):
        query["registration"] = draw(st.sampled_from(RUNS))
    if method == "GET" and name not in query and draw(st.booleans()):
        query["since"] = draw(moment)
    body, kind = draw(st.sampled_from(BODIES)) if method in {"PUT", "POST"} else (None, "")
    headers = draw(conditions) if method != "GET" and name in query else {}
    who = draw(st.sampled_from(["admin", "admin", "admin", "admin", "reader", "writer"]))
    version = draw(st.sampled_from(["1.0.3", "2.0.0"]))
    return Call(method, path, who, query, body, kind, headers, version, draw(st.integers(0, 1)))


def _sweep() -> list[Call]:
    """What is asked after every history: each filter by itself, and each document's place."""
    flags: list[Json] = [{}, {"related_agents": "true", "related_activities": "true"}]
    filters: list[Json] = [{"agent": json.dumps(one)} for one in (MBOX, ACCOUNT, TEAM)]
    filters += [{"activity": "urn:a:1"}, {"activity": "urn:a:2"}]
    asked = [{**one, **more} for one in filters for more in flags]
    asked += [
        {"verb": VERBS[0]["id"]},
        {"registration": RUNS[0]},
        {"limit": "1"},
        {"ascending": "true", "limit": "2"},
    ]
    asked += [{name: START.format(second)} for name in ("since", "until") for second in (0, 2, 4)]
    found = [Call("GET", "/statements", "admin", one) for one in asked]
    found += [Call("GET", "/statements", "writer", {"since": START.format(2)})]
    found += [Call("GET", "/activities", "reader", {"activityId": one}) for one in ("urn:a:1", "urn:a:3")]
    places = {"activityId": "urn:a:1", "agent": json.dumps(MBOX)}
    for path, parts, _name in PLACES:
        found.append(Call("GET", path, "admin", {part: places[part] for part in parts}))
    return found


SWEEP = _sweep()
_statement_calls = [
    puts("1.0.3"),
    puts("2.0.0"),
    posts("1.0.3"),
    posts("2.0.0"),
    clashes(),
    clashes(),
    defining(),
]
_requests = [*_statement_calls, gets(), gets(), definitions(), documents(), documents(), documents()]
histories = st.lists(st.one_of(_requests), min_size=10, max_size=30)
document_histories = st.lists(documents(), min_size=20, max_size=40)
