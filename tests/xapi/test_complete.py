from collections.abc import Callable
from typing import Any

from xapi.complete import complete

AUTHORITY = {"mbox": "mailto:lrs@example.vn"}


def done(statement: dict[str, Any]) -> dict[str, Any]:
    return complete(statement, statement_id="i", stored="2025-12-09T13:30:00.000000Z", authority=AUTHORITY)


def test_what_the_store_sets_is_set_and_the_rest_stays_as_received(statement: Callable[..., dict[str, Any]]):
    sent = statement(context={"contextActivities": {"parent": [{"id": "urn:p"}]}})
    found = done(sent)
    assert {name: found[name] for name in sent if name != "id"} == {
        name: sent[name] for name in sent if name != "id"
    }
    assert (found["id"], found["stored"], found["authority"], found["version"]) == (
        "i",
        "2025-12-09T13:30:00.000000Z",
        AUTHORITY,
        "1.0.0",
    )


def test_a_missing_timestamp_is_the_time_of_storing(statement: Callable[..., dict[str, Any]]):
    assert done(statement(timestamp=None))["timestamp"] == "2025-12-09T13:30:00.000000Z"


def test_the_senders_own_authority_and_stored_never_survive(statement: Callable[..., dict[str, Any]]):
    found = done(
        statement(authority={"mbox": "mailto:me@example.vn"}, stored="2020-01-01T00:00:00Z", version="1.0.2")
    )
    assert (found["authority"], found["stored"][:4], found["version"]) == (AUTHORITY, "2025", "1.0.2")


def test_context_activities_become_arrays_and_the_sent_value_is_untouched(
    statement: Callable[..., dict[str, Any]],
):
    single = {"contextActivities": {"parent": {"id": "urn:p"}, "other": [{"id": "urn:o"}]}}
    sub = {
        "objectType": "SubStatement",
        "actor": AUTHORITY,
        "verb": {"id": "urn:v"},
        "object": {"id": "urn:o"},
        "context": single,
    }
    sent = statement(context=single, object=sub)
    found = done(sent)
    wanted = {"parent": [{"id": "urn:p"}], "other": [{"id": "urn:o"}]}
    assert found["context"]["contextActivities"] == found["object"]["context"]["contextActivities"] == wanted
    assert single["contextActivities"]["parent"] == {"id": "urn:p"}
