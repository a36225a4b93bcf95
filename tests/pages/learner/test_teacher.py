"""A teacher sees counts; people only where the programme says so, without evidence, and logged."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from lti_tool.base.tables import audit
from lti_tool.pages.teacher import Member, counts


@pytest.fixture
def course(stage):
    stage.world.members = [
        Member("L1", "met", frozenset({"cd-01", "cd-02"})),
        Member("L2", "open", frozenset({"cd-01"})),
        Member("L3", "open", frozenset()),
    ]
    stage.world.member_names = {"L1": "Lê Văn Dũng", "L2": "Trần Thị Ánh", "L3": None}
    return stage


def seen(stage) -> list:
    with stage.database.reading() as connection:
        return list(connection.execute(select(audit)).mappings())


def test_the_course_is_counted(course, staging):
    found = counts(staging.kns(), course.world.members, "vi")
    assert (found.launched, found.begun, found.met) == (3, 2, 1)
    assert [done for _, _, done in found.topics[:3]] == [2, 1, 0]


def test_a_teacher_sees_counts_and_no_name(course, look):
    page = look(view="teacher")
    assert "Số học viên đã xong từng chuyên đề" in page
    assert "Ánh" not in page
    assert "Xem danh sách" not in page


def test_where_the_programme_shows_counts_the_list_does_not_exist(course, look):
    look("/members", view="teacher", status=404)
    assert seen(course) == []


def test_members_are_shown_in_vietnamese_order_without_evidence_and_logged(course, staging, look):
    course.world.programme = replace(course.world.programme, teacher_sees="members")
    page = look("/members", view="teacher")
    assert page.index("Trần Thị Ánh") < page.index("Lê Văn Dũng")
    assert "Bằng chứng" not in page
    (entry,) = seen(course)
    assert entry["act"] == "teacher saw members"
    assert "Ánh" not in str(dict(entry))


def test_many_members_come_in_pages(course, look):
    course.world.programme = replace(course.world.programme, teacher_sees="members")
    course.world.members = [Member(f"L{n}", "open", frozenset()) for n in range(120)]
    assert "Trang 3 trên 3" in look("/members?page=9", view="teacher")
    assert look("/members?page=2", view="teacher").count('<th scope="row">') == 50


def test_a_course_nobody_opened_says_so(stage, look):
    assert "Chưa có học viên nào" in look(view="teacher")


def test_a_learners_launch_is_no_teachers_page(stage):
    assert stage.client().get(f"/teach/{stage.open()}").status_code == 403


def test_without_a_programme_the_page_says_so(stage, look):
    stage.world.programme = None
    look(view="teacher", status=404)
