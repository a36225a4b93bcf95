"""Headless Chromium on the learner's stage (tests/pages/learner/stage.py), served on the loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loopback import served
from tests.pages.learner import stage as staging

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"


@pytest.fixture(name="staging")
def _staging():
    return staging


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[staging.Stage]:
    built = staging.Stage(tmp_path)
    with served(built.app) as built.address:
        yield built
    built.close()


@pytest.fixture
def visit(stage, chromium):
    """Opens a page of a launch: `visit("", width=360)`. A message in the console (CSP, script error) fails the test."""
    contexts = []
    said: list[str] = []

    def open_(path: str = "", *, width: int = 360, javascript: bool = True, view: str = "learner", **more):
        launch_id = more.pop("launch_id", None) or stage.open(view=view)
        context = chromium.new_context(
            viewport={"width": width, "height": 740}, locale="vi-VN", java_script_enabled=javascript, **more
        )
        contexts.append(context)
        context.add_cookies([{"name": "dh", "value": staging.BROWSER, "url": stage.address}])
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        root = "teach" if view == "teacher" else "learn"
        page.goto(f"{stage.address}/{root}/{launch_id}{path}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture
def check():
    """Runs axe-core on a page and gives what it finds, in words."""

    def run(page) -> list[str]:
        # Evaluated by the debugger, so that the page keeps its strict policy.
        page.evaluate(AXE.read_text(encoding="utf-8"))
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
        return [
            f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']]}"
            for one in found["violations"]
        ]

    return run
