"""Days left and whether the pace is enough, as the learner's page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rules.coaching import Pace
from rules.programme import Window
from rules.progress import TopicState

MOST_CELLS = 31  # a longer programme shows several days in one cell
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_LONG_PACE = 48  # hours: from here a pace is said in days


@dataclass(frozen=True, slots=True)
class Cell:
    """One day (or several) of the window. `did`: a topic was completed then."""

    first: date
    last: date
    did: bool
    past: bool
    today: bool


@dataclass(frozen=True, slots=True)
class PaceView:
    """`phase`: "before", "during" or "after" the window. `verdict`: "done", "enough", "behind", "tight" or "".

    `every_days` or `every_hours` (one of them, or neither) is how long each topic left may take.
    """

    phase: str
    verdict: str
    days_left: int
    hours_left: int
    topics_left: int
    every_days: int | None
    every_hours: int | None
    minutes_needed: int | None
    opens: datetime
    closes: datetime
    closes_at_midnight: bool
    last_day: date
    today: date
    day_number: int
    day_count: int
    cells: tuple[Cell, ...]


def pace_view(window: Window, pace: Pace, states: Iterable[TopicState], now: datetime) -> PaceView:
    """The calendar and the pace at `now`, in the window's own time zone."""
    zone = window.opens.tzinfo
    closes = window.closes.astimezone(zone)
    first, last, today = window.opens.date(), (closes - _MICROSECOND).date(), now.astimezone(zone).date()
    did = {state.at.astimezone(zone).date() for state in states if state.at is not None and state.done}
    hours = pace.hours_per_topic
    in_days = hours is not None and hours >= _LONG_PACE
    return PaceView(
        phase=_phase(window, now),
        verdict=_verdict(window, pace, now),
        days_left=pace.days_left,
        hours_left=pace.hours_left,
        topics_left=pace.topics_left,
        every_days=hours // 24 if in_days and hours is not None else None,
        every_hours=None if in_days else hours,
        minutes_needed=pace.minutes_left,
        opens=window.opens,
        closes=closes,
        closes_at_midnight=(closes - _MICROSECOND).date() != closes.date(),
        last_day=last,
        today=today,
        day_number=(today - first).days + 1,
        day_count=(last - first).days + 1,
        cells=_cells(first, last, today, did),
    )


def _phase(window: Window, now: datetime) -> str:
    if now < window.opens:
        return "before"
    return "during" if now < window.closes else "after"


def _verdict(window: Window, pace: Pace, now: datetime) -> str:
    if not pace.topics_left:
        return "done"
    if not window.contains(now):
        return ""
    if not pace.possible:
        return "tight"
    return "enough" if pace.enough else "behind"


def _cells(first: date, last: date, today: date, did: set[date]) -> tuple[Cell, ...]:
    days = (last - first).days + 1
    width = -(-days // MOST_CELLS)
    cells = []
    for start in range(0, days, width):
        begin = first + start * _DAY
        end = min(begin + (width - 1) * _DAY, last)
        cells.append(
            Cell(begin, end, any(begin <= day <= end for day in did), end < today, begin <= today <= end)
        )
    return tuple(cells)
