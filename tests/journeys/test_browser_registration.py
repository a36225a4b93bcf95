"""Moodle's administrator registers the tool with an invitation, by clicking; no right comes before our own administrator's yes."""

import pytest
from playwright.sync_api import expect

from tests.journeys import clicking

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_an_invited_moodle_launches_once_it_is_approved(practice, visitor):
    before = {one["id"] for one in practice.command("platform", "list")}
    invitation = practice.command("platform", "invite")["link"]
    page = clicking.sign_in(visitor(), practice.lms, "moodle", clicking.ADMINISTRATOR)
    register(page, invitation)
    activate(page)

    learning = clicking.sign_in(visitor(), practice.lms, "moodle", "Lý A Páo")
    refused = clicking.open_tool(learning, last=True)
    expect(refused.get_by_text("LTI-")).to_be_visible()

    (new,) = [one for one in practice.command("platform", "list") if one["id"] not in before]
    assert not new["approved"]
    practice.command("platform", "approve", str(new["id"]))
    clicking.go_to_course(learning)
    frame = clicking.open_tool(learning, last=True)
    expect(frame.get_by_role("heading", name="Lý A Páo")).to_be_visible()


def register(page, invitation):
    page.get_by_role("link", name="Quản trị", exact=True).click()
    pending = page.locator("article[data-state=pending]")
    page.get_by_label("Địa chỉ đăng ký của công cụ").fill(invitation)
    before = pending.count()
    page.get_by_role("button", name="Thêm công cụ LTI Advantage").click()
    frame = page.frame_locator("iframe.register")
    expect(frame.get_by_role("heading", name="Đã đăng ký")).to_be_visible()
    frame.get_by_role("button", name="Đóng cửa sổ này").click()
    expect(pending).to_have_count(before + 1)


def activate(page):
    pending = page.locator("article[data-state=pending]").last
    number = pending.get_attribute("data-tool")
    pending.get_by_role("button", name="Kích hoạt").click()
    active = page.locator(f"article[data-tool='{number}'][data-state=active]")
    active.get_by_role("button", name="Hiện trong bộ chọn hoạt động").click()
    active.get_by_role("button", name="Thêm một hoạt động").click()
    clicking.go_to_course(page)
