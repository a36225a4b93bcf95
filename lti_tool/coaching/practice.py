"""Practice questions as values: what is asked, what may be chosen, and what each choice teaches."""

from collections.abc import Mapping
from dataclasses import dataclass

Words = Mapping[str, str]  # one text per language code


def in_language(words: Words, language: str) -> str:
    """The text in `language`, else in the first language written."""
    return words.get(language) or next(iter(words.values()))


@dataclass(frozen=True, slots=True)
class Option:
    """One choice; `feedback` teaches, whether the choice is right or not."""

    key: str
    text: Words
    feedback: Words
    right: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a topic with exactly one right option."""

    key: str
    topic: str
    text: Words
    options: tuple[Option, ...]

    def option(self, key: str) -> Option | None:
        return next((option for option in self.options if option.key == key), None)

    @property
    def right_option(self) -> Option:
        return next(option for option in self.options if option.right)


@dataclass(frozen=True, slots=True)
class PracticeSet:
    """The questions of one topic. `sample`: written as an example, not yet reviewed by the organiser."""

    topic: str
    sample: bool
    questions: tuple[Question, ...]

    def question(self, key: str) -> Question | None:
        return next((question for question in self.questions if question.key == key), None)

    def after(self, key: str) -> Question | None:
        """The question that follows `key`, or None at the end."""
        keys = [question.key for question in self.questions]
        place = keys.index(key) + 1
        return self.questions[place] if place < len(keys) else None
