"""Statements as facts: the shapes both hosts send, and what senders may write into extensions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.ledger.evidence import EXTERNAL_ID, INFO, PROGRESS, fact_of
from xapi.evidence import Stored

AT = datetime(2025, 12, 3, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "score", "extensions", "parent"]), inner)
    ),
    max_leaves=8,
)


def stored(**statement):
    said = {"verb": {"id": "v"}, "object": {"id": "o"}} | statement
    return Stored("s1", "https://lms.example.vn", "k", 7, AT, AT, said)


def test_a_moodle_quiz_attempt_keeps_idnumber_score_event_and_parents():
    fact = fact_of(
        stored(
            object={"id": "o", "definition": {"extensions": {EXTERNAL_ID: "cd-01"}}},
            result={"completion": True, "success": False, "score": {"scaled": 0.5, "raw": 5}},
            context={
                "extensions": {INFO: {"event_name": r"\mod_quiz\event\attempt_submitted"}},
                "contextActivities": {"parent": [{"id": "quiz"}, {"id": "course"}]},
            },
        )
    )
    assert (fact.external_id, fact.scaled, fact.success, fact.completion) == ("cd-01", 0.5, False, True)
    assert (fact.event_name, fact.parents) == (r"\mod_quiz\event\attempt_submitted", ("quiz", "course"))
    assert (fact.order, fact.statement_id) == (7, "s1")


def test_an_open_edx_completion_keeps_its_progress():
    fact = fact_of(stored(result={"completion": True, "extensions": {PROGRESS: 100.0}}))
    assert (fact.progress, fact.external_id, fact.event_name) == (100.0, None, None)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("PT20S", 20), ("PT1H2M3.5S", 3723.5), ("P1DT0,5M", 86430), ("P2W", 1209600), ("P1Y2M", 36720000), ("PT0S", 0)],
)  # fmt: skip
def test_a_duration_is_how_long_it_says(said, seconds):
    assert fact_of(stored(result={"duration": said})).duration == timedelta(seconds=seconds)


@pytest.mark.parametrize("said", [None, 20, "20 s", "P", "", "PT", "2025-12-01T00:00:00Z"])
def test_what_is_no_duration_says_nothing(said):
    assert fact_of(stored(result={"duration": said})).duration is None


def test_a_duration_of_ages_is_thirty_years():
    assert fact_of(stored(result={"duration": f"PT{'9' * 400}S"})).duration == timedelta(days=30 * 365)


def test_an_object_that_is_no_activity_is_no_fact():
    assert fact_of(stored(object={"objectType": "StatementRef", "id": "x"})) is None


@pytest.mark.parametrize(
    ("written", "read"), [(7, "7"), (" cd-01 ", "cd-01"), ("", None), (True, None), ([], None)]
)
def test_an_id_number_is_text_however_it_is_written(written, read):
    fact = fact_of(stored(object={"id": "o", "definition": {"extensions": {EXTERNAL_ID: written}}}))
    assert fact.external_id == read


@given(result=JSON, context=JSON, definition=JSON)
def test_nothing_a_sender_writes_beside_the_standard_breaks_a_review(result, context, definition):
    fact = fact_of(stored(result=result, context=context, object={"id": "o", "definition": definition}))
    assert fact.activity == "o"
