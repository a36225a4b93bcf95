"""A programme file is read, or stops with file, line and reason."""

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.base.resources import config_folder
from lti_tool.programmes.reader import ProgrammeError, count_complete, read_programme, warnings
from lti_tool.programmes.yaml_places import LARGEST

GOOD = """\
programme: mau-1
edition: "2030"
languages: [vi]
titles: {vi: Mẫu}
window:
  opens: 2030-01-01T00:00:00+07:00
  closes: 2030-01-11T00:00:00+07:00
  late_arrival: 1 days
topics:
  - key: a
    titles: {vi: Một}
  - key: b
    titles: {vi: Hai}
    minutes: 30
sets:
  core:
    titles: {vi: Bắt buộc}
    topics: [a, b]
requirement:
  at_least: 1
  of: core
certificate:
  vi: {issuer: A, heading: B, subheading: C, achieved: D}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ProgrammeError) as caught:
        read_programme(text, "mau.yaml")
    assert str(caught.value) == "\n".join(map(str, caught.value.faults))
    return [str(fault) for fault in caught.value.faults]


def test_the_example_is_good():
    assert read_programme(GOOD, "mau.yaml").topic_keys == ("a", "b")


# what is written, what is written instead, the one fault
BAD = [
    ("edition:", "editon:", ["1: edition is missing", "2: editon: unknown key 'editon'; known are: "]),
    ('"2030"', "2030", ["2: edition: text is wanted, found whole number 2030"]),
    ('"2030"', "", ["2: edition: text is wanted, found nothing"]),
    ("mau-1", "Mẫu 1", ["1: programme: 'Mẫu 1' is no short name"]),
    ("titles: {vi: Mẫu}", "titles: Mẫu", ["4: titles: mapping is wanted, found text 'Mẫu'"]),
    ("titles: {vi: Mẫu}", "titles: {vi: ''}", ["4: titles.vi: nothing is written here"]),
    ("titles: {vi: Hai}", "titles: {en: Two}", ["13: topics[2].titles: vi is missing", "13: topics[2].titles.en: unknown key"]),
    ("opens: 2030-01-01T00:00:00+07:00", "opens: 2030-01-01T00:00:00", ["6: window.opens: the time '2030-01-01T00:00:00' does not"]),
    ("opens: 2030-01-01T00:00:00+07:00", "opens: 2030-01-01", ["6: window.opens: the time '2030-01-01' does not name its offset"]),
    ("opens: 2030-01-01T00:00:00+07:00", "opens: 2030-13-01T00:00:00+07:00", ["6: window.opens: '2030-13-01T00:00:00+07:00' is no time"]),
    ("opens: 2030-01-01T00:00:00+07:00", "opens: 2030-01-12T00:00:00+07:00", ["7: window.closes: closes (2030-01-11T00:00:00+07:00) is not after opens"]),
    ("late_arrival: 1 days", "late_arrival: -1 days", ["8: window.late_arrival: '-1 days' is no length of time"]),
    ("minutes: 30", "minutes: half an hour", ["14: topics[2].minutes: whole number is wanted, found text 'half an hour'"]),
    ("minutes: 30", "minutes: yes", ["14: topics[2].minutes: whole number is wanted, found text 'yes'"]),
    ("minutes: 30", "minutes: true", ["14: topics[2].minutes: whole number is wanted, found yes or no True"]),
    ("minutes: 30", "minutes: 1.5", ["14: topics[2].minutes: whole number is wanted, found number 1.5"]),
    ("minutes: 30", "minutes: !!int x", ["14: topics[2].minutes: whole number is wanted, found text 'x'"]),
    ("minutes: 30", "minutes: 0", ["14: topics[2].minutes: 0 is too small: at least 1 is wanted"]),
    ("minutes: 30", "color: red", ["14: topics[2].color: unknown key 'color'; known are: key, titles, number, minutes"]),
    ("- key: b", "- key: b\n    key: c", ["13: topics[2]: the key 'key' comes a second time"]),
    ("edition:", "programme: x\nedition:", ["2: the key 'programme' comes a second time"]),
    ("[a, b]", "[a, b, z]", ["18: sets.core.topics[3]: there is no topic 'z'"]),
    ("[a, b]", "[a, b, a]", ["18: sets.core.topics[3]: 'a' comes a second time"]),
    ("[a, b]", "[]", ["18: sets.core.topics: nothing is written here"]),
    ("[a, b]", "a, b", ["18: sets.core.topics: list is wanted, found text 'a, b'"]),
    ("at_least: 1", "at_least: 3", ["20: requirement.at_least: impossible: 3 of 2"]),
    ("of: core", "of: cores", ["21: requirement.of: there is no set 'cores'; known are: core"]),
    ("  of: core", "  of: core\n  any_of: []", ["19: requirement: exactly one of at_least, all_of, any_of is wanted"]),
    ("achieved: D", "achieve: D", ["23: certificate.vi: achieved is missing", "23: certificate.vi.achieve: unknown key"]),
    ("[vi]", "[vi, vi]", ["3: languages[2]: 'vi' comes a second time"]),
    ("[vi]", "[vi, en]", ["4: titles: en is missing", "11: topics[1].titles: en is missing",
                          "13: topics[2].titles: en is missing", "17: sets.core.titles: en is missing",
                          "22: certificate: en is missing"]),
    ("{vi: Một}", "&title {vi: Một}\n    minutes: *title", ["12: topics[1].minutes: an alias (*name) is not allowed here", "12: topics[1].minutes: whole number is wanted, found nothing"]),
    ("{vi: Một}", "!!python/object:os.system {vi: Một}", ["11: topics[1].titles: the tag tag:yaml.org,2002:python/object:os.system is not allowed"]),
    ("{vi: Một}", "{vi: !secret Một}", ["11: topics[1].titles.vi: the tag !secret is not allowed"]),
    ("{vi: Một}", "{vi: Một, [x]: 1}", ["11: topics[1].titles: the key must be plain text"]),
    ("[a, b]", "[a, b", ["19: this is not YAML: "]),
    ("edition:", "\tedition:", ["2: this is not YAML: "]),
    ("edition:", "edition: : x", ["2: this is not YAML: "]),
    ("certificate:", "---\ncertificate:", ["22: this is not YAML: but found another document"]),
    ("Mẫu}", "Mẫu \x00}", ["1: this is not YAML: "]),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "expected"), BAD, ids=[bad for _, bad, _ in BAD])
def test_a_bad_file_stops_with_file_line_and_reason(good, bad, expected):
    assert good in GOOD
    found = faults(GOOD.replace(good, bad, 1))
    assert len(found) == len(expected), found
    for fault, start in zip(found, expected, strict=True):
        assert fault.startswith(f"mau.yaml:{start}"), fault


def test_a_number_that_collides_with_a_place_in_the_list_is_named_at_the_topic():
    bad = GOOD.replace("- key: a\n", "- key: a\n    number: 2\n")
    assert faults(bad) == ["mau.yaml:13: topics[2].number: '2' comes a second time"]


def test_all_mistakes_are_named_at_once_in_the_order_of_the_lines():
    bad = (
        GOOD.replace('"2030"', "2030")
        .replace("minutes: 30", "minutes: x")
        .replace("at_least: 1", "at_least: 9")
    )
    assert [fault.split(": ")[0] for fault in faults(bad)] == ["mau.yaml:2", "mau.yaml:14", "mau.yaml:20"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "text", "- list\n", "3"])
def test_a_file_that_is_no_programme_says_so_in_its_first_line(text):
    assert faults(text)[0].startswith("mau.yaml:1: ")


def test_a_file_cannot_unfold_into_a_huge_one():
    bombs = "\n".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert any("an alias" in fault for fault in faults(f"a: &a [x, x]\n{bombs}\n"))
    assert any("an alias" in fault for fault in faults("a: &a [*a]\n"))


def test_a_file_cannot_exhaust_the_stack_or_the_memory():
    assert faults("[" * 5000) == ["mau.yaml:1: nested too deep: a hundred levels are the most"]
    assert "too large" in faults("#" * (LARGEST + 1))[0]


def test_a_requirement_nested_too_deep_is_named():
    deep = "".join(f"{'  ' * level}any_of:\n{'  ' * level}-\n" for level in range(1, 20))
    assert (
        "nested too deep: 12"
        in faults(GOOD.replace("  at_least: 1\n  of: core\n", f"{deep}{'  ' * 20}at_least: 1\n"))[0]
    )


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.integers(0, len(GOOD)))
def test_no_text_whatever_makes_the_reader_fall_over(text, place):
    with contextlib.suppress(ProgrammeError):
        read_programme(GOOD[:place] + text + GOOD[place:], "mau.yaml")


def test_warnings_name_what_is_hardly_meant_with_its_line():
    assert [str(fault) for fault in warnings(GOOD, "mau.yaml")] == [
        "mau.yaml:10: topics[1]: topic a has no minutes, so the pace cannot count its study time"
    ]


@pytest.fixture
def national() -> Path:
    return config_folder() / "programmes" / "kns-2025.yaml"


def test_the_first_programme_promises_what_the_ministry_announced(national):
    programme = read_programme(national.read_text(encoding="utf-8"), national.name)
    assert programme.topic_keys == tuple(f"cd-{number:02}" for number in range(1, 20))
    assert [(one.key, len(one.topics)) for one in programme.sets] == [("compulsory", 5), ("optional", 14)]
    assert (programme.window.opens.isoformat(), programme.window.closes.isoformat()) == (
        "2025-12-01T00:00:00+07:00",
        "2025-12-16T00:00:00+07:00",
    )
    assert (programme.languages, programme.teacher_sees, programme.scores.progress) == (
        ("vi", "en"),
        "counts",
        False,
    )
    assert warnings(national.read_text(encoding="utf-8"), national.name) == ()


def test_the_first_programme_is_completed_by_exactly_these_many_subsets_of_topics(national):
    programme = read_programme(national.read_text(encoding="utf-8"), national.name)
    begun = time.process_time()
    assert count_complete(programme) == (14_913, 524_288)
    assert time.process_time() - begun < 5


def test_every_key_of_the_first_programme_is_explained(national):
    lines = national.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        top = line and line[0].isalpha()
        assert (
            not top or "#" in line or any(near.startswith("#") for near in lines[max(0, number - 7) : number])
        ), line
