"""What a programme may say but hardly means. Warnings with the same shape as problems; nothing is refused for them."""

from collections.abc import Iterator

from rules.plain import Path, Problem
from rules.programme import Programme
from rules.requirement import leaves


def lint(programme: Programme) -> tuple[Problem, ...]:
    """The warnings, in the order of the file's sections."""
    return tuple(_warnings(programme))


def _warnings(programme: Programme) -> Iterator[Problem]:
    in_sets = {topic for one in programme.sets for topic in one.topics}
    asked = {topic for leaf in leaves(programme.requirement) for topic in leaf.topics}
    labels = {leaf.label for leaf in leaves(programme.requirement)}
    for place, topic in enumerate(programme.topics):
        here: Path = ("topics", place)
        if topic.key not in in_sets:
            yield Problem("topic_in_no_set", here, {"topic": topic.key})
        if topic.key not in asked:
            yield Problem("topic_never_asked", here, {"topic": topic.key})
        if topic.minutes is None:
            yield Problem("no_minutes", here, {"topic": topic.key})
    for one in programme.sets:
        if one.key not in labels:
            yield Problem("set_never_asked", ("sets", one.key), {"set": one.key})
