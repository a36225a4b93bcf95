from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from lti_tool.base.database import Database
from tests.xapi.support import MOODLE, Desk, Heard
from xapi import identity
from xapi.embedded import evidence
from xapi.statement import VOIDED

Json = dict[str, Any]
Make = Callable[..., Json]
LEARNER = (MOODLE, identity.account_key(MOODLE, "2041"))


def void(statement: Make, target: str, **changes: Any) -> Json:
    return statement(
        actor={"mbox": "mailto:ban@example.vn"},
        verb={"id": VOIDED},
        object={"objectType": "StatementRef", "id": target},
        **changes,
    )


def evident(database: Database) -> list[str]:
    with database.reading() as connection:
        return [found.id for found in evidence(connection, [LEARNER])]


def test_a_voided_statement_is_hidden_and_found_only_as_voided(desk: Desk, statement: Make):
    sent = statement()
    desk.put("writer", sent)
    voiding = void(statement, sent["id"])
    assert desk.put("writer", voiding).status_code == 204
    assert desk.get("admin", statementId=sent["id"]).status_code == 404
    assert desk.get("admin", voidedStatementId=sent["id"]).json["id"] == sent["id"]
    assert [found["id"] for found in desk.all_()] == [voiding["id"]]
    assert [found["id"] for found in desk.all_(verb=sent["verb"]["id"])] == [
        voiding["id"]
    ]  # it refers to a match
    assert desk.put("writer", sent).status_code == 204


def test_an_unvoided_statement_is_not_found_as_voided(desk: Desk, statement: Make):
    sent = statement()
    desk.put("writer", sent)
    assert desk.get("admin", voidedStatementId=sent["id"]).status_code == 404


def test_somebody_elses_statement_cannot_be_voided_by_an_ordinary_credential(
    desk: Desk, database: Database, statement: Make
):
    sent = statement()
    desk.post("moodle", [sent])
    answer = desk.post("writer", [statement(), void(statement, sent["id"])])
    assert (answer.status_code, answer.json["index"]) == (403, 1)
    assert desk.get("admin", statementId=sent["id"]).status_code == 200
    assert evident(database) == [sent["id"]]


@pytest.mark.parametrize("who", ["admin", "moodle"])
def test_scope_all_and_its_own_authority_take_evidence_back_and_the_learner_is_reviewed(
    desk: Desk, database: Database, heard: Heard, statement: Make, who: str
):
    sent = statement()
    desk.post("moodle", [sent])
    assert evident(database) == [sent["id"]]
    desk.post(who, [void(statement, sent["id"])])
    assert evident(database) == []
    assert LEARNER[1] in heard.batches[-1].actor_keys


def test_a_platform_that_voids_what_is_not_its_own_hides_it_but_it_stays_evidence(
    desk: Desk, database: Database, heard: Heard, statement: Make
):
    sent = statement()
    desk.post("moodle", [sent])
    assert desk.post("openedx", [void(statement, sent["id"])]).status_code == 200
    assert desk.get("admin", statementId=sent["id"]).status_code == 404
    assert evident(database) == [sent["id"]]
    assert LEARNER[1] not in heard.batches[-1].actor_keys


@pytest.mark.parametrize(
    ("who", "left"), [("admin", False), ("moodle", False), ("writer", True), ("openedx", True)]
)
def test_a_voiding_that_comes_before_its_target_has_the_same_effect(
    desk: Desk, database: Database, statement: Make, who: str, left: bool
):
    sent = statement()
    assert desk.post(who, [void(statement, sent["id"])]).status_code == 200
    assert desk.post("moodle", [sent]).json == [sent["id"]]
    assert desk.get("admin", voidedStatementId=sent["id"]).status_code == 200
    assert evident(database) == ([sent["id"]] if left else [])


def test_a_later_voiding_by_the_entitled_still_takes_the_evidence_back(
    desk: Desk, database: Database, statement: Make
):
    sent = statement()
    desk.post("moodle", [sent])
    desk.post("openedx", [void(statement, sent["id"])])
    desk.post("admin", [void(statement, sent["id"])])
    assert evident(database) == []


def test_a_statement_and_its_voiding_in_one_batch(desk: Desk, database: Database, statement: Make):
    sent, kept = statement(), statement()
    desk.post("moodle", [void(statement, sent["id"]), sent, kept])
    assert evident(database) == [kept["id"]]


def test_a_voiding_statement_cannot_be_voided(desk: Desk, statement: Make):
    sent = statement()
    voiding = void(statement, sent["id"])
    for one in (sent, voiding, void(statement, voiding["id"])):
        assert desk.put("writer", one).status_code == 204
    assert desk.get("admin", statementId=voiding["id"]).status_code == 200
    assert desk.get("admin", statementId=sent["id"]).status_code == 404


def test_voiding_what_is_not_there_is_accepted(desk: Desk, statement: Make):
    assert desk.put("writer", void(statement, str(uuid4()))).status_code == 204
