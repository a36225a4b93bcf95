"""kill -9 of web and worker at random points: nothing acknowledged is lost, nothing takes effect twice.

DONGHANH_KILL_JOURNEYS: how many learners travel (10; the proof takes 200). DONGHANH_KILL_SEED: which deaths they meet.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from lti_tool.base.database import Database
from tests.journeys import after
from tests.journeys.killing import OPTIONS, Deaths, Learner
from tests.journeys.practising import RunningPractice

JOURNEYS = int(os.environ.get("DONGHANH_KILL_JOURNEYS", "10"))
SEED = int(os.environ.get("DONGHANH_KILL_SEED", "2025"))
AT_ONCE = 10
pytestmark = pytest.mark.timeout(240 + 20 * JOURNEYS)


@pytest.fixture
def installation(tmp_path: Path, database_url: str) -> Iterator[tuple[RunningPractice, Database]]:
    faces = {"send_every": 0.2, "extra_learners": JOURNEYS, "faces": OPTIONS}
    many = database_url.startswith("postgresql")
    with RunningPractice(
        tmp_path / "home", database_url=database_url, many=many, **faces
    ).start() as practice:
        database = Database(database_url)
        yield practice, database
        database.close()


def test_whatever_dies_every_journey_ends_with_one_certificate_and_one_score(installation):
    practice, database = installation
    on_postgresql = database.engine.dialect.name == "postgresql"
    learners = people(max(JOURNEYS // 3, 4) if on_postgresql else JOURNEYS)
    deaths = Deaths(practice, Random(SEED), learners, database)
    for start in range(0, len(learners), AT_ONCE):
        deaths.learners = learners[start : start + AT_ONCE]
        deaths.travel()

    lost, doubled, facts = after.lost_and_doubled(practice)
    assert (lost, doubled) == ([], [])
    assert facts >= 10 * len(learners)
    found = after.certificates(database)
    assert len(found) == len(learners)
    assert set(found.values()) == {1}
    assert after.scores(practice, learners) == {one: [100] for one in learners}
    assert practice.command("job", "list", "--parked") == []
    assert practice.command("quarantine", "list") == []
    practice.command("report", "verify")  # exits with 0 only when the figures agree with the statements
    say(
        {
            "database": database.engine.dialect.name,
            "journeys": len(learners),
            "facts": facts,
            "killed": deaths.killed,
        }
    )


def people(count: int) -> list[Learner]:
    """Two of three come from Moodle."""
    return [
        Learner("openedx" if number % 3 == 0 else "moodle", f"hv{number:05d}")
        for number in range(1, count + 1)
    ]


def say(counts: dict[str, object]) -> None:
    """For the proof: what was counted."""
    path = os.environ.get("DONGHANH_PROOF_COUNTS")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(counts) + "\n")
