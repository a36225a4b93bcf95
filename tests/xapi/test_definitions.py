import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from lti_tool.base.database import Database
from tests.xapi.support import MOODLE, Clock, Desk
from xapi import definitions
from xapi.definitions import Definitions, merged

Json = dict[str, Any]
Make = Callable[..., Json]
NOW = datetime(2025, 12, 9, tzinfo=UTC)
IRI = f"{MOODLE}/mod/quiz/view.php?id=7"


def about(iri: str = IRI, **definition: Any) -> Json:
    return {"object": {"id": iri, "definition": definition}}


def question(*texts: str, tag: str = "vi") -> Json:
    choices = [{"id": str(number), "description": {tag: text}} for number, text in enumerate(texts)]
    return {"interactionType": "choice", "choices": choices, "correctResponsesPattern": ["1"]}


def learned(
    database: Database, *statements: Json, who: Definitions | None = None, now: datetime = NOW
) -> Json:
    with database.transaction() as connection:
        (who or Definitions()).learn(connection, statements, now)
    with database.reading() as connection:
        return definitions.find(connection, [IRI]).get(IRI, {})


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements a database is sent."""
    sent: list[str] = []

    def note(*args: Any) -> None:
        sent.append(args[2])

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


def test_what_several_statements_say_comes_together(database: Database):
    assert learned(
        database,
        about(name={"vi": "Bài kiểm tra"}, extensions={"urn:a": 1}),
        {"object": {"objectType": "SubStatement", **about(name={"en": "Quiz"}, type="urn:quiz")}},
        {
            "object": {"objectType": "Agent", "mbox": "mailto:a@b.vn"},
            "context": {
                "contextActivities": {"parent": {"id": IRI, "definition": {"extensions": {"urn:b": 2}}}}
            },
        },
    ) == {
        "name": {"vi": "Bài kiểm tra", "en": "Quiz"},
        "type": "urn:quiz",
        "extensions": {"urn:a": 1, "urn:b": 2},
    }
    assert learned(database, about(name={"vi": "Kiểm tra"}))["name"] == {"vi": "Kiểm tra", "en": "Quiz"}


def test_the_later_word_counts_where_python_takes_one_for_true(database: Database):
    said = [about(extensions={"https://example.org/x": value}) for value in (1, True)]
    assert learned(database, *said)["extensions"]["https://example.org/x"] is True
    assert learned(database, *reversed(said))["extensions"]["https://example.org/x"] is not True


def test_a_question_is_replaced_as_a_whole_and_keeps_its_languages(database: Database):
    learned(database, about(**question("Sai", "Đúng")))
    found = learned(database, about(**question("Wrong", "Right", tag="en")))
    assert found["choices"][1] == {"id": "1", "description": {"vi": "Đúng", "en": "Right"}}
    found = learned(database, about(interactionType="numeric", correctResponsesPattern=["4"]))
    assert found == {"interactionType": "numeric", "correctResponsesPattern": ["4"]}
    assert learned(database, about(name={"vi": "Hỏi"}))["interactionType"] == "numeric"


@given(
    st.dictionaries(
        st.sampled_from(["name", "description"]), st.dictionaries(st.sampled_from("ab"), st.text(max_size=2))
    ),
    st.dictionaries(
        st.sampled_from(["name", "type"]), st.dictionaries(st.sampled_from("ab"), st.text(max_size=2))
    ),
)
def test_saying_it_again_tells_nothing_new(known: Json, said: Json):
    once = merged(known, said)
    assert merged(once, said) == once


def test_what_was_said_before_costs_no_round_trip(database: Database):
    who = Definitions()
    said = [about(name={"vi": "Bài"}), about(f"{IRI}&x", name={"vi": "Khác"})]
    with database.transaction() as connection:
        with counted(database) as sent:
            who.learn(connection, said, NOW)
        assert len(sent) == 2  # what is known, and what is new
    for _ in range(2):
        with counted(database) as sent:
            learned(database, *said, who=who)
        looked = [one for one in sent if one.startswith(("SELECT", "INSERT")) and "xapi_activity" in one]
        counts = len(looked) - 1  # our own look at the end
    assert counts == 0


def test_a_transaction_that_is_rolled_back_is_not_remembered(database: Database):
    who = Definitions()
    with pytest.raises(RuntimeError), database.transaction() as connection:
        who.learn(connection, [about(name={"vi": "Bài"})], NOW)
        who.learn(connection, [about(name={"vi": "Bài"})], NOW)
        raise RuntimeError
    assert learned(database, about(name={"vi": "Bài"}), who=who) == {"name": {"vi": "Bài"}}


def test_a_name_that_changes_to_and_fro_ends_as_it_was_said_last(database: Database):
    one, other = Definitions(), Definitions()
    old, new = about(name={"vi": "Cũ"}), about(name={"vi": "Mới"})
    for said in (old, old, new, new, old):
        found = learned(database, said, who=one)
    assert found["name"] == {"vi": "Cũ"}
    learned(database, old, who=one)
    learned(database, new, who=other)
    found = learned(database, old, who=one, now=NOW + timedelta(minutes=1))
    assert found["name"] == {"vi": "Cũ"}  # a minute later at the latest


def test_of_many_who_say_something_at_once_nothing_is_lost_and_none_is_in_the_way(database: Database):
    """Each process hears the same hundred activities in its own order, each in a language of its own."""
    iris = [f"{IRI}&n={number}" for number in range(20)]

    def say(writer: int) -> None:
        order = random.Random(writer).sample(iris, len(iris))
        who = Definitions()
        for part in (order[:10], order[10:]):
            with database.transaction() as connection:
                who.learn(connection, [about(iri, name={f"x-{writer}": "tên"}) for iri in part], NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(say, range(8)))
    with database.reading() as connection:
        found = definitions.find(connection, iris)
    assert [set(found[iri]["name"]) for iri in iris] == [{f"x-{writer}" for writer in range(8)}] * 20


def ask(desk: Desk, who: str = "reader", iri: str = IRI) -> Json:
    answer = desk.send("GET", who, "/xapi/activities", query_string={"activityId": iri})
    assert answer.status_code == 200
    return answer.json


def test_an_activity_is_told_with_all_that_is_known(desk: Desk, statement: Make):
    assert ask(desk) == {"objectType": "Activity", "id": IRI}
    desk.post("admin", [statement(**about(name={"vi": "Bài"})), statement(**about(name={"en": "Quiz"}))])
    known = {"objectType": "Activity", "id": IRI, "definition": {"name": {"vi": "Bài", "en": "Quiz"}}}
    assert ask(desk) == known
    head = desk.send("HEAD", "reader", "/xapi/activities", query_string={"activityId": IRI})
    assert (head.status_code, head.data) == (200, b"")


def test_only_who_may_define_does(desk: Desk, statement: Make):
    desk.post("writer", statement(**about(name={"vi": "Giả"})))
    assert "definition" not in ask(desk)
    desk.post("moodle", statement(**about(name={"vi": "Thật"})))
    assert ask(desk)["definition"] == {"name": {"vi": "Thật"}}


def test_a_refused_statement_defines_nothing(desk: Desk, statement: Make):
    first = statement()
    desk.post("admin", first)
    assert desk.post("admin", {**first, **about(name={"vi": "Khác"})}).status_code == 409
    assert "definition" not in ask(desk)


@pytest.mark.parametrize(
    "query", [{}, {"activityId": "no-iri"}, {"activityid": IRI}, {"activityId": IRI, "x": "1"}]
)
def test_a_wrong_question_is_refused(desk: Desk, query: dict[str, str]):
    assert desk.send("GET", "reader", "/xapi/activities", query_string=query).status_code == 400


def test_who_may_not_read_is_told_nothing(desk: Desk):
    answer = desk.send("GET", "only-writes", "/xapi/activities", query_string={"activityId": IRI})
    assert answer.status_code == 403


def test_the_clock_of_the_store_is_used(desk: Desk, statement: Make, xapi_clock: Clock):
    for name in ("Một", "Hai", "Một"):
        desk.post("admin", statement(**about(name={"vi": name})))
        xapi_clock.pass_by(seconds=1)
    assert ask(desk)["definition"]["name"] == {"vi": "Một"}
