from datetime import UTC, datetime, timedelta

from lti_tool.base.database import Database
from lti_tool.coaching.practice import PracticeSet, in_language
from lti_tool.coaching.practice_log import Answer, practised, save, statement

NOW = datetime(2025, 12, 9, 3, 0, tzinfo=UTC)
BASE = "https://tool.example"


def answer(one: PracticeSet, key: str, choice: str, attempt: str = "one", learner: str = "L1") -> Answer:
    question = one.question(key)
    assert question is not None
    return Answer(learner, question, choice, attempt)


def keep(database: Database, given: Answer, sent: list, now: datetime = NOW) -> None:
    with database.transaction() as connection:
        save(connection, given, record=lambda _, s: sent.append(s), base_url=BASE, language="vi", now=now)


def test_an_answer_becomes_a_statement_under_our_own_ids_that_names_nobody(practice_set):
    made = statement(answer(practice_set, "q1", "b"), base_url=BASE, language="vi", now=NOW)
    assert made["verb"]["id"].endswith("/answered")
    assert made["actor"]["account"] == {"homePage": BASE, "name": "L1"}
    assert made["authority"]["account"]["homePage"] == BASE
    assert made["object"]["id"] == f"{BASE}/practice/topic-a/q1"
    assert made["object"]["definition"]["correctResponsesPattern"] == ["b"]
    assert made["result"] == {"success": True, "completion": True, "response": "b"}


def test_a_wrong_answer_says_so(practice_set):
    given = answer(practice_set, "q1", "a")
    assert statement(given, base_url=BASE, language="vi", now=NOW)["result"]["success"] is False


def test_a_form_sent_twice_is_one_answer_and_one_statement(database, practice_set):
    sent: list = []
    for _ in range(2):
        keep(database, answer(practice_set, "q1", "a"), sent)
    assert len(sent) == 1


def test_the_last_answer_to_each_question_counts_and_only_for_its_learner(database, practice_set):
    sent: list = []
    keep(database, answer(practice_set, "q1", "a", "first"), sent)
    keep(database, answer(practice_set, "q1", "b", "second"), sent, NOW + timedelta(minutes=1))
    keep(database, answer(practice_set, "q2", "c", "third"), sent)
    keep(database, answer(practice_set, "q3", "b", "other", learner="L2"), sent)
    with database.reading() as connection:
        mine = practised(connection, "L1", {"topic-a": practice_set})["topic-a"]
    assert (mine.answered, mine.right, mine.questions) == (2, 1, 3)


def test_a_set_knows_what_comes_after_a_question(practice_set):
    assert practice_set.after("q1").key == "q2"
    assert practice_set.after("q3") is None
    assert practice_set.question("q9") is None
    assert practice_set.question("q1").option("z") is None


def test_a_text_falls_back_to_the_first_language_written():
    assert in_language({"vi": "Chào"}, "en") == "Chào"
