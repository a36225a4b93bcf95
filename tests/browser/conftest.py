"""Headless Chromium on the learner's stage (tests/pages/learner/stage.py), served on the loopback."""

import importlib.util
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"

_NAME = "learner_stage"
if _NAME not in sys.modules:  # tests/ is no package: the stage is shared by its path
    _path = Path(__file__).parents[1] / "pages" / "learner" / "stage.py"
    _spec = importlib.util.spec_from_file_location(_NAME, _path)
    _module = importlib.util.module_from_spec(_spec)
    sys.modules[_NAME] = _module
    _spec.loader.exec_module(_module)
staging = sys.modules[_NAME]


class Quiet(WSGIRequestHandler):
    def log(self, *args: object) -> None:
        """Says nothing: the tests look at the pages."""


@pytest.fixture(name="staging")
def _staging():
    return staging


@pytest.fixture
def stage(tmp_path: Path) -> Iterator["staging.Stage"]:
    built = staging.Stage(tmp_path)
    server = make_server("127.0.0.1", 0, built.app, threaded=True, request_handler=Quiet)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    built.address = f"http://127.0.0.1:{server.port}"
    yield built
    server.shutdown()
    serving.join()
    server.server_close()
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
