"""Everything that both hosts were seen to send, sent the way they send it.

Moodle's logstore_xapi: POST of batches without ids, also empty ones. Open edX's event-routing-backends: PUT of single
statements with statementId, or POST of a batch; the aggregator sends chapter, sequential, vertical and course under one id.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from lti_tool.base.database import Database
from tests.xapi.support import MOODLE, OPENEDX, Desk
from xapi import quarantine, tables
from xapi.intake import IntakePolicy

Json = dict[str, Any]
Recorded = Callable[[str], list[tuple[str, Json]]]
SHARED = Path(__file__).parents[3] / "shared" / "data"
BAD_KINDS = {
    "edx.grades.problem.submitted.weighted_possible_0",
    "edx.grades.problem.submitted.weighted_possible_null",
    "edx.grades.subsection.grade_calculated.weighted_possible_0",
    "edx.special_exam.practice.attempt.created",
    "edx.special_exam.practice.attempt.submitted",
    "edx.special_exam.proctored.attempt.created",
    "edx.special_exam.proctored.attempt.submitted",
    "edx.special_exam.timed.attempt.created",
    "edx.special_exam.timed.attempt.submitted",
    "problem_check(server).max_grade_0",
}


def counts(database: Database) -> tuple[dict[str, int], dict[str, int]]:
    """Stored by source and flag, quarantined by source."""
    column = tables.statement.c
    with database.reading() as connection:
        rows = connection.execute(
            select(column.source, column.flag, func.count()).group_by(column.source, column.flag)
        )
        stored = {f"{row[0]} {row[1]}" if row[1] else row[0]: row[2] for row in rows}
        return stored, quarantine.count(connection)


def put_all(desk: Desk, rows: list[tuple[str, Json]]) -> Counter[str]:
    """Each by PUT; returns how many of each kind were stored."""
    stored: Counter[str] = Counter()
    for kind, sent in rows:
        answer = desk.put("openedx", sent)
        assert answer.status_code == 200
        stored[kind] += len(answer.json)
    return stored


def test_everything_moodle_sends_is_stored_in_batches_of_30(
    desk: Desk, database: Database, recorded: Recorded
):
    sent = [statement for _, statement in recorded("moodle")]
    assert not any("id" in one for one in sent)
    for _ in range(2):  # the whole again, after a lost reply
        for batch in (sent[:13], [], sent[13:]):
            answer = desk.post("moodle", batch)
            assert (answer.status_code, len(answer.json)) == (200, len(batch))
    assert counts(database) == ({MOODLE: 30}, {})


# Some kinds are the same statement as another one: exact copies, or one id and a difference only in an activity's definition,
# which "is not considered part of the Statement itself". Those are resends: 59 are sent, 45 stored and 9 bodies put aside.
@pytest.mark.parametrize(("name", "kept"), [("openedx", (45, 9)), ("openedx-mbox", (32, 0))])
def test_open_edx_by_put_is_stored_but_for_what_breaks_the_standard(
    desk: Desk, database: Database, recorded: Recorded, name: str, kept: tuple[int, int]
):
    rows = recorded(name)
    stored = put_all(desk, rows)
    bad = {kind for kind, number in stored.items() if not number}
    assert bad == (BAD_KINDS if name == "openedx" else set())
    before = counts(database)
    assert put_all(desk, rows) == stored
    assert counts(database) == before
    assert (sum(before[0].values()), sum(before[1].values())) == kept


def test_open_edx_by_batch_gets_the_same(desk: Desk, database: Database, recorded: Recorded):
    rows = recorded("openedx")
    answer = desk.post("openedx", [sent for _, sent in rows])
    assert answer.status_code == 200
    assert len(answer.json) == len(rows) - 10
    assert sum(counts(database)[1].values()) == 10


def test_the_aggregators_four_under_one_id_are_four(desk: Desk, database: Database, recorded: Recorded):
    rows = recorded("openedx-aggregator")
    assert len({sent["id"] for _, sent in rows}) == 1
    assert set(put_all(desk, rows).values()) == {1}
    assert set(put_all(desk, rows[::-1]).values()) == {1}
    assert counts(database) == ({OPENEDX: 4}, {})


@pytest.mark.skipif(not SHARED.is_dir(), reason="the captured exchanges are not beside this checkout")
def test_all_that_was_captured_goes_in(desk: Desk, database: Database, policies: dict[str, IntakePolicy]):
    """How many of each are stored, flagged and quarantined, of everything in shared/data."""
    policies[MOODLE] = IntakePolicy(MOODLE, "http://127.0.0.1:8100")
    policies[OPENEDX] = IntakePolicy(
        OPENEDX, "https://lms.example.vn", frozenset({"mailto:unknown@example.com"})
    )
    live = captured("moodle/statements-live")
    expected = captured("moodle/statements-expected")
    assert len(desk.post("moodle", live).json) == len(live) == 30
    assert len(desk.post("moodle", expected).json) == len(expected) == 190
    for folder in ("aggregator", "external_id", "mbox"):
        for sent in captured(f"openedx/statements/{folder}"):
            assert desk.put("openedx", sent).status_code == 200
    stored, bad = counts(database)
    assert stored[MOODLE] == 30
    # The plugin's own expected statements name another site (www.example.org), so none may count for this platform.
    assert stored[f"{MOODLE} foreign-actor"] == 190
    # 20 of 156 break the standard (score min = max = 0; a context id that is no IRI), two of them being exact copies.
    assert bad == {OPENEDX: 18}
    # Of the other 136 eight are the same statement as an earlier one; of the rest 32 are about unknown@example.com.
    assert stored[OPENEDX] == 96
    assert stored[f"{OPENEDX} unknown-actor"] == 32


def captured(folder: str) -> list[Json]:
    found: list[Json] = []
    for file in sorted((SHARED / folder).glob("*.json")):
        value = json.loads(file.read_text(encoding="utf-8"))
        found += value if isinstance(value, list) else [value]
    return found
