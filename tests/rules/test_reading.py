"""Plain values into a programme, or every problem with its place."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.lint import lint
from rules.plain import Problem
from rules.programme import Programme, Scores, Support
from rules.reading import DEPTH, read
from rules.requirement import AllOf, AnyOf, AtLeast

PRINTED = {"issuer": "Cơ quan", "heading": "GIẤY", "subheading": "KHÓA", "achieved": "đã hoàn thành"}
GOOD: dict[str, Any] = {
    "programme": "mau-1",
    "edition": "2030",
    "languages": ["vi", "en"],
    "titles": {"vi": "Mẫu", "en": "Sample"},
    "window": {
        "opens": "2030-01-01T00:00:00+07:00",
        "closes": "2030-01-11T00:00:00+07:00",
        "late_arrival": "36 hours",
    },
    "topics": [
        {"key": "a", "titles": {"vi": "Một", "en": "One"}, "minutes": 20},
        {"key": "b", "titles": {"vi": "Hai", "en": "Two"}, "minutes": 30, "number": 7},
        {"key": "c", "titles": {"vi": "Ba", "en": "Three"}},
    ],
    "sets": {
        "core": {"titles": {"vi": "Bắt buộc", "en": "Core"}, "topics": ["a"]},
        "free": {"titles": {"vi": "Tự chọn", "en": "Free"}, "topics": ["b", "c"]},
    },
    "requirement": {"all_of": [{"at_least": "all", "of": "core"}, {"at_least": 1, "of": "free"}]},
    "certificate": {"vi": dict(PRINTED), "en": dict(PRINTED)},
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    plain = copy.deepcopy(GOOD)
    change(plain)
    return plain


def put(*path: Any) -> Callable[[dict[str, Any]], None]:
    """Put the last of `path` at the place the others lead to."""
    *way, last, value = path

    def change(plain: dict[str, Any]) -> None:
        place: Any = plain
        for step in way:
            place = place[step]
        place[last] = value

    return change


def drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    *way, last = path

    def change(plain: dict[str, Any]) -> None:
        place: Any = plain
        for step in way:
            place = place[step]
        del place[last]

    return change


def add_topic(topic: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda plain: plain["topics"].append(topic)


def nested(depth: int) -> dict[str, Any]:
    return {"all_of": [nested(depth - 1)]} if depth else {"at_least": 1, "of": "core"}


def test_a_good_programme_is_read():
    programme = read(GOOD)
    assert isinstance(programme, Programme)
    assert programme.topic_keys == ("a", "b", "c")
    assert [topic.number for topic in programme.topics] == [1, 7, 3]
    assert programme.requirement == AllOf((AtLeast(1, ("a",), "core"), AtLeast(1, ("b", "c"), "free")))
    assert programme.window.last_arrival - programme.window.closes == timedelta(hours=36)
    assert (programme.teacher_sees, programme.scores) == ("counts", Scores(100, progress=False))
    assert (programme.support, programme.rehearsal) == (Support(None, None, {}), False)
    assert programme.implausible_under == 0.1


def test_what_is_optional_is_read_when_it_is_there():
    plain = {**GOOD, "scores": {"award_maximum": 10, "progress": "on"}, "teacher_sees": "members"}
    plain["support"] = {"phone": "1900", "email": "a@b.vn", "hours": {"vi": "Cả ngày", "en": "All day"}}
    plain["implausible_under"] = 0.25
    programme = read(plain)
    assert isinstance(programme, Programme)
    assert programme.implausible_under == 0.25
    assert (programme.teacher_sees, programme.scores) == ("members", Scores(10, progress=True))
    assert programme.support == Support("1900", "a@b.vn", {"vi": "Cả ngày", "en": "All day"})


def test_a_topic_and_a_set_are_found_by_key():
    programme = read(GOOD)
    assert isinstance(programme, Programme)
    assert programme.topic("b") == programme.topics[1]
    assert programme.topic_set("free") == programme.sets[1]
    assert programme.topic("z") is programme.topic_set("z") is None


def test_requirements_nest_and_take_lists_of_their_own():
    programme = read(changed(put("requirement", {"any_of": [{"at_least": 2, "of": ["a", "c"]}, nested(2)]})))
    assert isinstance(programme, Programme)
    core = AtLeast(1, ("a",), "core")
    assert programme.requirement == AnyOf((AtLeast(2, ("a", "c")), AllOf((AllOf((core,)),))))


BAD = [
    (put("surplus", 1), "unknown_key", ("surplus",)),
    (put("window", "surplus", 1), "unknown_key", ("window", "surplus")),
    (drop("edition"), "missing_key", ()),
    (add_topic({"titles": {"vi": "D", "en": "D"}}), "missing_key", ("topics", 3)),
    (drop("titles", "en"), "missing_key", ("titles",)),
    (drop("certificate", "en"), "missing_key", ("certificate",)),
    (drop("certificate", "vi", "issuer"), "missing_key", ("certificate", "vi")),
    (drop("requirement"), "missing_key", ()),
    (put("programme", "Tập huấn"), "bad_key", ("programme",)),
    (put("edition", 2030), "wrong_type", ("edition",)),
    (put("edition", "  "), "empty", ("edition",)),
    (put("edition", None), "wrong_type", ("edition",)),
    (put("languages", []), "empty", ("languages",)),
    (put("languages", ["vi", "en", "vi"]), "duplicate", ("languages", 2)),
    (put("titles", ["Mẫu"]), "wrong_type", ("titles",)),
    (put("titles", "fr", "Essai"), "unknown_key", ("titles", "fr")),
    (put("topics", {}), "wrong_type", ("topics",)),
    (put("topics", 2, "minutes", 0), "too_small", ("topics", 2, "minutes")),
    (put("topics", 2, "minutes", True), "wrong_type", ("topics", 2, "minutes")),
    (put("topics", 2, "minutes", 2.5), "wrong_type", ("topics", 2, "minutes")),
    (add_topic({"key": "a", "titles": {"vi": "D", "en": "D"}}), "duplicate", ("topics", 3, "key")),
    (put("topics", 0, "number", 7), "duplicate", ("topics", 1, "number")),
    (put("sets", "free", "topics", ["b", "z"]), "unknown_topic", ("sets", "free", "topics", 1)),
    (put("sets", "free", "topics", ["b", "b", "c"]), "duplicate", ("sets", "free", "topics", 1)),
    (put("sets", "free", "topics", []), "empty", ("sets", "free", "topics")),
    (put("sets", []), "wrong_type", ("sets",)),
    (put("requirement", "all"), "bad_requirement", ("requirement",)),
    (put("requirement", "any_of", []), "bad_requirement", ("requirement",)),
    (put("requirement", {"all_of": []}), "empty", ("requirement", "all_of")),
    (put("requirement", {"some_of": []}), "bad_requirement", ("requirement",)),
    (put("requirement", nested(DEPTH + 1)), "too_deep", ("requirement", *["all_of", 0] * (DEPTH + 1))),
    (put("requirement", "all_of", 1, "at_least", 3), "impossible", ("requirement", "all_of", 1, "at_least")),
    (put("requirement", "all_of", 1, "at_least", 0), "too_small", ("requirement", "all_of", 1, "at_least")),
    (
        put("requirement", "all_of", 1, "at_least", "most"),
        "wrong_type",
        ("requirement", "all_of", 1, "at_least"),
    ),
    (put("requirement", "all_of", 1, "of", "other"), "unknown_set", ("requirement", "all_of", 1, "of")),
    (put("requirement", "all_of", 1, "of", ["z"]), "unknown_topic", ("requirement", "all_of", 1, "of", 0)),
    (drop("requirement", "all_of", 1, "of"), "missing_key", ("requirement", "all_of", 1)),
    (put("window", "opens", "2030-01-01T00:00:00"), "no_offset", ("window", "opens")),
    (put("window", "opens", "1 January"), "bad_time", ("window", "opens")),
    (put("window", "closes", "2030-01-01T00:00:00+07:00"), "closes_before_opens", ("window", "closes")),
    (put("window", "closes", 20300111), "wrong_type", ("window", "closes")),
    (put("window", "late_arrival", "soon"), "bad_span", ("window", "late_arrival")),
    (put("window", "late_arrival", 3), "wrong_type", ("window", "late_arrival")),
    (put("implausible_under", 10), "not_a_fraction", ("implausible_under",)),
    (put("teacher_sees", "everything"), "bad_choice", ("teacher_sees",)),
    (put("scores", {"award_maximum": 0}), "too_small", ("scores", "award_maximum")),
    (put("scores", {"progress": "maybe"}), "bad_choice", ("scores", "progress")),
    (put("support", {"fax": "1"}), "unknown_key", ("support", "fax")),
    (put("support", {"hours": {"vi": "Cả ngày"}}), "missing_key", ("support", "hours")),
]


@pytest.mark.parametrize(("change", "code", "path"), BAD, ids=[f"{code}-{path}" for _, code, path in BAD])
def test_one_mistake_is_one_problem_at_its_place(change, code, path):
    problems = read(changed(change))
    assert isinstance(problems, tuple)
    assert [(problem.code, problem.path) for problem in problems] == [(code, path)]


def test_a_set_with_a_bad_name_is_a_problem_of_the_set():
    problems = read(changed(put("sets", "Tự chọn", {"titles": GOOD["titles"], "topics": ["b"]})))
    assert isinstance(problems, tuple)
    assert [(problem.code, problem.path) for problem in problems] == [("bad_key", ("sets", "Tự chọn"))]


def test_all_problems_are_named_at_once():
    def spoil(plain):
        for change in (drop("edition"), put("topics", 0, "minutes", -1), put("window", "opens", "never")):
            change(plain)

    problems = read(changed(spoil))
    assert isinstance(problems, tuple)
    assert {problem.code for problem in problems} == {"missing_key", "too_small", "bad_time"}


@pytest.mark.parametrize("plain", [None, [], "text", 3, 2.5, True, {}])
def test_what_is_no_programme_at_all_is_refused(plain):
    problems = read(plain)
    assert isinstance(problems, tuple)
    assert {problem.code for problem in problems} <= {"wrong_type", "missing_key"}


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["a", "vi", "all"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*GOOD, "vi", "of", "at_least"]), inner, max_size=4)
    ),
)


@given(st.dictionaries(st.sampled_from(list(GOOD)), junk))
def test_no_plain_values_whatever_make_it_fall_over(parts):
    found = read({**GOOD, **parts})
    assert isinstance(found, Programme) or all(isinstance(problem, Problem) for problem in found)


def test_lint_names_what_is_hardly_meant():
    def spoil(plain):
        plain["topics"].append({"key": "d", "titles": GOOD["titles"], "minutes": 5})
        plain["requirement"] = {"at_least": 1, "of": "core"}

    programme = read(changed(spoil))
    assert isinstance(programme, Programme)
    assert {(warning.code, *warning.values.values()) for warning in lint(programme)} == {
        ("topic_never_asked", "b"),
        ("topic_never_asked", "c"),
        ("topic_never_asked", "d"),
        ("topic_in_no_set", "d"),
        ("no_minutes", "c"),
        ("set_never_asked", "free"),
    }
