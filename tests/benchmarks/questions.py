"""What GET is asked, about one statement of the store, and what must come back: told three ways, as parameters, in SQL and of a payload."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import Connection, text

from tests.benchmarks.cloning import Store
from xapi import identity
from xapi.formats import from_micros, micros, written
from xapi.formats import moment as at
from xapi.links import activity_key

PAGE = 50
Json = dict[str, Any]


@dataclass(frozen=True)
class Filter:
    """Parameters of GET; `where`: a condition on xapi_statement s with one :bind; `holds`: whether a payload meets it."""

    params: dict[str, str]
    where: str
    bind: dict[str, Any]
    holds: Callable[[Json], bool]


@dataclass(frozen=True)
class Question:
    """Some filters together; none of them: the latest of all."""

    filters: tuple[Filter, ...] = ()

    @property
    def path(self) -> str:
        params = {name: value for one in self.filters for name, value in one.params.items()}
        return "/xapi/statements?" + urlencode({"limit": str(PAGE), **params})

    def holds(self, statement: Json) -> bool:
        return all(one.holds(statement) for one in self.filters)

    def count(self, connection: Connection) -> int:
        return int(connection.execute(text(f"SELECT count(*) {self._from}"), self._binds).scalar_one())

    def ids(self, connection: Connection, past: int = 0) -> list[str]:
        """Of the page that begins after so many, latest first, with one more where there is one."""
        wanted = f"SELECT s.id {self._from} ORDER BY s.seq DESC LIMIT {PAGE + 1} OFFSET {past}"
        return list(connection.execute(text(wanted), self._binds).scalars())

    @property
    def _from(self) -> str:
        return "FROM xapi_statement s WHERE " + " AND ".join(one.where for one in self.filters or (_ALL,))

    @property
    def _binds(self) -> dict[str, Any]:
        return {name: value for one in self.filters for name, value in one.bind.items()}


_ALL = Filter({}, "s.voided_by IS NULL", {}, lambda _one: True)


@dataclass(frozen=True)
class About:
    """A statement that the answer must hold, unless a full page of later ones hides it. `since`: any moment before it; `lately`: one
    after which less than a page was stored."""

    statement: Json
    since: str
    lately: str


def drawn(store: Store, chance: Random) -> About:
    """Any statement of the whole store, told without asking the database for it."""
    number = chance.randint(1, store.total)
    since = store.stored(chance.randint(0, number - 1))
    lately = store.stored(store.total - chance.randint(1, PAGE - 1))
    return About(store.statement(number), written(from_micros(since)), written(from_micros(lately)))


def _agent(about: About) -> Filter:
    account = about.statement["actor"]["account"]
    key = identity.account_key(account["homePage"], account["name"])
    params = {"agent": orjson.dumps({"account": account}).decode()}
    return Filter(
        params, "s.actor_key = :agent", {"agent": key}, lambda one: one["actor"]["account"] == account
    )


def _related_agent(about: About) -> Filter:
    found = _agent(about)
    return Filter({**found.params, "related_agents": "true"}, found.where, found.bind, found.holds)


def _authority(about: About) -> Filter:
    authority = about.statement["authority"]
    agent = orjson.dumps(identity.identifier(authority)).decode()
    params = {"agent": agent, "related_agents": "true"}
    bind = {"authority": identity.key(authority)}
    return Filter(params, "s.authority = :authority", bind, lambda one: one["authority"] == authority)


def _verb(about: About) -> Filter:
    verb = about.statement["verb"]["id"]
    return Filter({"verb": verb}, "s.verb = :verb", {"verb": verb}, lambda one: one["verb"]["id"] == verb)


def _activity(about: About) -> Filter:
    iri = about.statement["object"]["id"]
    bind = {"object": iri}
    return Filter({"activity": iri}, "s.object_id = :object", bind, lambda one: one["object"]["id"] == iri)


def _registration(about: About) -> Filter:
    value = about.statement["context"]["registration"]
    bind = {"registration": value}
    where = "s.registration = :registration"
    return Filter(bind, where, bind, lambda one: one["context"]["registration"] == value)


def _since(moment: str) -> Filter:
    where, bind = "s.stored > :since", {"since": micros(at(moment))}
    return Filter({"since": moment}, where, bind, lambda one: one["stored"] > moment)


def _related(iri: str) -> Filter:
    linked = "EXISTS (SELECT 1 FROM xapi_activity_link k WHERE k.activity_key = :related AND k.seq = s.seq)"
    params, bind = {"activity": iri, "related_activities": "true"}, {"own": iri, "related": activity_key(iri)}
    return Filter(params, f"(s.object_id = :own OR {linked})", bind, lambda one: iri in _activities(one))


def _activities(one: Json) -> set[str]:
    context = one["context"]["contextActivities"]
    return {one["object"]["id"], *(found["id"] for role in context.values() for found in role)}


def _context(about: About, kind: str) -> str:
    """The section that is the topic's, or the whole course: named by the context alone."""
    return next(iri for iri in _activities(about.statement) if f"/course/{kind}.php" in iri)


SHAPES: dict[str, Callable[[About], tuple[Filter, ...]]] = {
    "agent": lambda about: (_agent(about),),
    "agent, verb, activity, since": lambda about: (
        _agent(about),
        _verb(about),
        _activity(about),
        _since(about.since),
    ),
    "registration": lambda about: (_registration(about),),
    "verb, since": lambda about: (_verb(about), _since(about.since)),
    "verb, since lately": lambda about: (_verb(about), _since(about.lately)),
    "related, topic": lambda about: (_related(about.statement["object"]["id"]),),
    "related, section": lambda about: (_related(_context(about, "section")),),
    "related, course": lambda about: (_related(_context(about, "view")),),
    "related agents": lambda about: (_related_agent(about),),
    "related agents, authority": lambda about: (_authority(about),),
    "latest": lambda _about: (),
}
WALKS = ("latest", "verb", "related, topic")


def question(name: str, about: About) -> Question:
    return Question((_verb(about),) if name == "verb" else SHAPES[name](about))
