"""What the tests of coaching share."""

import pytest

from lti_tool.coaching.practice import PracticeSet
from lti_tool.coaching.practice_reader import read_practice


def practice_text(topic: str = "topic-a") -> str:
    lines = [f"topic: {topic}", "sample: true", "questions:"]
    for number in (1, 2, 3):
        lines += [
            f"  - id: q{number}",
            f"    text: {{vi: Câu {number}?, en: Question {number}?}}",
            "    options:",
        ]
        for key in "abc":
            right = "right: true, " if key == "b" else ""
            lines.append(
                f"      - {{id: {key}, {right}text: {{vi: Chọn {key}, en: Choose {key}}}, "
                f"feedback: {{vi: Vì {key}, en: Because {key}}}}}"
            )
    return "\n".join(lines) + "\n"


@pytest.fixture
def practice_set() -> PracticeSet:
    return read_practice(practice_text(), "topic-a.yaml")
