"""Days and times as people write them in the page's language, in the programme's time zone."""

import datetime as dt
from dataclasses import dataclass

from babel.dates import format_date, format_datetime

_PATTERNS = {
    "vi": {"day": "d/M", "date": "d/M/yyyy", "moment": "H:mm d/M/yyyy", "short": "H:mm d/M", "time": "H:mm"},
    "en": {
        "day": "d MMM",
        "date": "d MMM yyyy",
        "moment": "H:mm, d MMM yyyy",
        "short": "H:mm, d MMM",
        "time": "H:mm",
    },
}


@dataclass(frozen=True, slots=True)
class Moments:
    """Formats for one page. `zone` is the offset the programme's own window is written in."""

    language: str
    zone: dt.tzinfo | None

    def day(self, moment: dt.date) -> str:
        """Day and month: 9/12, 9 Dec."""
        return self._as("day", moment)

    def date(self, moment: dt.date) -> str:
        """The whole date: 9/12/2025, 9 Dec 2025."""
        return self._as("date", moment)

    def moment(self, moment: dt.datetime) -> str:
        """Time and date: 20:41 9/12/2025."""
        return self._as("moment", moment)

    def short(self, moment: dt.datetime) -> str:
        """Time and day, where the year is plain: 20:41 9/12."""
        return self._as("short", moment)

    def time(self, moment: dt.datetime) -> str:
        """The time alone: 20:41."""
        return self._as("time", moment)

    def _as(self, kind: str, moment: dt.date) -> str:
        pattern = _PATTERNS[self.language][kind]
        if isinstance(moment, dt.datetime):
            return format_datetime(moment.astimezone(self.zone), pattern, locale=self.language)
        return format_date(moment, pattern, locale=self.language)
