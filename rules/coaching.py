"""The next best topic and the pace, as codes and figures; the words are the page's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.completion import Met, Outcome, OutOfReach
from rules.programme import Programme
from rules.progress import TopicState
from rules.requirement import indispensable, path, whole_path

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """Time and work left, in whole units, rounded down.

    `left` = `days_left` days and `hours_left` hours. `hours_per_topic` is how long each topic left may take, None when none is left.
    `minutes_left`: the organiser's study time for the topics of the path, None when one of them has none. `due_by_now`: topics that an
    even pace over the window would have done by now. `enough`: not behind that even pace. `possible`: the study time still fits.
    """

    left: timedelta
    days_left: int
    hours_left: int
    topics_done: int
    topics_left: int
    hours_per_topic: int | None
    minutes_left: int | None
    due_by_now: int
    enough: bool
    possible: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next.

    `reason`: "compulsory_started", "compulsory", "optional_started", "optional" (with a topic), or "done", "not_open", "closed",
    "out_of_reach" (without). `path`: topics in the advised order whose completion completes the programme.
    """

    next_topic: str | None
    reason: str
    path: tuple[str, ...]
    pace: Pace


def advise(programme: Programme, states: Mapping[str, TopicState], outcome: Outcome, now: datetime) -> Advice:
    """The advice for one learner at `now` (aware)."""
    done = {key for key, state in states.items() if state.done}
    compulsory = indispensable(programme.requirement, programme.topic_keys)
    way = path(programme.requirement, done, _preference(programme, states, compulsory))
    pace = _pace(programme, way, now)
    if ending := _ending(programme, outcome, now):
        return Advice(None, ending, way, pace)
    kind = "compulsory" if way[0] in compulsory else "optional"
    return Advice(way[0], f"{kind}_started" if _is_started(states, way[0]) else kind, way, pace)


def _ending(programme: Programme, outcome: Outcome, now: datetime) -> str | None:
    """Why there is no next topic."""
    if isinstance(outcome, OutOfReach) and outcome.why == "impossible":
        return "out_of_reach"
    if isinstance(outcome, Met):
        return "done"
    if now < programme.window.opens:
        return "not_open"
    return "closed" if now >= programme.window.closes else None


def _preference(
    programme: Programme, states: Mapping[str, TopicState], compulsory: frozenset[str]
) -> tuple[str, ...]:
    """Topics in the order they are advised: compulsory before optional, begun before fresh, nearly done before barely begun.

    Compulsory ones then follow the programme's order; of the optional ones the shorter comes first.
    """

    def rank(place: int) -> tuple[bool, bool, int, float, int]:
        topic = programme.topics[place]
        started, must = _is_started(states, topic.key), topic.key in compulsory
        length = 0.0 if must else float("inf" if topic.minutes is None else topic.minutes)
        return (not must, not started, _open_parts(states, topic.key), length, topic.number)

    return tuple(programme.topics[place].key for place in sorted(range(len(programme.topics)), key=rank))


def _is_started(states: Mapping[str, TopicState], topic: str) -> bool:
    return topic in states and states[topic].started


def _open_parts(states: Mapping[str, TopicState], topic: str) -> int:
    """Parts still open in a begun topic; fresh topics are equal whatever their number of parts."""
    return sum(not part.done for part in states[topic].parts) if _is_started(states, topic) else 0


def _pace(programme: Programme, way: tuple[str, ...], now: datetime) -> Pace:
    window, from_nothing = programme.window, len(whole_path(programme.requirement, programme.topic_keys))
    left = max(window.closes - max(now, window.opens), timedelta())
    length = window.closes - window.opens
    done, due = max(from_nothing - len(way), 0), from_nothing * (length - left) // length
    minutes = _minutes(programme, way)
    return Pace(
        left=left,
        days_left=left // _DAY,
        hours_left=left % _DAY // _HOUR,
        topics_done=done,
        topics_left=len(way),
        hours_per_topic=left // len(way) // _HOUR if way else None,
        minutes_left=minutes,
        due_by_now=due,
        enough=not way or (done >= due and left > timedelta()),
        possible=not way or left > timedelta(minutes=minutes or 0),
    )


def _minutes(programme: Programme, way: tuple[str, ...]) -> int | None:
    known = [topic.minutes for topic in programme.topics if topic.key in way]
    return None if None in known else sum(minutes for minutes in known if minutes is not None)
