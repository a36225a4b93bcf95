"""The list of topics: done by what evidence, partly done with what is missing, or open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from lti_tool.coaching.practice_log import Practised
from rules.programme import Programme, Topic
from rules.progress import PartState, TopicState


@dataclass(frozen=True, slots=True)
class TopicView:
    """One topic. `kind`: "done", "partly" or "open". `percent`: best score, None when the platform sent none.

    `platform`: the host name the evidence came from; `proof`: the ids of the statements that prove it.
    """

    key: str
    number: int
    title: str
    kind: str
    at: datetime | None
    percent: int | None
    platform: str
    proof: tuple[str, ...]
    parts_done: tuple[str, ...]
    parts_open: tuple[str, ...]
    minutes: int | None
    practised: Practised | None


@dataclass(frozen=True, slots=True)
class SetView:
    """The topics under one heading; `title` is "" for topics that belong to no set."""

    title: str
    done: int
    topics: tuple[TopicView, ...]


def topic_views(
    programme: Programme,
    states: Mapping[str, TopicState],
    practised: Mapping[str, Practised],
    language: str,
) -> tuple[TopicView, ...]:
    """Every topic in the programme's order."""
    return tuple(
        _topic(topic, states.get(topic.key) or TopicState(topic.key), practised.get(topic.key), language)
        for topic in programme.topics
    )


def set_views(programme: Programme, topics: tuple[TopicView, ...], language: str) -> tuple[SetView, ...]:
    """The topics by set, each topic under the first set that holds it; the rest under no heading."""
    left = {topic.key: topic for topic in topics}
    views = []
    for one in programme.sets:
        members = tuple(
            left.pop(topic.key) for topic in topics if topic.key in one.topics and topic.key in left
        )
        views.append(_set(one.titles[language], members))
    views.append(_set("", tuple(left.values())))
    return tuple(view for view in views if view.topics)


def _set(title: str, topics: tuple[TopicView, ...]) -> SetView:
    return SetView(title, sum(topic.kind == "done" for topic in topics), topics)


def _topic(topic: Topic, state: TopicState, practised: Practised | None, language: str) -> TopicView:
    return TopicView(
        key=topic.key,
        number=topic.number,
        title=topic.titles[language],
        kind="done" if state.done else "partly" if state.started else "open",
        at=state.at,
        percent=None if state.scaled is None else round(100 * state.scaled),
        platform=urlsplit(state.source or "").netloc,
        proof=state.proof,
        parts_done=_labels(state.parts, done=True),
        parts_open=_labels(state.parts, done=False),
        minutes=topic.minutes,
        practised=practised,
    )


def _labels(parts: tuple[PartState, ...], *, done: bool) -> tuple[str, ...]:
    """What the parts are called; a topic made of one activity has no parts to tell apart."""
    return tuple(part.label for part in parts if part.done is done) if len(parts) > 1 else ()
