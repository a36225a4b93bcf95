"""A rehearsal's window: the programme's own, moved so that what is done today counts."""

from datetime import datetime, timedelta

from rules.programme import Window

_PARTS = 3  # a third of the window lies behind: of fifteen days, five


def rehearsed(window: Window, now: datetime) -> Window:
    """The window with its length kept, opened at local midnight some days before `now`: a rehearsal shows a pace, too."""
    length = window.closes - window.opens
    midnight = now.astimezone(window.opens.tzinfo).replace(hour=0, minute=0, second=0, microsecond=0)
    opens = midnight - timedelta(days=(length // _PARTS).days)
    return Window(opens, opens + length, window.late_arrival)
