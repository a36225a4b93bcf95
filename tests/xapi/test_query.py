import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi import identity
from xapi.errors import Refused
from xapi.query import LARGEST_PAGE, Query, parse

ID = "12345678-1234-4234-8234-1234567890AB"
AGENT = {"mbox": "mailto:An@example.vn"}


def test_nothing_asked_is_the_latest_page():
    assert parse([]) == Query()


def test_every_parameter_becomes_a_value():
    found = parse(
        {
            "agent": json.dumps(AGENT), "verb": "urn:v", "activity": "urn:a", "registration": ID, "related_activities": "true",
            "related_agents": "false", "since": "2025-12-01T00:00:00+07:00", "until": "2025-12-16T00:00:00Z", "limit": "7",
            "format": "ids", "ascending": "true", "attachments": "false",
        }.items()
    )  # fmt: skip
    wanted = Query(
        agent=identity.mbox_key("an@example.vn"), verb="urn:v", activity="urn:a", registration=ID.lower(), related_activities=True,
        since=1764522000000000, until=1765843200000000, limit=7, format="ids", ascending=True,
    )  # fmt: skip
    assert found == wanted


def test_a_statement_by_its_id_may_come_with_format_and_attachments():
    assert parse([("statementId", ID), ("format", "canonical")]) == Query(
        statement_id=ID.lower(), format="canonical"
    )
    assert parse([("voidedStatementId", ID), ("attachments", "false")]) == Query(
        voided_statement_id=ID.lower()
    )


def test_limit_zero_is_the_most_the_store_gives():
    assert parse([("limit", "0")]).limit == parse([("limit", "99999")]).limit == LARGEST_PAGE


@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        ([("actor", "x")], "actor"),
        ([("Verb", "urn:v")], "Verb"),
        ([("verb", "urn:v"), ("verb", "urn:w")], None),
        ([("statementId", ID), ("voidedStatementId", ID)], "voidedStatementId"),
        ([("statementId", ID), ("limit", "1")], "limit"),
        ([("statementId", "1")], "statementId"),
        ([("agent", "{")], "agent"),
        ([("agent", "[]")], "agent"),
        ([("agent", '"\\ud800"')], "agent"),
        ([("agent", "\ud800")], "agent"),
        ([("agent", '{"name":"An"}')], "agent"),
        ([("agent", '{"objectType":"Group","member":[]}')], "agent"),
        ([("verb", "completed")], "verb"),
        ([("activity", "x")], "activity"),
        ([("registration", "1")], "registration"),
        ([("related_agents", "1")], "related_agents"),
        ([("since", "yesterday")], "since"),
        ([("until", "2025-13-01T00:00:00Z")], "until"),
        ([("limit", "-1")], "limit"),
        ([("limit", "٣")], "limit"),
        ([("format", "html")], "format"),
        ([("ascending", "True")], "ascending"),
        ([("attachments", "yes")], "attachments"),
        ([("more", "x"), ("verb", "urn:v")], "more"),
    ],
)
def test_what_is_not_understood_is_a_400_that_names_the_parameter(
    pairs: list[tuple[str, str]], field: str | None
):
    with pytest.raises(Refused) as caught:
        parse(pairs)
    assert (caught.value.status, caught.value.field) == (400, field)


def test_more_continues_the_same_query_after_the_last_statement():
    first = parse([("verb", "urn:v"), ("limit", "2")])
    second = parse([("more", first.more(41))])
    assert (second.verb, second.limit, second.after) == ("urn:v", 2, 41)
    assert parse([("more", second.more(7))]).after == 7


@given(st.text())
def test_a_forged_more_is_a_400_or_a_query(token: str):
    try:
        found = parse([("more", token)])
    except Refused as refused:
        found = refused.status
    assert found == 400 or isinstance(found, Query)
