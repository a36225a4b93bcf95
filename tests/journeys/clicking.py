"""What people click at the practice LMS, in a real browser."""

import subprocess
from pathlib import Path

from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

NAMES = {"moodle": "Moodle", "openedx": "Open edX"}
TEACHER, ADMINISTRATOR = "Cao Xuân Trường", "Lê Thị Quản Trị"
PATIENCE = 90_000


def sign_in(context: BrowserContext, lms: str, face: str, name: str) -> Page:
    """From the front door to the course page, by clicking."""
    page = context.new_page()
    page.goto(lms)
    page.get_by_role("link", name=NAMES[face]).click()
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("heading", name="19 chuyên đề")).to_be_visible()
    return page


def open_tool(page: Page, *, last: bool = False) -> FrameLocator:
    """From the course page into an activity of the tool; gives the frame it is shown in."""
    links = page.locator("a.activity")
    (links.last if last else links.first).click()
    return page.frame_locator("iframe.tool")


def go_to_course(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Khoá học").click()


def complete(page: Page, *topics: str) -> None:
    """Press each topic's own button on the course page."""
    for topic in topics:
        row = page.locator(f"#{topic}")
        row.get_by_role("button", name="Hoàn thành", exact=True).click()
        expect(row.locator(".state")).to_have_text("Đã hoàn thành")


def give_name(frame: FrameLocator, name: str) -> None:
    """Where the LMS shares no name, the learner writes it, looks at it once more and says yes."""
    frame.get_by_role("link", name="Ghi họ tên").click()
    frame.get_by_label("Họ và tên").fill(name)
    frame.locator("form button").click()
    expect(frame.locator(".stand")).to_have_text(name)
    frame.locator("form button").click()


def gradebook(page: Page) -> str:
    """The learner's own grade, as the gradebook page shows it for the tool's first activity."""
    page.get_by_role("link", name="Sổ điểm").click()
    return page.locator("tr[data-activity='1'] td.value").inner_text()


def lines_of(pdf: Path) -> list[str]:
    """The document's lines of text, each once: lines that stand above one another are not mixed."""
    run = subprocess.run(["pdftotext", "-raw", str(pdf), "-"], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def signature_of(pdf: Path) -> str:
    run = subprocess.run(["pdfsig", "-nocert", str(pdf)], capture_output=True, text=True, check=False)
    return run.stdout
