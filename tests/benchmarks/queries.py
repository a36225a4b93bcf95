"""GET of every kind over HTTP, a page of 50, on a small store and on a large one: an index must not feel the difference."""

import random
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import text

from tests.benchmarks import cloning, moodle
from tests.benchmarks.figures import Figure, milliseconds, rounded
from tests.benchmarks.house import House, Setting, open_house
from tests.benchmarks.http import Connection
from tests.benchmarks.statements import fill

SMALL, LARGE = 10_000, 1_000_000
_ASKED, _WARM = 200, 20
Params = dict[str, str]
Ask = Callable[[], Params]


def run(setting: Setting) -> Iterator[Figure]:
    """The same questions at both sizes, on each database."""
    large = LARGE // 10 if setting.quick else LARGE
    for kind in setting.databases:
        with open_house(setting, kind) as house:
            reader = house.credential("statements/read")
            fill(house, SMALL)
            cloning.settle(house.database)
            small = _measured(house, reader, setting)
            cloning.multiply(house.database, large // SMALL)
            cloning.settle(house.database)
            before = house.memory()["web"]
            found = _measured(house, reader, setting)
            memory = {"web_mb_before": before, "web_mb_after": house.memory()["web"]}
        for name, seconds in found.items():
            yield _figure(kind, name, large, small[name], seconds, memory)


def _figure(
    kind: str, name: str, large: int, small: list[float], found: list[float], memory: dict[str, float]
) -> Figure:
    at_small, at_large = milliseconds(small), milliseconds(found)
    ratio = at_large["p95_ms"] / at_small["p95_ms"]
    line = (
        f"{name}: p95 {at_large['p95_ms']:.1f} ms at {large:,}, {at_small['p95_ms']:.1f} at {SMALL:,}: {ratio:.2f} times;"
        f" p50 {at_large['p50_ms']:.1f} and {at_small['p50_ms']:.1f}"
    )
    values = {
        "database": kind,
        "query": name,
        "stored": large,
        "small": at_small,
        "large": at_large,
        "ratio_p95": rounded(ratio),
        **memory,
    }
    return Figure(f"queries.{kind}.{name}", line, values)


def _measured(house: House, reader: str, setting: Setting) -> dict[str, list[float]]:
    connection = house.connection()
    asked = _ASKED // 4 if setting.quick else _ASKED
    found: dict[str, list[float]] = {}
    for name, ask in _questions(house).items():
        times = [_timed(connection, reader, ask()) for _ in range(_WARM + asked)]
        found[name] = times[_WARM:]
    found["more, deep"] = _deep(connection, reader, asked)
    connection.close()
    return found


def _questions(house: House) -> dict[str, Ask]:
    """Each asks for another learner, topic or moment every time."""
    chance, issuer = random.Random(11), house.platform.url
    some = _sample(house)
    people = sorted({one["actor"]["account"]["name"] for one in some})

    def agent() -> Params:
        name = chance.choice(people)
        return {"agent": orjson.dumps({"account": {"homePage": issuer, "name": name}}).decode()}

    def topic() -> str:
        return f"{issuer}/mod/page/view.php?id={100 + chance.randint(1, 19)}"

    def since() -> str:
        return chance.choice(some)["stored"]

    course = f"{issuer}/course/view.php?id=7"
    return {
        "by id": lambda: {"statementId": chance.choice(some)["id"]},
        "agent": agent,
        "agent, verb, activity, since": lambda: {
            **agent(),
            "verb": moodle.COMPLETED,
            "activity": topic(),
            "since": since(),
        },
        "registration": lambda: {"registration": chance.choice(some)["context"]["registration"]},
        "verb, since": lambda: {"verb": moodle.COMPLETED, "since": since()},
        "related, topic": lambda: {"activity": topic(), "related_activities": "true"},
        "related, course": lambda: {"activity": course, "related_activities": "true"},
        "related agents": lambda: {**agent(), "related_agents": "true"},
        "latest": dict,
    }


def _sample(house: House) -> list[dict[str, Any]]:
    wanted = text("SELECT payload FROM xapi_payload WHERE seq % 50 = 0 AND seq <= :most")
    with house.database.reading() as connection:
        return [orjson.loads(one) for one in connection.execute(wanted, {"most": SMALL}).scalars()]


def _timed(connection: Connection, reader: str, params: Params) -> float:
    begun = perf_counter()
    _get(
        connection,
        reader,
        "/xapi/statements?" + urlencode({"limit": "50", **params} if "statementId" not in params else params),
    )
    return perf_counter() - begun


def _deep(connection: Connection, reader: str, asked: int) -> list[float]:
    """From page to page of the whole store."""
    path, times = "/xapi/statements?limit=50", []
    while path and len(times) < asked:
        begun = perf_counter()
        body = _get(connection, reader, path)
        times.append(perf_counter() - begun)
        path = orjson.loads(body)["more"]
    return times


def _get(connection: Connection, reader: str, path: str) -> bytes:
    headers = {"Authorization": reader, "X-Experience-API-Version": "1.0.3"}
    answer = connection.ask("GET", path, None, headers)
    assert answer.status == 200, (path, answer.status, answer.body[:200])
    return answer.body
