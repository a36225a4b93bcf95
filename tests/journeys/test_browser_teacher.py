"""A teacher in a real browser: places the learner's page from the LMS's dialogue, and sees counts."""

import pytest
from playwright.sync_api import expect

from tests.journeys import clicking

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_what_a_teacher_places_a_learner_launches(practice, visitor):
    page = clicking.sign_in(visitor(), practice.lms, "moodle", clicking.TEACHER)
    before = page.locator("a.activity").count()
    page.locator("a.deep").first.click()
    page.frame_locator("iframe.dialogue").get_by_role("button", name="Đặt trang tiến độ").click()
    placed = page.frame_locator("iframe.dialogue")
    expect(placed.get_by_role("heading", name="Đã thêm vào khoá học: 1")).to_be_visible()
    placed.get_by_role("link", name="Về khoá học").click()
    expect(page.locator("a.activity")).to_have_count(before + 1)

    learning = clicking.sign_in(visitor(), practice.lms, "moodle", "H'Mai Niê")
    frame = clicking.open_tool(learning, last=True)
    expect(frame.get_by_role("heading", name="H'Mai Niê")).to_be_visible()


def test_a_teacher_sees_counts_and_no_names(practice, visitor):
    practice.person("moodle", "quynh-nhu").launch()
    page = clicking.sign_in(visitor(), practice.lms, "moodle", clicking.TEACHER)
    frame = clicking.open_tool(page)
    expect(frame.get_by_text("Đã mở").first).to_be_visible()
    expect(frame.get_by_text("Quỳnh Như")).to_have_count(0)
