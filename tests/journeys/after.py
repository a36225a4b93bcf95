"""What stands at the end of journeys: statements in the store, certificates, scores. Read from outside wherever there is a door."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import requests
from sqlalchemy import text

from lti_tool.base.database import Database
from tests.journeys.killing import Learner
from tests.journeys.practising import FACES, RunningPractice

_ACCEPTED = (200, 201, 204)
Fact = tuple[str, ...]


def lost_and_doubled(practice: RunningPractice) -> tuple[list[Fact], list[Fact], int]:
    """Facts acknowledged to an LMS that the store lacks, facts it holds more often than they were sent, and how many there are."""
    sent = Counter(fact for face in FACES for fact in _sent(practice, face, "sent"))
    tried = sent + Counter(fact for face in FACES for fact in _sent(practice, face, "lost", "failed"))
    stored = Counter(map(_fact, _stored(practice)))
    lost = [fact for fact in sent if fact not in stored]
    doubled = [fact for fact, times in stored.items() if times > tried[fact]]
    return lost, doubled, len(sent)


def _sent(practice: RunningPractice, face: str, *states: str) -> Iterator[Fact]:
    connection = sqlite3.connect(practice.home / "practice" / f"{face}.sqlite3")
    for state in states:
        for (statements,) in connection.execute("SELECT statements FROM outbox WHERE state = ?", [state]):
            yield from map(_fact, json.loads(statements))
    connection.close()


def _fact(statement: dict[str, Any]) -> Fact:
    """What makes a statement this statement, whatever the id and whoever sent it again."""
    at = datetime.fromisoformat(statement["timestamp"]).isoformat()
    actor, result = statement["actor"], statement.get("result", {})
    name = actor["account"]["name"] if "account" in actor else actor.get("mbox", "")
    return name, statement["verb"]["id"], statement["object"]["id"], at, json.dumps(result, sort_keys=True)


def _stored(practice: RunningPractice) -> Iterator[dict[str, Any]]:
    access = practice.command("credential", "add", "--label", "reader", "--scope", "all/read")
    options = {
        "auth": (access["key"], access["secret"]),
        "headers": {"X-Experience-API-Version": "1.0.3"},
        "timeout": 60,
    }
    found = requests.get(f"{practice.url}/xapi/statements?limit=500", **options).json()
    yield from found["statements"]
    while found.get("more"):
        found = requests.get(f"{practice.url}{found['more']}", **options).json()
        yield from found["statements"]


def certificates(database: Database) -> Counter[str]:
    """How many valid certificates each holder has."""
    with database.reading() as connection:
        rows = connection.execute(text("SELECT holder FROM certificate_certificate WHERE status = 'valid'"))
        return Counter(holder for (holder,) in rows)


def scores(practice: RunningPractice, learners: Sequence[Learner]) -> dict[Learner, list[float]]:
    """The scores that took effect at the LMS, in order; None is one that cleared."""
    state = practice.control.state()
    found: dict[Learner, list[float]] = {}
    for one in learners:
        sub = state[one.face]["people"][one.key]["sub"]
        posts = [(post["status"], json.loads(post["body"])) for post in state[one.face]["score_posts"]]
        found[one] = [
            body.get("scoreGiven") for status, body in posts if status in _ACCEPTED and body["userId"] == sub
        ]
    return found
