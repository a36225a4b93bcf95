import re
from pathlib import Path

import pytest

from lti_tool.base.resources import config_folder
from lti_tool.coaching.practice_reader import PracticeError, read_folder, read_practice

GOOD = """\
topic: topic-a
sample: true
questions:
  - &q
    id: q1
    text: {vi: Câu hỏi?, en: A question?}
    options:
      - {id: a, right: true, text: {vi: Đúng, en: Right}, feedback: {vi: Phải, en: Yes}}
      - {id: b, text: {vi: Sai, en: Wrong}, feedback: {vi: Chưa, en: No}}
      - {id: c, text: {vi: Cũng sai, en: Wrong too}, feedback: {vi: Chưa, en: No}}
  - {<<: *q, id: q2}
  - {<<: *q, id: q3}
"""


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(PracticeError) as raised:
        read_practice(text, "a.yaml")
    return raised.value.problems


def test_a_good_file_gives_its_questions_in_order():
    one = read_practice(GOOD, "a.yaml")
    assert one.topic == "topic-a"
    assert one.sample
    assert [question.key for question in one.questions] == ["q1", "q2", "q3"]
    assert one.questions[0].right_option.key == "a"


def test_a_question_without_a_right_option_is_named_with_its_line():
    assert (
        faults(GOOD.replace("right: true, ", ""))[0] == "a.yaml:8: options: exactly one must say right: true"
    )


def test_a_text_missing_in_english_is_named_with_its_line():
    found = faults(GOOD.replace("{vi: Câu hỏi?, en: A question?}", "{vi: Câu hỏi?}"))
    assert found[0] == "a.yaml:6: text: the text in en is missing"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("topic: topic-a", "topic: 7", "topic: the key of a topic"),
        ("id: q2", "id: q1", "id: q1 is used twice"),
        ("id: b", "id: a", "options: each needs its own id"),
        ("id: q2", "id: 'q 2'", "id: letters, digits and hyphens"),
        ("  - {<<: *q, id: q3}\n", "", "questions: at least 3"),
        ("  - {<<: *q, id: q3}\n", "  - three\n", "a question is a mapping"),
        ("feedback: {vi: Phải, en: Yes}", "feedback: Yes", "feedback: a text in vi and en"),
    ],
)
def test_each_fault_is_named(before: str, after: str, reason: str):
    found = faults(GOOD.replace(before, after))
    assert any(reason in fault for fault in found)
    assert all(re.match(r"a\.yaml:\d+: ", fault) for fault in found)


def test_a_file_that_is_no_yaml_or_no_mapping_is_named():
    assert faults("topic: [")[0].startswith("a.yaml:")
    assert faults("- 1")[0].startswith("a.yaml:1: a mapping")


def test_the_faults_of_all_files_of_a_folder_are_named_together(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(GOOD.replace("right: true, ", ""), encoding="utf-8")
    (tmp_path / "b.yaml").write_text("- 1", encoding="utf-8")
    (tmp_path / "c.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "d.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(PracticeError) as raised:
        read_folder(tmp_path)
    assert {problem.split(":")[0] for problem in raised.value.problems} == {"a.yaml", "b.yaml", "d.yaml"}


def test_every_practice_file_of_the_project_is_good_and_marked_as_a_sample():
    sets = read_folder(config_folder() / "practice")
    assert len(sets) == 19
    assert all(one.sample and len(one.questions) >= 3 for one in sets.values())


def test_the_right_option_is_not_always_at_the_same_place():
    sets = read_folder(config_folder() / "practice")
    places = [q.options.index(q.right_option) for one in sets.values() for q in one.questions]
    assert max(places.count(place) for place in set(places)) < len(places) * 0.6
