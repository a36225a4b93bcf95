"""A large store in little time: what the product stored, again and again as other learners' at other moments, by the database itself.

Statement n of N is stored n/N of fifteen days after the first, at any size. Which statement it is
can be told without asking the database (`Store.statement`), so that choosing a question warms no page of it.
"""

import time
import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, text

from lti_tool.base.database import Database
from tests.benchmarks.statements import ALL
from xapi import exact, identity
from xapi.formats import from_micros, written

DAYS = 15
_SPAN = DAYS * 86_400 * 1_000_000
TURN = (
    6007  # a copy's learners are these many after the original's; prime to ALL, so that each comes by in turn
)
LATE = 3_000_000  # microseconds from the event to its storing
KEPT = "source, credential_key, authority, verb, object_id, content_hash, flag"
Json = dict[str, Any]


@dataclass(frozen=True)
class _Template:
    """`marked`: the statement with "@…@" where copies differ; `prefix`: of its id, all but the last twelve digits."""

    seq: int
    learner: int
    prefix: str
    marked: str


@dataclass(frozen=True)
class Store:
    """What the database holds after `grown`: `total` statements from number 1 on, of `people` learners. `began`: microseconds since 1970."""

    issuer: str
    templates: tuple[_Template, ...]
    began: int
    total: int = 0
    people: int = ALL

    @property
    def step(self) -> int:
        """Microseconds from one statement's storing to the next's."""
        return _SPAN // self.total

    def stored(self, seq: int) -> int:
        return self.began + seq * self.step

    def statement(self, seq: int) -> Json:
        """Number `seq` as GET must show it."""
        copy, place = divmod(seq - 1, len(self.templates))
        template = self.templates[place]
        learner, stored = str((template.learner + copy * TURN) % self.people), self.stored(seq)
        values = {
            "@id@": f"{template.prefix}{seq:012x}",
            "@learner@": learner,
            "@registration@": registration(self.issuer, learner),
            "@stored@": written(from_micros(stored)),
            "@timestamp@": written(from_micros(stored - LATE)),
        }
        found = template.marked
        for mark, value in values.items():
            found = found.replace(mark, value)
        return dict(orjson.loads(found))


def registration(issuer: str, learner: str) -> str:
    """As `moodle` has it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{issuer}/{learner}"))


def prepared(database: Database, issuer: str) -> Store:
    """What is stored becomes the pattern of every copy."""
    with database.transaction() as connection:
        rows = connection.execute(text("SELECT seq, payload FROM xapi_payload ORDER BY seq"))
        templates = tuple(_template(seq, orjson.loads(payload)) for seq, payload in rows)
        _keep_templates(connection, templates)
        _keep_learners(connection, issuer)
    return Store(issuer, templates, int((time.time() - DAYS * 86_400) * 1_000_000))


def _template(seq: int, one: Json) -> _Template:
    account, prefix = one["actor"]["account"], one["id"][:24]
    learner = int(account["name"])
    one["actor"]["name"] = one["actor"]["name"].replace(account["name"], "@learner@")
    account["name"], one["context"]["registration"] = "@learner@", "@registration@"
    one |= {"id": "@id@", "stored": "@stored@", "timestamp": "@timestamp@"}
    return _Template(seq, learner, prefix, exact.dumps(one).decode())


def _keep_templates(connection: Connection, templates: tuple[_Template, ...]) -> None:
    connection.execute(
        text(
            "CREATE TABLE bench_mark (place INTEGER, seq BIGINT PRIMARY KEY, learner INTEGER, prefix TEXT, marked TEXT)"
        )
    )
    rows = [
        {"place": place, "seq": one.seq, "learner": one.learner, "prefix": one.prefix, "marked": one.marked}
        for place, one in enumerate(templates, 1)
    ]
    connection.execute(text("INSERT INTO bench_mark VALUES (:place, :seq, :learner, :prefix, :marked)"), rows)
    connection.execute(
        text(
            f"CREATE TABLE bench_template AS SELECT place, learner, prefix, marked, {KEPT}"
            " FROM bench_mark JOIN xapi_statement USING (seq)"
        )
    )
    connection.execute(
        text(
            "CREATE TABLE bench_link AS SELECT activity_key, place"
            " FROM xapi_activity_link JOIN bench_mark USING (seq) ORDER BY 1, 2"
        )
    )


def _keep_learners(connection: Connection, issuer: str) -> None:
    connection.execute(
        text("CREATE TABLE bench_learner (learner INTEGER PRIMARY KEY, actor_key TEXT, registration TEXT)")
    )
    rows = [_learner(issuer, str(number)) for number in range(ALL)]
    connection.execute(text("INSERT INTO bench_learner VALUES (:learner, :key, :registration)"), rows)
    connection.execute(text("INSERT INTO xapi_agent VALUES (:key, :ifi) ON CONFLICT DO NOTHING"), rows)


def _learner(issuer: str, name: str) -> Json:
    return {
        "learner": int(name),
        "key": identity.account_key(issuer, name),
        "ifi": exact.dumps({"account": {"homePage": issuer, "name": name}}).decode(),
        "registration": registration(issuer, name),
    }
