"""Whatever is sent to the store: no answer of 500 or above, errors in the words of RFC 9457, and a batch as a whole or not at all.

Row by row after each batch; at the end, as `donghanh lrs check` does, every payload, column and link of what was stored.

`DONGHANH_FUZZ_REQUESTS`: how many random requests (on each database); 100,000 in the proof.
"""

import base64
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import func, select

from tests import fuzzing
from tests.assembly import Assembly, assembled
from tests.conftest import NOW
from tests.fuzzing import AGENT, IRI, Request
from xapi import tables, tokens
from xapi.access import Limits
from xapi.inspection import Fault, inspect

COUNT = int(os.environ.get("DONGHANH_FUZZ_REQUESTS", "1000"))
SEED = os.environ.get("DONGHANH_FUZZ_SEED", "2026")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALM = (400, 401, 403, 404, 405, 409, 411, 412, 413, 415, 416)


class Store:
    """The real application with a credential of every kind."""

    def __init__(self, house: Assembly) -> None:
        self.house = house
        house.add_platform("moodle", "https://hoc.tinh-mau.example.vn")
        house.load()
        house.add_credential("admin", ["all"])
        house.add_credential("writer", ["statements/write", "statements/read/mine"])
        house.add_credential("documents", ["state", "profile"])
        house.add_credential("analyst", ["statements/read"], limits=Limits(verbs=(IRI,), units=("66",)))
        with house.tool.database.transaction() as connection:
            token = tokens.issue(
                connection, offer="fuzz", actor=AGENT, registration="5f0c4c5e-6f0e-4f5d-9d6b-0a4cf4f2a001",
                verbs=[IRI], authority=AGENT, now=NOW,
            )  # fmt: skip
        key, _, secret = base64.b64decode(token or "").decode().partition(":")
        house.credentials["token"] = (key, secret)
        # Mostly those who may: what is forbidden at the door tries little behind it.
        self.people = (*house.credentials, *["admin"] * 5, "writer", "moodle", "documents")
        self.client = house.app.test_client()

    def send(self, request: Request) -> int:
        """Its status, after looking at what must hold of every answer."""
        headers = {
            "Authorization": fuzzing.basic(*self.house.credentials[request.who]),
            "X-Experience-API-Version": "1.0.3" if request.number % 2 else "2.0.0",
            **request.headers,
        }
        answer = self.client.open(
            f"{request.path}?{request.query}", method=request.method, data=request.body, headers=headers, buffered=True
        )  # fmt: skip
        status = answer.status_code
        assert status < 500, (status, request, answer.data[-500:])
        if status >= 400 and request.method != "HEAD":
            assert answer.mimetype == "application/problem+json", (request, answer.mimetype)
            assert answer.json["status"] == status in CALM, (request, answer.json)
            assert {"type", "title"} <= set(answer.json)
        if request.sent and request.who != "moodle":
            found = self.stored(request.sent)
            assert found == (len(request.sent) if status == 200 else 0), (
                status,
                found,
                request,
                answer.data[:300],
            )
        return status

    def stored(self, ids: tuple[str, ...]) -> int:
        wanted = select(func.count()).where(tables.statement.c.id.in_([one.lower() for one in ids]))
        with self.house.tool.database.reading() as connection:
            return int(connection.execute(wanted).scalar_one())

    def faults(self) -> list[Fault]:
        return list(inspect(self.house.tool.database.reading))


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[Store]:
    with assembled(tmp_path, NOW, None if database_url.startswith("sqlite") else database_url) as house:
        yield Store(house)


@pytest.mark.timeout(3600)
def test_random_requests_leave_no_500_and_no_half_batch(store: Store):
    seen: Counter[int] = Counter()
    for request in fuzzing.requests(SEED, COUNT, store.people):
        seen[store.send(request)] += 1
    print(f"\nfuzz: {sum(seen.values())} requests", dict(sorted(seen.items())))
    assert seen.total() == COUNT
    assert seen[200] > COUNT / 20, "so many must be good, or nothing was tried"
    assert seen[400] > COUNT / 20
    assert store.faults() == []


@pytest.mark.timeout(3600)
def test_requests_made_from_the_description_are_answered_as_it_says(store: Store):
    """Schemathesis makes them, good and bad ones; each answer has a described status, type and shape."""
    schema = schemathesis.openapi.from_dict(store.client.get("/xapi/openapi.json").json)
    for found in schema.get_all_operations():
        operation = found.ok()
        _check(store, operation)
    assert store.faults() == []


def _check(store: Store, operation: schemathesis.schemas.APIOperation) -> None:  # type: ignore[type-arg]
    @seed(2026)
    @settings(max_examples=max(5, COUNT // 150), deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(), who=st.sampled_from(store.people))
    def each(case: schemathesis.Case, who: str) -> None:
        headers = {"Authorization": fuzzing.basic(*store.house.credentials[who])}
        response = case.call(app=store.house.app, base_url="http://localhost/xapi", headers=headers)
        assert response.status_code < 500, (who, case.as_curl_command(), response.text[:500])
        case.validate_response(response, checks=CHECKS)

    each()
