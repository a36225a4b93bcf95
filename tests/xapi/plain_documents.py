"""What the standard says of documents, in plain words (for model.py)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import Any

from tests.xapi.histories import NEVER, Call
from tests.xapi.plain_statements import identifier

Answer = tuple[int, Any]
Key = tuple[str, str, str, str, str]


@dataclass
class Document:
    body: bytes
    type: str
    at: datetime

    @property
    def tag(self) -> str:
        return f'"{sha1(self.body).hexdigest()}"'


@dataclass
class Documents:
    clock: Callable[[], datetime]
    kept: dict[Key, Document] = field(default_factory=dict)

    def answer(self, call: Call) -> Answer:
        if call.who not in ({"admin", "reader"} if call.method == "GET" else {"admin"}):
            return 403, None
        key = _key(call)
        return self._single(call, key, self.kept.get(key)) if key[4] else self._several(call, key)

    def _single(self, call: Call, key: Key, held: Document | None) -> Answer:
        if call.method == "GET":
            return (200, held.body) if held else (404, None)
        refusal = self._refusal(call, held)
        if refusal:
            return refusal, None
        if call.method == "DELETE":
            self.kept.pop(key, None)
            return 204, None
        body = call.body if call.method == "PUT" or not held else _merged(held, call)
        if body is None:
            return 400, None
        self.kept[key] = Document(body, call.type, self.clock())
        return 204, None

    def _several(self, call: Call, place: Key) -> Answer:
        run = call.query.get("registration")
        keys = [key for key in self.kept if key[:3] == place[:3] and run in {None, key[3]}]
        if call.method == "DELETE":
            for key in keys:
                del self.kept[key]
            return 204, None
        if "since" in call.query:
            since = datetime.fromisoformat(call.query["since"])
            keys = [key for key in keys if self.kept[key].at > since]
        return 200, sorted({key[4] for key in keys})

    def headers(self, call: Call) -> dict[str, str]:
        """With the tag of the document there is, where the call wants that one said."""
        held = self.kept.get(_key(call))
        current = held.tag if held else NEVER
        return {name: current if value == "current" else value for name, value in call.headers.items()}

    def _refusal(self, call: Call, held: Document | None) -> int | None:
        """The headers; then: without one a PUT may not overwrite, nor in 1.0.3 make a profile, but there it may replace a state."""
        headers = self.headers(call)
        fits = {held.tag, "*"} if held else set()
        if "If-Match" in headers and headers["If-Match"] not in fits:
            return 412
        if "If-None-Match" in headers and headers["If-None-Match"] in fits:
            return 412
        if call.method != "PUT" or headers:
            return None
        if call.version == "2.0.0":
            return 409 if held else None
        return None if call.path == "/activities/state" else 409 if held else 400


def _key(call: Call) -> Key:
    query = call.query
    agent = identifier(json.loads(query.get("agent", "{}")))
    name = query.get("stateId") or query.get("profileId") or ""
    return call.path, query.get("activityId", ""), agent, query.get("registration", ""), name


def _merged(held: Document, call: Call) -> bytes | None:
    """None for what is no JSON object, the old or the new."""
    if not (held.type == call.type == "application/json"):
        return None
    old, new = json.loads(held.body), json.loads(call.body)
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return None
    return json.dumps({**old, **new}, separators=(",", ":")).encode()
