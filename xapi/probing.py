"""What another store really does, asked by statements of our own: some ignore a filter without a word, and answer with everything."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from xapi import exact
from xapi.errors import Refused
from xapi.external import CONSISTENT, ExternalLrs, LrsUnanswered, Reply
from xapi.lrs import Sender

Json = dict[str, Any]
_LONG_AGO, _AFTER_IT = "2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z"
_NOBODY = "00000000-0000-4000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class Abilities:
    """True: it does as the standard says; False: it does not; None: it could not be found out.

    `writes`: our key may write; `reads`: and read what others wrote; `since_is_stored`: `since` goes by the moment of storing;
    `refuses_unknown`: a parameter nobody knows is a 400; `says_through`: it says until when it knows everything.
    """

    writes: bool | None = None
    reads: bool | None = None
    registration: bool | None = None
    activity: bool | None = None
    related_activities: bool | None = None
    related_agents: bool | None = None
    since_is_stored: bool | None = None
    refuses_unknown: bool | None = None
    says_through: bool | None = None

    def plain(self) -> dict[str, bool | None]:
        return asdict(self)

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of what it does not do."""
        return tuple(name for name, found in self.plain().items() if found is False)


def probe(lrs: ExternalLrs, base_url: str) -> Abilities:
    """Write one statement, always the same, and ask for it in every way. Raises LrsUnanswered when the store is away."""
    one = statement(base_url)
    asked = _Asked(lrs, one)
    try:
        writes = _written(lrs, one)
    except LrsUnanswered as error:
        if error.status not in {401, 403}:
            raise
        writes = False
    if not writes:
        return Abilities(writes=False, reads=asked.answers({"limit": "1"}))
    return Abilities(
        writes=True,
        reads=asked.has({}),
        registration=asked.has({"registration": one["context"]["registration"]})
        and not asked.has({"registration": _NOBODY}),
        activity=asked.has({"activity": one["object"]["id"]})
        and not asked.has({"activity": base_url + "/nothing"}),
        related_activities=asked.related_activities(),
        related_agents=asked.related_agents(),
        since_is_stored=asked.has({"since": _AFTER_IT}),
        refuses_unknown=not asked.answers({"donghanh-probe": "1"}),
        says_through=asked.through(),
    )


def statement(base_url: str) -> Json:
    """Its event was long ago, so that what goes by the event's time shows; it is about nobody."""
    home = f"{base_url}/probe"
    return {
        "id": str(uuid5(NAMESPACE_URL, home)),
        "actor": {"objectType": "Agent", "account": {"homePage": home, "name": "actor"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
        "object": {"objectType": "Activity", "id": f"{home}/object"},
        "context": {
            "registration": str(uuid5(NAMESPACE_URL, f"{home}/registration")),
            "instructor": {"objectType": "Agent", "account": {"homePage": home, "name": "instructor"}},
            "contextActivities": {"grouping": [{"objectType": "Activity", "id": f"{home}/grouping"}]},
        },
        "timestamp": _LONG_AGO,
    }


def _written(lrs: ExternalLrs, one: Json) -> bool:
    try:
        lrs.save([one], Sender("", {}))
    except Refused as refused:
        # "the LRS ... SHOULD NOT" change on a repetition; some say 409 to the very same statement.
        return lrs.get(one["id"]) is not None if refused.status == HTTPStatus.CONFLICT else False
    return True


@dataclass(frozen=True, slots=True)
class _Asked:
    lrs: ExternalLrs
    one: Json

    def has(self, params: Mapping[str, str]) -> bool:
        """Whether a query by our actor and these finds it."""
        agent = params.get("agent") or orjson.dumps(self.one["actor"]).decode()
        return self._found({"limit": "10", "agent": agent, **params})

    def related_activities(self) -> bool:
        grouping = self.one["context"]["contextActivities"]["grouping"][0]["id"]
        by = {"activity": grouping}
        return self.has({**by, "related_activities": "true"}) and not self.has(by)

    def related_agents(self) -> bool:
        by = {"agent": orjson.dumps(self.one["context"]["instructor"]).decode()}
        return self.has({**by, "related_agents": "true"}) and not self.has(by)

    def answers(self, params: Mapping[str, str]) -> bool:
        try:
            self.lrs.remote.page(params)
        except LrsUnanswered as error:
            if error.status in range(400, 500):
                return False
            raise
        return True

    def through(self) -> bool:
        reply: Reply = self.lrs.remote.page({"limit": "1"})[1]
        return CONSISTENT in reply.headers

    def _found(self, params: Mapping[str, str]) -> bool:
        try:
            found, _ = self.lrs.remote.page(params)
        except LrsUnanswered as error:
            if error.status in range(400, 500):
                return False
            raise
        return any(_id(raw) == self.one["id"] for raw in found.statements)


def _id(raw: bytes) -> str:
    try:
        return str(exact.loads(raw)["id"]).lower()
    except (ValueError, LookupError, TypeError):
        return ""
