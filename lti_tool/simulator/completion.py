"""What a person has completed, as the LMS itself keeps it."""

from lti_tool.simulator.face import Face
from lti_tool.simulator.people import Person


def state(face: Face, person: Person, module: str) -> int | None:
    """0 not complete, 1 complete, 2 passed, 3 failed; None if never touched. `module`: cd-01, quiz:cd-01, lti:1, course."""
    row = face.store.one("SELECT state FROM completion WHERE person = ? AND module = ?", person.key, module)
    return None if row is None else int(row["state"])


def mark(face: Face, person: Person, module: str, reached: int) -> None:
    face.store.run(
        "INSERT OR REPLACE INTO completion VALUES (?, ?, ?, ?)", person.key, module, reached, face.seconds()
    )


def states(face: Face, person: Person) -> dict[str, int]:
    rows = face.store.all("SELECT module, state FROM completion WHERE person = ?", person.key)
    return {row["module"]: int(row["state"]) for row in rows}
