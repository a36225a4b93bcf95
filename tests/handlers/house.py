"""A small programme of three topics on two platforms, the real record store, and reviews as the worker makes them."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

import lti_tool
from certificates import register
from lti_tool.base.database import Database
from lti_tool.base.texts import Texts
from lti_tool.handlers.arrival import on_launched
from lti_tool.handlers.review import Reviewer
from lti_tool.ledger import due, outcomes
from lti_tool.lti.launch import RESOURCE_LINK, Context, Link, Profile, Roles, ValidLaunch
from lti_tool.lti.platforms import Platform
from lti_tool.people import roster
from lti_tool.people.units import Units
from lti_tool.programmes import versions
from rules.completion import Unknown
from tests.small_programme import PROGRAMME
from xapi import intake
from xapi.embedded import EmbeddedLrs
from xapi.intake import IntakePolicy
from xapi.lrs import Sender

MOODLE, OPENEDX = "https://moodle.example.vn", "https://lms.example.vn"
TEXTS = Texts.load(Path(lti_tool.__file__).parent / "translations")
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
UNCOMPLETED = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
START = datetime(2025, 12, 1, 1, 0, tzinfo=UTC)


def account(name: str, issuer: str = MOODLE) -> dict[str, Any]:
    return {"account": {"homePage": issuer, "name": name}}


def statement(actor: dict[str, Any], topic: str, at: datetime, verb: str = COMPLETED) -> dict[str, Any]:
    """A module's completion as Moodle sends it, with the ID number that is the topic's key."""
    extension = {"https://w3id.org/learning-analytics/learning-management-system/external-id": topic}
    return {
        "actor": actor,
        "verb": {"id": verb},
        "object": {
            "objectType": "Activity",
            "id": f"{MOODLE}/mod/page/view.php?id={topic[1:]}",
            "definition": {"extensions": extension},
        },
        "timestamp": at.isoformat(),
    }


@dataclass
class House:
    """The whole way from a launch or a statement to the outcome, on a clock that a test moves."""

    database: Database
    now: datetime
    on_saved: Callable[..., None] = due.on_saved
    reviewer: Reviewer = field(default_factory=lambda: Reviewer(TEXTS))
    sent: int = 0

    def __post_init__(self) -> None:
        self.lrs = EmbeddedLrs(
            self.database.transaction, self.database.reading, lambda: self.now, self.on_saved
        )
        with self.database.transaction() as connection:
            versions.load(connection, PROGRAMME, "small.yaml", self.now, mark_all=due.mark_all)

    def send(self, *statements: dict[str, Any], source: str = MOODLE) -> tuple[str, ...]:
        """As the sender of the platform at `source` does."""
        body = json.dumps(list(statements)).encode()
        self.now += timedelta(milliseconds=1)
        policy = IntakePolicy(source, home_page=source)
        return self.lrs.receive(intake.read(body), self.sender(source), policy).ids

    def sender(self, source: str) -> Sender:
        authority = {"account": {"homePage": "urn:test", "name": source}}
        return Sender(credential_key=source[-8:], authority=authority, source=source)

    def complete(self, actor: dict[str, Any], *topics: str, source: str = MOODLE) -> tuple[str, ...]:
        self.sent += 1
        at = START + timedelta(minutes=self.sent)
        return self.send(*(statement(actor, topic, at) for topic in topics), source=source)

    def launch(
        self,
        sub: str,
        issuer: str = MOODLE,
        *,
        link: str | None = None,
        xapi_actor: str | None = None,
        teacher: bool = False,
        then: Exception | None = None,
        **profile,
    ) -> str:
        platform = Platform(1, "p", issuer, "c", ("1",), issuer, issuer, issuer, "moodle", (), True)
        said = ValidLaunch(
            platform, "1", sub, RESOURCE_LINK, Roles(not teacher, teacher, False), Profile(**profile), xapi_actor,
            Context("7"), Link(link) if link else None, f"{issuer}/lineitem/{link}" if link else None, None, frozenset(),
            None, {}, "vi", None, None, None,
        )  # fmt: skip
        with self.database.transaction() as connection:
            learner_id = on_launched(connection, said, self.now)
            if then:
                raise then
            return learner_id

    def list_people(self, csv: str) -> None:
        """Import a roster; `sub:M`, `username:O` … name logins of the two platforms."""
        said = {"issuers": {"M": MOODLE, "O": OPENEDX}, "units": Units([]), "who": "staff:1", "now": self.now}
        with self.database.transaction() as connection:
            roster.import_(connection, csv.encode(), mark=due.mark, **said)

    def review(self, limit: int = 100) -> None:
        while self.reviewer.review_due(self.database, self.now, limit):
            pass

    def outcome(self, learner_id: str) -> outcomes.Reviewed | None:
        with self.database.reading() as connection:
            return outcomes.of(connection, learner_id, "small")

    def state(self, learner_id: str) -> str | None:
        found = self.outcome(learner_id)
        return found.state if found else None

    def certificates(self, learner_id: str) -> list:
        with self.database.reading() as connection:
            return register.of_holder(connection, learner_id)

    def timeless(self) -> dict[str, Any]:
        """Every stored outcome without the moments of its review."""
        with self.database.reading() as connection:
            found = outcomes.listed(connection, "small")
        return {one.learner_id: _timeless(one) for one in found}


def _timeless(one: outcomes.Reviewed) -> outcomes.Reviewed:
    """When a platform was last heard is told as it was at the review, and others' statements do not have this learner reviewed."""
    outcome = one.outcome
    if isinstance(outcome, Unknown):
        outcome = replace(outcome, pending=replace(outcome.pending, last_heard=None))
    return replace(one, reviewed_at=START, advice=None, outcome=outcome)


class Overtaken:
    """The database of a reviewer before whose first writing transaction `meanwhile` happens: everything is decided by then."""

    def __init__(self, database: Database, meanwhile: Callable[[], object]) -> None:
        self._database, self._meanwhile = database, meanwhile

    def reading(self) -> AbstractContextManager[Connection]:
        return self._database.reading()

    def transaction(self) -> AbstractContextManager[Connection]:
        meanwhile, self._meanwhile = self._meanwhile, lambda: None
        meanwhile()
        return self._database.transaction()
