"""Moments as staff read them: day/month/year in the zone of the programme they run."""

from datetime import UTC, datetime, timedelta, tzinfo

from lti_tool.base.database import Database
from lti_tool.programmes import versions

_KEPT = timedelta(minutes=5)


class LocalZone:
    """The zone of the programme that opened last, looked up again every few minutes; UTC while there is none."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._zone: tzinfo = UTC
        self._read_at: datetime | None = None

    def of(self, now: datetime) -> tzinfo:
        """The zone to show moments in."""
        if self._read_at is None or not timedelta(0) <= now - self._read_at < _KEPT:
            with self._database.reading() as connection:
                windows = [programme.window for programme in versions.current(connection)]
            latest = max(windows, key=lambda window: window.opens, default=None)
            self._zone = (latest.opens.tzinfo if latest else None) or UTC
            self._read_at = now
        return self._zone


def written(at: datetime, zone: tzinfo) -> str:
    """As in 09/12/2025 20:30."""
    return f"{at.astimezone(zone):%d/%m/%Y %H:%M}"
