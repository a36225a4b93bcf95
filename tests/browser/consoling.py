"""The console in a real browser: signed in, measured."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.assembly import PASSWORD

WIDTHS = (1280, 768, 360)
# Target size (WCAG 2.2, 2.5.8): 24 px, but for links in a sentence; what is hidden until it is focused is no target.
_SMALL = """() => [...document.querySelectorAll('a[href], button, summary, select, input:not([type=hidden])')]
  .filter(one => one.checkVisibility() && getComputedStyle(one).display !== 'inline')
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.right > 0 && (box.width < 24 || box.height < 24))
  .map(([one, box]) => `${one.tagName} ${one.innerText || one.name} ${box.width} x ${box.height}`)"""


@contextmanager
def signed_in(chromium: Browser, base: str) -> Iterator[Page]:
    """A phone that came in as Lan; a message in the console (CSP, a missing file) fails at the end."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    page = context.new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: None if "favicon" in message.location["url"] else said.append(message.text)
    )
    page.goto(f"{base}/console/sign-in")
    page.fill("input[name=login]", "lan")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    yield page
    context.close()
    assert said == []


def unfolded(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def cut_off(page: Page) -> list[int]:
    """The widths at which the page is wider than the screen; the last one stays."""
    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(width)
    return wide


def too_small(page: Page) -> list[str]:
    """What a thumb would miss."""
    found: list[str] = page.evaluate(_SMALL)
    return found
