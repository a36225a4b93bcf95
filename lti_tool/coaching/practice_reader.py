"""Reads `config/practice/*.yaml`. Every fault is named as "file:line: reason", all of them at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from lti_tool.coaching.practice import Option, PracticeSet, Question

LANGUAGES = ("vi", "en")
LEAST_QUESTIONS = 3
LEAST_OPTIONS = 3
MOST_OPTIONS = 4


class PracticeError(Exception):
    """The practice files cannot be used; `problems` holds one "file:line: reason" each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(slots=True)
class _Faults:
    """Collects faults with the place they stand at."""

    filename: str
    found: list[str] = field(default_factory=list)

    def add(self, node: object, reason: str) -> None:
        self.found.append(f"{self.filename}:{_line(node)}: {reason}")


def _line(node: object) -> int:
    mark = getattr(node, "lc", None)
    return int(mark.line) + 1 if mark is not None and mark.line is not None else 1


def read_practice(text: str, filename: str) -> PracticeSet:
    """The practice set written in `text`, else PracticeError."""
    faults = _Faults(filename)
    plain = _parse(text, filename)
    if not isinstance(plain, Mapping):
        raise PracticeError([f"{filename}:1: a mapping with topic and questions is wanted"])
    topic = plain.get("topic")
    if not isinstance(topic, str) or not topic:
        faults.add(plain, "topic: the key of a topic of the programme is wanted")
        topic = ""
    questions = tuple(_questions(plain, topic, faults))
    if faults.found:
        raise PracticeError(faults.found)
    return PracticeSet(topic, sample=plain.get("sample") is True, questions=questions)


def read_folder(folder: Path) -> dict[str, PracticeSet]:
    """Every practice set of a folder by topic key; PracticeError names the faults of all files together."""
    sets: dict[str, PracticeSet] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            one = read_practice(path.read_text(encoding="utf-8"), path.name)
        except PracticeError as error:
            problems.extend(error.problems)
            continue
        if one.topic in sets:
            problems.append(f"{path.name}:1: topic {one.topic} already has questions in another file")
        sets[one.topic] = one
    if problems:
        raise PracticeError(problems)
    return sets


def _parse(text: str, filename: str) -> Any:
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PracticeError([f"{filename}:{line}: {error.problem}"]) from error


def _questions(plain: Mapping[str, Any], topic: str, faults: _Faults) -> Iterator[Question]:
    nodes = plain.get("questions")
    if not isinstance(nodes, list) or len(nodes) < LEAST_QUESTIONS:
        faults.add(nodes or plain, f"questions: at least {LEAST_QUESTIONS} are wanted")
        return
    seen: set[str] = set()
    for node in nodes:
        question = _question(node, topic, faults)
        if question is None:
            continue
        if question.key in seen:
            faults.add(node, f"id: {question.key} is used twice")
        seen.add(question.key)
        yield question


def _question(node: object, topic: str, faults: _Faults) -> Question | None:
    if not isinstance(node, Mapping):
        faults.add(node, "a question is a mapping with id, text and options")
        return None
    before = len(faults.found)
    key = _key(node, faults)
    text = _words(node, "text", faults)
    options = tuple(_options(node, faults))
    return Question(key, topic, text, options) if len(faults.found) == before else None


def _options(question: Mapping[str, Any], faults: _Faults) -> Iterator[Option]:
    nodes = question.get("options")
    if not isinstance(nodes, list) or not LEAST_OPTIONS <= len(nodes) <= MOST_OPTIONS:
        faults.add(nodes or question, f"options: {LEAST_OPTIONS} to {MOST_OPTIONS} are wanted")
        return
    wellformed = [node for node in nodes if isinstance(node, Mapping)]
    if len(wellformed) != len(nodes):
        faults.add(nodes, "an option is a mapping with id, text and feedback")
    if len({str(node.get("id")) for node in wellformed}) != len(wellformed):
        faults.add(nodes, "options: each needs its own id")
    if sum(node.get("right") is True for node in wellformed) != 1:
        faults.add(nodes, "options: exactly one must say right: true")
    for node in wellformed:
        yield Option(
            _key(node, faults),
            _words(node, "text", faults),
            _words(node, "feedback", faults),
            right=node.get("right") is True,
        )


def _key(node: Mapping[str, Any], faults: _Faults) -> str:
    key = node.get("id")
    if isinstance(key, str) and key.replace("-", "").isalnum() and key.isascii():
        return key
    faults.add(node, "id: letters, digits and hyphens are wanted")
    return ""


def _words(node: Mapping[str, Any], name: str, faults: _Faults) -> dict[str, str]:
    words = node.get(name)
    if not isinstance(words, Mapping):
        faults.add(node, f"{name}: a text in {' and '.join(LANGUAGES)} is wanted")
        return {}
    for language in LANGUAGES:
        if not isinstance(words.get(language), str) or not words[language].strip():
            faults.add(words, f"{name}: the text in {language} is missing")
    return {language: str(words.get(language, "")).strip() for language in LANGUAGES}
