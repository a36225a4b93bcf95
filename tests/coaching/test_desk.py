from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.coaching import desk
from lti_tool.people.making import create
from lti_tool.people.oneness import merge

NOW = datetime(2025, 12, 9, 3, 0, tzinfo=UTC)


@pytest.fixture
def connection(database):
    with database.transaction() as opened:
        yield opened


def ask(connection, text="Tôi chưa mở được bài 5?", *, learner="L1", token="t1", topic=None):
    return desk.ask(
        connection,
        learner_id=learner,
        programme_key="p",
        topic=topic,
        text=text,
        language="vi",
        token=token,
        now=NOW,
    )


def test_a_question_gets_a_number_and_is_new(connection):
    asked = ask(connection, topic="cd-05")
    assert asked.number == "H-000001"
    assert asked.state is desk.State.NEW
    assert asked.topic == "cd-05"
    assert not asked.unread


def test_the_same_form_sent_twice_is_one_question(connection):
    assert ask(connection).number == ask(connection).number
    assert len(desk.of_learner(connection, "L1")) == 1


def test_the_token_of_one_learner_never_reaches_the_question_of_another(connection):
    assert ask(connection, learner="L1").number != ask(connection, learner="L2").number
    assert [question.learner_id for question in desk.of_learner(connection, "L2")] == ["L2"]


@pytest.mark.parametrize(("text", "code"), [("   a ", "question-short"), ("a" * 2001, "question-long")])
def test_a_question_too_short_or_too_long_is_refused_with_its_reason(connection, text, code):
    with pytest.raises(desk.DeskRefused) as refused:
        ask(connection, text)
    assert refused.value.code == code


def test_twenty_unanswered_questions_are_enough(connection):
    for number in range(20):
        ask(connection, token=str(number))
    with pytest.raises(desk.DeskRefused) as refused:
        ask(connection, token="one more")
    assert refused.value.code == "question-many"


def test_a_question_asked_under_an_id_that_was_joined_since_is_still_the_learners(connection):
    first, second = create(connection, NOW), create(connection, NOW)
    asked = ask(connection, learner=first)
    desk.answer(connection, asked.number, "Đã sửa xong.", by="staff-1", now=NOW)
    merge(connection, first, second, lambda *_: None)
    assert [one.number for one in desk.of_learner(connection, second)] == [asked.number]
    desk.mark_seen(connection, second, NOW)
    assert not desk.of_learner(connection, first)[0].unread


def test_an_answer_is_unread_until_its_learner_opened_it(connection):
    number = ask(connection).number
    answered = desk.answer(connection, number, "Xin mở lại bằng Chrome.", by="staff-1", now=NOW)
    assert answered.state is desk.State.ANSWERED
    assert answered.unread
    desk.mark_seen(connection, "L1", NOW + timedelta(minutes=1))
    assert not desk.of_learner(connection, "L1")[0].unread


def test_a_corrected_answer_is_unread_again(connection):
    number = ask(connection).number
    desk.answer(connection, number, "Một.", by="staff-1", now=NOW)
    desk.mark_seen(connection, "L1", NOW)
    assert desk.answer(connection, number, "Hai.", by="staff-1", now=NOW).unread


def test_a_closed_question_keeps_its_answer(connection):
    number = ask(connection).number
    desk.answer(connection, number, "Một.", by="staff-1", now=NOW)
    assert desk.close(connection, number, now=NOW).answer == "Một."
    assert desk.counts(connection)[desk.State.CLOSED] == 1


@pytest.mark.parametrize("number", ["H-000009", "H-1", "", "1 OR 1=1"])
def test_an_unknown_number_is_no_question(connection, number):
    assert desk.find(connection, number) is None
    with pytest.raises(LookupError):
        desk.answer(connection, number, "Một.", by="staff-1", now=NOW)


@pytest.mark.parametrize(("text", "code"), [(" ", "answer-short"), ("a" * 5001, "answer-long")])
def test_an_answer_too_short_or_too_long_is_refused(connection, text, code):
    number = ask(connection).number
    with pytest.raises(desk.DeskRefused) as refused:
        desk.answer(connection, number, text, by="staff-1", now=NOW)
    assert refused.value.code == code


def test_staff_page_through_the_oldest_first(connection):
    for token in "abc":
        ask(connection, token=token)
    first = desk.listed(connection, desk.State.NEW, limit=2)
    rest = desk.listed(connection, None, after=first[-1].number, limit=2)
    assert [question.number for question in first + rest] == ["H-000001", "H-000002", "H-000003"]
