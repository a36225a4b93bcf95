"""One practice installation for all journeys of a run, and headless Chromium to travel in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage

from tests.journeys.practising import RunningPractice


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPractice]:
    """Tool and LMS on one site. Tests share it: each takes people of its own."""
    with RunningPractice(tmp_path_factory.mktemp("practice"), send_every=0.3).start() as running:
        yield running


@pytest.fixture
def visitor(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., BrowserContext]]:
    """A fresh profile, Vietnamese: `visitor(width=360)`. A refused policy or a script's error in it fails the test."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def come(*, width: int = 1280, height: int = 900, **more: object) -> BrowserContext:
        size = {"width": width, "height": height}
        context = chromium.new_context(viewport=size, locale="vi-VN", accept_downloads=True, **more)
        context.set_default_timeout(30_000)
        context.on("console", lambda message: said.append(message.text) if _counts(message) else None)
        context.on("weberror", lambda problem: said.append(str(problem.error)))
        contexts.append(context)
        return context

    yield come
    for number, context in enumerate(contexts):
        for at, page in enumerate(context.pages):
            page.screenshot(path=tmp_path / f"end-{number}-{at}.png")  # to look at when a test fails
        context.close()
    assert said == []


def _counts(message: ConsoleMessage) -> bool:
    """A refused launch is a page of its own with its status: Chromium's line about it is no fault."""
    return message.type == "error" and not message.text.startswith("Failed to load resource")
