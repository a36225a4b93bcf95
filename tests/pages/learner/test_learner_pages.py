"""What a learner meets, without JavaScript."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from certificates.certificate import DocumentState, Status
from certificates.names import Problem
from lti_tool.base.resources import package_folder
from lti_tool.base.texts import LANGUAGES
from lti_tool.coaching import desk
from rules.requirement import AllOf, AnyOf, AtLeast


def form(page: str, **fields: str) -> dict[str, str]:
    """The hidden fields of a page's form, and what a person fills in."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    return {**hidden, **fields}


def test_one_sentence_says_where_i_stand(stage, staging, look):
    stage.world.states = staging.on_the_way()
    page = look()
    assert "6 trên 10 chuyên đề." in page
    assert "Còn 1 bắt buộc và 3 tự chọn nữa" in page
    assert 'aria-label="Bắt buộc: xong 4 trên 5. Đang học 1. Tự chọn: xong 2 trên 5."' in page


def test_the_next_topic_comes_with_its_reason_and_a_link_into_the_lms(stage, staging, look):
    stage.world.states = staging.on_the_way()
    page = look()
    assert "Chuyên đề 5 · An toàn thông tin cho cán bộ cấp xã" in page
    assert "Chỉ còn: Bài trắc nghiệm." in page
    assert f'href="{staging.MOODLE}/course/view.php?id=2" target="_top"' in page


def test_without_a_course_address_the_page_says_where_to_go(stage, look):
    stage.world.course_url = None
    assert "Hãy mở chuyên đề này trong khóa học của bạn." in look()


def test_days_left_and_the_pace_are_said(stage, staging, look):
    stage.world.states = staging.on_the_way()
    page = look()
    assert "Kịp. Còn 6 ngày 14 giờ cho 4 chuyên đề." in page
    assert "Cứ 39 giờ một chuyên đề là đủ." in page
    assert "24 giờ 15/12" in page


def test_a_done_topic_shows_date_source_score_and_statement(stage, staging, look):
    stage.world.states = staging.on_the_way()
    page = look()
    assert "Hoàn thành 20:41 1/12 · điểm 90%" in page
    assert "moodle.example" in page
    assert "00000001-52f7-4a2c-9d8e-0a1b2c3d4e5f" in page


def test_the_certificate_is_there_the_moment_it_is_earned(stage, staging, look):
    stage.world.states, stage.world.certificate = staging.enough(), staging.certificate()
    page = look()
    assert page.index("Chúc mừng!") < page.index("Tôi đang ở đâu")
    assert "7K2M-9QXT-4HWP-C3RD" in page
    assert f"{staging.BASE}/verify/7K2M-9QXT-4HWP-C3RD" in page


def test_a_document_in_preparation_says_so_and_looks_again_without_javascript(stage, staging, look):
    stage.world.states, stage.world.certificate = staging.enough(), staging.certificate(DocumentState.DUE)
    page = look()
    assert "đang được ký số" in page
    assert '<noscript><meta http-equiv="refresh"' in page


@pytest.mark.parametrize(
    ("document", "status", "problem", "words"),
    [
        (DocumentState.WAITING, Status.VALID, Problem("name_missing"), "Chúng tôi chưa biết họ tên"),
        (DocumentState.WAITING, Status.VALID, Problem("name_letters", "喜"), "ký tự chưa in được: 喜"),
        (DocumentState.WAITING, Status.VALID, Problem("name_long"), "quá dài để in"),
        (DocumentState.ISSUED, Status.REVOKED, None, "đã bị thu hồi"),
    ],
)
def test_every_other_state_of_the_certificate_says_what_to_do(
    stage, staging, look, document, status, problem, words
):
    stage.world.states = staging.enough()
    stage.world.certificate = staging.certificate(document, status=status, waiting=problem)
    assert words in look()


@pytest.mark.parametrize(
    ("now", "heard", "words"),
    [
        (datetime(2025, 11, 20, tzinfo=UTC), None, "Chương trình mở lúc 0:00 1/12/2025."),
        (
            datetime(2025, 12, 16, 3, tzinfo=UTC),
            datetime(2025, 12, 9, 3, tzinfo=UTC),
            "gửi dữ liệu lần cuối lúc 10:00 9/12/2025",
        ),
        (datetime(2025, 12, 16, 3, tzinfo=UTC), None, "chưa gửi dữ liệu nào"),
        (
            datetime(2025, 12, 16, 3, tzinfo=UTC),
            datetime(2025, 12, 16, tzinfo=UTC),
            "vẫn được tính đến 0:00 19/12/2025",
        ),
        (
            datetime(2026, 1, 5, tzinfo=UTC),
            datetime(2026, 1, 5, tzinfo=UTC),
            "Đã hết hạn khi bạn xong 0 trên 10 chuyên đề.",
        ),
    ],
)
def test_before_and_after_the_window_the_page_says_what_is_awaited(stage, look, now, heard, words):
    stage.world.now = now
    stage.world.pending = replace(stage.world.pending, last_heard=heard)
    assert words in look()


def test_uncertain_identity_is_said(stage, look):
    stage.world.pending = replace(stage.world.pending, identity=True)
    assert "có thể là của bạn nhưng chưa chắc chắn" in look()


def test_a_rehearsal_says_so_on_every_page(stage, look):
    stage.world.programme = replace(stage.world.programme, rehearsal=True)
    for path in ("", "/practice", "/questions"):
        assert "Diễn tập:" in look(path)


def test_another_requirement_is_drawn_without_a_change_of_code(stage, look):
    every = tuple(f"cd-{n:02d}" for n in range(1, 20))
    ways = AnyOf((AtLeast(2, ("cd-03", "cd-04")), AtLeast(1, ("cd-05",))))
    stage.world.programme = replace(stage.world.programme, requirement=AllOf((AtLeast(19, every), ways)))
    page = look()
    assert page.count('class="mark open"') == 19 + 2 + 1
    assert "Một trong các cách sau là đủ:" in page


def test_no_programme_says_what_to_do(stage, look):
    stage.world.programme = None
    assert "Ban tổ chức chưa nạp chương trình." in look(status=404)


def test_english_by_the_launch_or_by_the_switch_which_links_keep(stage, staging, look):
    stage.world.states = staging.on_the_way()
    assert "6 of 10 topics." in look(language="en")
    page = look("?lang=en")
    assert '<html lang="en">' in page
    assert re.search(r'href="/learn/[^"]+/practice\?lang=en"', page)
    assert re.search(r'href="/learn/[^"?]+\?lang=vi" lang="vi"', page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_on_any_page(stage, staging, look, language):
    stage.world.states, stage.world.certificate = staging.on_the_way(), None
    for path in ("", "/practice", "/practice/cd-01/q1", "/questions"):
        page = look(path, language=language)
        assert not re.search(r">\s*(learner|practice|errors|teacher)\.[a-z_.]+", page)


def test_no_page_carries_inline_style_or_script(stage, staging, look):
    stage.world.states = staging.on_the_way()
    for path in ("", "/practice", "/practice/cd-01/q1", "/questions"):
        page = look(path)
        assert " style=" not in page
        assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=", page)


def test_the_launch_of_another_browser_or_view_opens_nothing(stage):
    launch_id = stage.open()
    assert stage.client("c" * 22).get(f"/learn/{launch_id}").status_code == 403
    assert stage.client().get(f"/learn/{stage.open(view='teacher')}").status_code == 403


def test_opening_the_page_brings_the_outcome_up_to_date(stage, look):
    look()
    assert stage.world.refreshed == ["L1"]


def test_the_state_is_304_until_something_happens(stage, staging):
    stage.world.states = staging.on_the_way()
    launch_id, client = stage.open(), stage.client()
    page = client.get(f"/learn/{launch_id}").text
    first = client.get(f"/learn/{launch_id}/state")
    assert f'data-version="{first.json["version"]}"' in page
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/learn/{launch_id}/state", headers=tag).status_code == 304
    stage.world.states = staging.enough()
    assert client.get(f"/learn/{launch_id}/state", headers=tag).status_code == 200


def test_the_document_is_the_stored_bytes(stage, staging):
    stage.world.states, stage.world.certificate, stage.world.pdf = (
        staging.enough(),
        staging.certificate(),
        b"%PDF-1.7",
    )
    answer = stage.client().get(f"/learn/{stage.open()}/certificate.pdf")
    assert answer.data == b"%PDF-1.7"
    assert answer.mimetype == "application/pdf"
    assert "7K2M-9QXT-4HWP-C3RD.pdf" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("held", [None, "due", "revoked"])
def test_no_document_is_said_not_invented(stage, staging, held):
    held_certificates = {
        None: None,
        "due": staging.certificate(DocumentState.DUE),
        "revoked": staging.certificate(status=Status.REVOKED),
    }
    stage.world.certificate = held_certificates[held]
    stage.world.pdf = b"%PDF" if held == "revoked" else None
    assert stage.client().get(f"/learn/{stage.open()}/certificate.pdf").status_code == 404


def waiting(stage, staging):
    stage.world.states = staging.enough()
    stage.world.certificate = staging.certificate(
        DocumentState.WAITING, name=None, waiting=Problem("name_missing")
    )
    launch_id = stage.open()
    client = stage.client()
    return client, f"/learn/{launch_id}/name", client.get(f"/learn/{launch_id}/name").text


def test_the_name_is_shown_as_printed_before_it_is_written(stage, staging):
    client, url, page = waiting(stage, staging)
    shown = client.post(url, data=form(page, name="  Trần  Đức   Ước ")).text
    assert "<strong>Trần Đức Ước</strong>" in shown
    assert stage.world.names == []
    assert client.post(url, data=form(shown)).status_code == 303
    assert stage.world.names == ["Trần Đức Ước"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "Hãy ghi họ và tên."), ("12", "Hãy ghi họ và tên."), ("Trần 喜", "喜"), ("Ư" * 81, "80 ký tự")],
)
def test_a_name_that_cannot_be_printed_is_refused_with_the_reason(stage, staging, name, words):
    client, url, page = waiting(stage, staging)
    answer = client.post(url, data=form(page, name=name, confirmed="yes"))
    assert answer.status_code == 422
    assert words in answer.text
    assert stage.world.names == []


def test_a_name_is_asked_for_only_while_the_document_waits_for_it(stage, staging):
    client, url, page = waiting(stage, staging)
    stage.world.certificate = staging.certificate()
    assert client.get(url).status_code == 303
    assert client.post(url, data=form(page, name="Ai Đó", confirmed="yes")).status_code == 303
    assert stage.world.names == []


def test_a_form_without_its_token_is_refused(stage, staging):
    client, url, _ = waiting(stage, staging)
    assert client.post(url, data={"name": "Trần Đức", "confirmed": "yes"}).status_code == 403


def test_practice_lists_every_topic(look):
    assert look("/practice").count('<li class="topic"') == 19


def test_an_answer_gets_feedback_at_once_and_becomes_a_statement(stage):
    launch_id, client = stage.open(), stage.client()
    url = f"/learn/{launch_id}/practice/cd-05/q1"
    page = client.get(url).text
    right = client.post(url, data=form(page, choice="b")).text
    assert "Đúng rồi!" in right
    assert "Câu tiếp theo" in right
    wrong = client.post(url, data=form(client.get(url).text, choice="a")).text
    assert "Chưa đúng" in wrong
    assert "đáp án đúng" in wrong
    assert [one["result"]["success"] for one in stage.world.statements] == [True, False]
    assert "Đúng 0 trên 3 câu" in client.get(f"/learn/{launch_id}/practice").text


def test_a_double_tap_is_one_answer(stage):
    launch_id, client = stage.open(), stage.client()
    url = f"/learn/{launch_id}/practice/cd-05/q1"
    page = client.get(url).text
    for _ in range(2):
        client.post(url, data=form(page, choice="b"))
    assert len(stage.world.statements) == 1


@pytest.mark.parametrize(
    ("ago", "earlier"),
    [
        ("3599877", timedelta(minutes=59, seconds=59, milliseconds=877)),
        ("0", timedelta()),
        ("2592000000", timedelta(days=30)),
        ("2592000001", timedelta()),
        ("9" * 5000, timedelta()),
        ("-1", timedelta()),
        ("an hour", timedelta()),
    ],
)
def test_an_answer_that_had_to_wait_has_the_time_it_was_given_at_if_that_can_be(stage, staging, ago, earlier):
    launch_id, client = stage.open(), stage.client()
    url = f"/learn/{launch_id}/practice/cd-05/q1"
    client.post(url, data=form(client.get(url).text, choice="b", ago=ago))
    (told,) = stage.world.statements
    assert datetime.fromisoformat(told["timestamp"]) == staging.NOW - earlier


def test_two_people_at_one_computer_keep_what_they_did_apart_and_unnamed(stage):
    pages = [
        stage.client().get(f"/learn/{stage.open(learner_id=who)}/practice").text for who in ("L1", "L1", "L2")
    ]
    mine, again, theirs = (re.search(r'data-who="([^"]+)"', page)[1] for page in pages)
    assert mine == again != theirs
    assert "L1" not in mine


def test_no_choice_is_asked_for_again(stage):
    launch_id, client = stage.open(), stage.client()
    url = f"/learn/{launch_id}/practice/cd-05/q1"
    answer = client.post(url, data=form(client.get(url).text))
    assert answer.status_code == 422
    assert "Hãy chọn một câu trả lời." in answer.text


def test_after_the_last_question_the_topic_is_finished(stage):
    launch_id, client = stage.open(), stage.client()
    url = f"/learn/{launch_id}/practice/cd-05/q3"
    assert "Xong chuyên đề này" in client.post(url, data=form(client.get(url).text, choice="a")).text


@pytest.mark.parametrize("path", ["/practice/cd-99/q1", "/practice/cd-05/q99"])
def test_an_unknown_question_does_not_exist(look, path):
    look(path, status=404)


def test_a_question_gets_its_number_and_a_double_submit_is_one(stage):
    launch_id, client = stage.open(), stage.client()
    url = f"/learn/{launch_id}/questions"
    sent = form(client.get(f"{url}?topic=cd-05").text, text="Vì sao bài 5 chưa được ghi nhận?", topic="cd-05")
    answers = [client.post(url, data=sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    page = client.get(answers[1].headers["Location"]).text
    assert "Đã nhận câu hỏi số H-000001." in page
    assert page.count("<article") == 1
    assert "Chờ trả lời" in page


@pytest.mark.parametrize(("text", "words"), [("a", "ít nhất 5 ký tự"), ("a" * 2001, "dài 2001 ký tự")])
def test_a_question_too_short_or_long_keeps_what_was_written(stage, text, words):
    launch_id, client = stage.open(), stage.client()
    url = f"/learn/{launch_id}/questions"
    answer = client.post(url, data=form(client.get(url).text, text=text))
    assert answer.status_code == 422
    assert words in answer.text
    assert f">{text}</textarea>" in answer.text


def test_the_answer_is_marked_as_new_until_it_was_seen(stage, staging, look):
    with stage.database.transaction() as connection:
        asked = desk.ask(
            connection,
            learner_id="L1",
            programme_key="p",
            topic=None,
            text="Một câu hỏi?",
            language="vi",
            token="t",
            now=staging.NOW,
        )
        desk.answer(connection, asked.number, "Chào bạn, <b>xin</b> mở lại.", by="s1", now=staging.NOW)
    assert "1 câu trả lời mới" in look()
    page = look("/questions")
    assert "Trả lời mới" in page
    assert "&lt;b&gt;xin&lt;/b&gt;" in page
    assert "1 câu trả lời mới" not in look()
    assert "Trả lời mới" not in look("/questions")


def test_nobody_sees_the_questions_of_another(stage, staging, look):
    with stage.database.transaction() as connection:
        desk.ask(
            connection,
            learner_id="L2",
            programme_key="p",
            topic=None,
            text="Của người khác",
            language="vi",
            token="t",
            now=staging.NOW,
        )
    assert "Của người khác" not in look("/questions")


def test_everything_sent_for_a_first_view_is_under_60_kilobytes(stage, staging):
    stage.world.states, stage.world.certificate = staging.on_the_way(), staging.certificate()
    client = stage.client()
    page = client.get(f"/learn/{stage.open()}").data
    linked = re.findall(rb'(?:src|href)="(/static/[^"]+)"', page)
    files = [package_folder("static") / url.decode().rpartition("/")[2] for url in linked]
    assert len(files) == 3
    assert len(page) + sum(file.stat().st_size for file in files) < 60_000
