"""The whole way of a learner in a real browser, at both faces: by clicking, from the LMS's front door to the grade."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.journeys import clicking
from tests.journeys.practising import TEN

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NAME = "Nguyễn Thị Hồng Ánh"


@pytest.mark.parametrize("face", ["moodle", "openedx"])
def test_ten_topics_bring_the_certificate_and_the_grade(practice, visitor, face, tmp_path):
    context = visitor()
    page = clicking.sign_in(context, practice.lms, face, NAME)
    frame = clicking.open_tool(page)
    expect(frame.get_by_text("0/10")).to_be_visible()

    beside = context.new_page()
    beside.goto(practice.person(face, "hong-anh").course_url)
    clicking.complete(beside, *TEN)

    # The page in the frame finds out by itself.
    expect(frame.get_by_text("10 trên 10").first).to_be_visible(timeout=clicking.PATIENCE)
    expect(frame.get_by_text("Chúc mừng! Bạn đã được cấp giấy chứng nhận.")).to_be_visible()
    if face == "openedx":
        clicking.give_name(frame, NAME)
    download(page, frame, tmp_path / "certificate.pdf")

    with context.expect_page() as opened:
        frame.get_by_role("link", name="Trang kiểm tra").click()
    expect(opened.value.get_by_text(NAME)).to_be_visible()
    assert clicking.gradebook(page) == "100 / 100"


def download(page, frame, pdf):
    link = frame.get_by_role("link", name="Tải giấy chứng nhận")
    expect(link).to_be_visible(timeout=clicking.PATIENCE)
    with page.expect_download() as coming:
        link.click()
    coming.value.save_as(pdf)
    if shutil.which("pdfsig"):
        assert "Signature is Valid" in clicking.signature_of(pdf)
        assert NAME in clicking.lines_of(pdf)


def test_a_phone_shows_the_tool_in_the_whole_window_and_leads_back(practice, visitor):
    phone = visitor(
        width=360, height=740, is_mobile=True, has_touch=True, user_agent="Mozilla/5.0 (Android) Mobile"
    )
    page = clicking.sign_in(phone, practice.lms, "moodle", "Đỗ Hữu Ước")
    page.locator("a.activity").first.click()
    expect(page.get_by_role("heading", name="Đỗ Hữu Ước")).to_be_visible()
    assert page.url.startswith(f"{practice.url}/learn/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("link", name="Quay lại khóa học").click()
    expect(page.get_by_role("heading", name="19 chuyên đề")).to_be_visible()
    assert page.url.startswith(practice.lms)
