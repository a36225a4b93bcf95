"""What another store really does, asked by statements of our own: some ignore a filter without a word, and answer with everything."""

from collections.abc import Callable, Mapping
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
_FAULTS = range(500, 600)
Question = Callable[[], bool]


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


@dataclass(frozen=True, slots=True)
class Probed:
    """`faults`: its answer to each question that it fell over (5xx); what was asked by it is None among the abilities."""

    abilities: Abilities
    faults: tuple[LrsUnanswered, ...]


def probe(lrs: ExternalLrs, base_url: str) -> Abilities:
    """What is found out is kept for good, so all or nothing. Raises LrsUnanswered when the store is away, or falls over a question."""
    found = look(lrs, base_url)
    if found.faults:
        raise found.faults[0]
    return found.abilities


def look(lrs: ExternalLrs, base_url: str) -> Probed:
    """Write one statement, always the same, and ask for it in every way. Raises LrsUnanswered when the store is away or will not write."""
    one = statement(base_url)
    asked = _Asked(lrs, one)
    if _may_write(lrs, one):
        return _probed(asked.questions(base_url), writes=True)
    return _probed({"reads": lambda: asked.answers({"limit": "1"})}, writes=False)


def _probed(questions: Mapping[str, Question], *, writes: bool) -> Probed:
    answers: dict[str, bool | None] = {"writes": writes}
    faults = []
    for name, question in questions.items():
        try:
            answers[name] = question()
        except LrsUnanswered as error:
            if error.status not in _FAULTS:
                raise
            faults.append(error)
    return Probed(Abilities(**answers), tuple(faults))


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


def _may_write(lrs: ExternalLrs, one: Json) -> bool:
    try:
        return _written(lrs, one)
    except LrsUnanswered as error:
        if error.status in {401, 403}:
            return False
        raise


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

    def questions(self, base_url: str) -> Mapping[str, Question]:
        """By the ability that each finds out."""
        registration, activity = self.one["context"]["registration"], self.one["object"]["id"]
        return {
            "reads": lambda: self.has({}),
            "registration": lambda: self.tells("registration", registration, _NOBODY),
            "activity": lambda: self.tells("activity", activity, base_url + "/nothing"),
            "related_activities": self.related_activities,
            "related_agents": self.related_agents,
            "since_is_stored": lambda: self.has({"since": _AFTER_IT}),
            "refuses_unknown": lambda: not self.answers({"donghanh-probe": "1"}),
            "says_through": self.through,
        }

    def tells(self, name: str, ours: str, other: str) -> bool:
        """Whether it filters by this parameter."""
        return self.has({name: ours}) and not self.has({name: other})

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
