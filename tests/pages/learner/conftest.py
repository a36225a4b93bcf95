"""A stage for each test of the learner's and the teacher's pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.learner import stage as staging


@pytest.fixture(name="staging")
def _staging():
    """The module with the builders: `staging.done("cd-01")`, `staging.certificate()`."""
    return staging


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[staging.Stage]:
    built = staging.Stage(tmp_path)
    yield built
    built.close()


@pytest.fixture
def look(stage):
    """Opens a launch and gives a page of it as text: `look()`, `look("/practice")`."""

    def get(path: str = "", *, status: int = 200, view: str = "learner", **opening) -> str:
        launch_id = stage.open(view=view, **opening)
        root = "teach" if view == "teacher" else "learn"
        answer = stage.client().get(f"/{root}/{launch_id}{path}")
        assert answer.status_code == status, answer.text
        return answer.text

    return get
