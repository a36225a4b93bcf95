"""A learning record store as the standard describes it, plainly: lists in memory, one request after another.

No index, no key, no cache: what the real store does in SQL is done here by looking at everything. It takes the requests of
histories.py, which are well-formed, and answers with a status and a JSON value, bytes or nothing.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.xapi.histories import Call
from tests.xapi.plain_documents import Documents
from tests.xapi.plain_statements import (
    Kept,
    activities,
    completed,
    direct_people,
    identifier,
    kind,
    related_people,
    same,
)

Json = dict[str, Any]
Answer = tuple[int, Any]


@dataclass
class Model:
    """`authorities`: of each credential."""

    authorities: dict[str, Json]
    clock: Callable[[], datetime]
    statements: list[Kept] = field(default_factory=list)
    definitions: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.documents = Documents(self.clock)

    def answer(self, call: Call, made: Iterator[str]) -> Answer:
        """`made`: the ids of statements that come without one."""
        if call.path == "/activities":
            return 200, self._activity(call.query["activityId"])
        if call.path != "/statements":
            return self.documents.answer(call)
        return self._get(call) if call.method == "GET" else self._store(call, made)

    # --- storing ---

    def _store(self, call: Call, made: Iterator[str]) -> Answer:
        sent = [call.body] if isinstance(call.body, dict) else call.body
        if call.method == "PUT":
            sent = [{"id": call.query["statementId"], **call.body}]
        given = [one["id"] for one in sent if "id" in one]
        if len(given) > len(set(given)):
            return 400, None
        named = [{"id": one.get("id") or next(made), **one} for one in sent]
        held = {one["id"]: self._by_id(one["id"]) for one in named}
        if any(known and not same(known, one) for one in named if (known := held[one["id"]])):
            return 409, None
        fresh = [self._kept(call, one) for one in named if not held[one["id"]]]
        if not all(self._may_void(call.who, one, fresh) for one in fresh):
            return 403, None
        self.statements += fresh
        if call.who == "admin":  # scope all holds define
            for activity in [activity for one in sent for activity in activities(one)]:
                self._define(activity["id"], activity.get("definition", {}))
        return (204, None) if call.method == "PUT" else (200, [one["id"] for one in named])

    def _kept(self, call: Call, sent: Json) -> Kept:
        now = self.clock()
        whole = completed(sent, sent["id"], self.authorities[call.who], now, call.version)
        return Kept(whole, sent, call.who, now)

    def _may_void(self, who: str, one: Kept, fresh: list[Kept]) -> bool:
        """One's own statements only, but for scope all. What is not there yet, or voids itself, is nobody's business."""
        target = next((two for two in [*self.statements, *fresh] if two.whole["id"] == one.voids), None)
        return target is None or target.voids is not None or who in {"admin", target.by}

    def _define(self, iri: str, said: Json) -> None:
        known = self.definitions.setdefault(iri, {})
        for name, value in said.items():
            known[name] = {**known.get(name, {}), **value} if isinstance(value, dict) else value

    def _activity(self, iri: str) -> Json:
        known = self.definitions.get(iri)
        return {"objectType": "Activity", "id": iri, **({"definition": known} if known else {})}

    # --- finding ---

    def _get(self, call: Call) -> Answer:
        query = call.query
        seen = [one for one in self.statements if call.who in {"admin", "reader"} or one.by == call.who]
        for name, voided in (("statementId", False), ("voidedStatementId", True)):
            if name in query:
                held = [one for one in seen if one.whole["id"] == query[name] and self._voided(one) == voided]
                return (200, held[0].whole) if held else (404, None)
        found = [one.whole for one in seen if not self._voided(one) and self._asked(one, query, seen)]
        return 200, found if query.get("ascending") == "true" else found[::-1]

    def _asked(self, one: Kept, query: Json, seen: list[Kept]) -> bool:
        """Time is asked of the statement itself, everything else of it or of one it refers to, however far away, and that is seen too."""
        if "since" in query and not one.at > datetime.fromisoformat(query["since"]):
            return False
        if "until" in query and not one.at <= datetime.fromisoformat(query["until"]):
            return False
        return any(meets(two.whole, query) for two in self._with_targets(one) if two in seen)

    def _with_targets(self, one: Kept) -> list[Kept]:
        found: list[Kept] = []
        reached: Kept | None = one
        while reached is not None and reached not in found:
            found.append(reached)
            target = reached.sent["object"]
            reached = self._by_id(target["id"]) if kind(target) == "StatementRef" else None
        return found

    def _voided(self, one: Kept) -> bool:
        """A voiding statement "cannot be voided" itself."""
        return one.voids is None and any(other.voids == one.whole["id"] for other in self.statements)

    def _by_id(self, name: str) -> Kept | None:
        return next((one for one in self.statements if one.whole["id"] == name), None)


def meets(statement: Json, query: Json) -> bool:
    """All that is asked but time."""
    if "agent" in query:
        about = related_people if query.get("related_agents") == "true" else direct_people
        if identifier(json.loads(query["agent"])) not in about(statement):
            return False
    if "activity" in query:
        target = statement["object"]
        direct = [target] if kind(target) == "Activity" else []
        about_ids = activities(statement) if query.get("related_activities") == "true" else direct
        if query["activity"] not in [one["id"] for one in about_ids]:
            return False
    if query.get("verb") not in {None, statement["verb"]["id"]}:
        return False
    return query.get("registration") in {None, statement.get("context", {}).get("registration")}
