"""A small programme, one like the first real one; topics done by hand."""

from datetime import datetime, timedelta
from typing import Any

from rules.evidence import COMPLETED, PASSED, ActivityRule, Mapping, TopicMapping
from rules.programme import Programme, Scores, Support, Topic, TopicSet, Window
from rules.progress import TopicState
from rules.requirement import AllOf, AtLeast, Requirement

HOST = "https://hoc.example.vn"
UNCOMPLETED = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"
OPENS = datetime.fromisoformat("2025-12-01T00:00:00+07:00")
CLOSES = datetime.fromisoformat("2025-12-16T00:00:00+07:00")
WINDOW = Window(OPENS, CLOSES, timedelta(days=3))


def programme(topics: int = 3, requirement: Requirement | None = None, **other: Any) -> Programme:
    keys = [f"t{number}" for number in range(1, topics + 1)]
    values: dict[str, Any] = {
        "key": "p",
        "edition": "1",
        "languages": ("vi",),
        "titles": {"vi": "P"},
        "topics": tuple(Topic(key, number, {"vi": key}, 30) for number, key in enumerate(keys, start=1)),
        "sets": (TopicSet("every", {"vi": "Every"}, tuple(keys)),),
        "requirement": requirement or AtLeast(topics, tuple(keys), "every"),
        "window": WINDOW,
        "teacher_sees": "counts",
        "scores": Scores(100, progress=False),
        "certificate": {},
        "support": Support(None, None, {}),
    }
    return Programme(**{**values, **other})


def national() -> Programme:
    """Nineteen topics, five of them compulsory, five of the rest to be chosen."""
    keys = [f"t{number}" for number in range(1, 20)]
    must, may = TopicSet("must", {}, tuple(keys[:5])), TopicSet("may", {}, tuple(keys[5:]))
    rule = AllOf((AtLeast(5, must.topics, "must"), AtLeast(5, may.topics, "may")))
    return programme(19, rule, sets=(must, may))


def states(*done: str) -> dict[str, TopicState]:
    """Each topic done one hour after the one before."""
    return {
        topic: TopicState(topic, True, OPENS + timedelta(hours=hour), (f"proof-{topic}",))
        for hour, topic in enumerate(done, start=1)
    }


def activity(number: int | str) -> str:
    return f"{HOST}/mod/page/view.php?id={number}"


def rule(value: str, **other: Any) -> ActivityRule:
    values: dict[str, Any] = {
        "by": "id",
        "verbs": frozenset({COMPLETED, PASSED}),
        "takes_back": frozenset({UNCOMPLETED}),
    }
    return ActivityRule(values=(value,), **{**values, **other})


def mapping(topics: dict[str, tuple[Any, ...]], **other: Any) -> dict[str, Mapping]:
    """Topic → ("all" | "any" | number, rule, rule, …)."""
    made = {topic: TopicMapping(topic, needs, tuple(rules)) for topic, (needs, *rules) in topics.items()}
    return {HOST: Mapping(HOST, 1, made, **other)}
